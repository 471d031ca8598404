import type { Approval } from "../rollout/approval.ts";
import type { Override } from "../rollout/override.ts";

/** What the API server has to say about approvals and overrides. What can't be read is reported, never left out in silence. */
export interface Consents {
    readonly approvals: readonly Approval[];
    readonly overrides: readonly Override[];
    /** One clause for each object that can't be taken at its word: unreadable, or changed after it was given. It counts for nothing. */
    readonly problems: readonly string[];
    /** Now, by the API server's clock: ISO 8601. */
    readonly now: string;
}

/** Approvals and overrides of one service, each an object of its own that nobody can edit. */
export interface ApprovalStore {
    /** Writes an approval that starts now and counts for `minutes`. @throws {Error} when it can't be written. */
    approve(given: Omit<Approval, "at" | "expiresAt">, minutes: number): Promise<Approval>;
    /** Writes an override that starts now and counts for `minutes`. @throws {Error} when it can't be written. */
    override(given: Omit<Override, "at" | "expiresAt">, minutes: number): Promise<Override>;
    /** Everything that was given. @throws {Error} when the cluster can't be read. */
    read(): Promise<Consents>;
}
