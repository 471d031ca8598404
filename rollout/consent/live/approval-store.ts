import type { Approval } from "../approval.ts";
import { approvalSchema, overrideSchema } from "../../ledger/schema.ts";
import type { Override } from "../override.ts";
import type { ConfigMaps } from "../../kubernetes/config-maps.ts";
import { writtenSelector } from "../../kubernetes/rollout-objects.ts";
import { consentIn, writeConsent } from "./written-consents.ts";

/** What the cluster has of approvals and overrides. What can't be taken at its word is reported, never left out in silence. */
export interface Consents {
    readonly approvals: readonly Approval[];
    readonly overrides: readonly Override[];
    /** One clause for each object that counts for nothing: unreadable, changed after it was given, or dated wrongly. */
    readonly problems: readonly string[];
    /** Now, by the API server's clock: ISO 8601. */
    readonly now: string;
}

/** Approvals and overrides of one service, each an immutable object of its own. */
export interface ApprovalStore {
    /** Writes an approval that begins now and counts for `minutes`. @throws {Error} when it can't be written, or holds what looks like a secret. */
    approve(given: Omit<Approval, "at" | "expiresAt">, minutes: number): Promise<Approval>;
    /** Writes an override that begins now and counts for `minutes`. @throws {Error} when it can't be written, or holds what looks like a secret. */
    override(given: Omit<Override, "at" | "expiresAt">, minutes: number): Promise<Override>;
    /** Everything that was given. @throws {Error} when the cluster can't be read. */
    read(): Promise<Consents>;
}

/**
 * Approvals and overrides as immutable ConfigMaps `<service>-approval-<hash>` and `<service>-override-<hash>`.
 *
 * The name is the hash of the content, and the content's time must be that of the object. So a consent can't be changed, dated back, or given a longer life
 * without being found out; a user who may create ConfigMaps in the namespace can still write one in another's name (docs/approvals.md says what helps).
 */
export function approvalStore({ maps, service }: { readonly maps: ConfigMaps; readonly service: string }): ApprovalStore {
    return {
        approve: async (given, minutes) => writeConsent({ maps, service }, "approval", given, minutes),
        override: async (given, minutes) => writeConsent({ maps, service }, "override", given, minutes),
        read: async () => {
            const { value, now } = await maps.list(writtenSelector(service, "approval", "override"));
            const approvals: Approval[] = [];
            const overrides: Override[] = [];
            const problems: string[] = [];
            for (const map of value) {
                const approval = consentIn(service, "approval", map, approvalSchema);
                const override = consentIn(service, "override", map, overrideSchema);
                if (typeof approval === "object") {
                    approvals.push(approval);
                } else if (typeof override === "object") {
                    overrides.push(override);
                } else {
                    problems.push(`ConfigMap ${map.name} counts for nothing: ${approval ?? override ?? "it holds neither an approval nor an override"}`);
                }
            }
            return { approvals, overrides, problems, now };
        },
    };
}
