import { createHash } from "node:crypto";

import type { z } from "zod";

import type { Approval } from "../rollout/approval.ts";
import { canonicalJson } from "../rollout/ledger/canonical.ts";
import { suspectedSecrets } from "../rollout/ledger/redaction.ts";
import { approvalSchema, overrideSchema } from "../rollout/ledger/schema.ts";
import type { Override } from "../rollout/override.ts";
import type { ConfigMaps, StoredConfigMap } from "./config-maps.ts";
import { type WrittenDown, writtenLabels, writtenSelector } from "./rollout-objects.ts";

/** What the cluster has of approvals and overrides. What can't be taken at its word is reported, never left out in silence. */
export interface Consents {
    readonly approvals: readonly Approval[];
    readonly overrides: readonly Override[];
    /** One clause for each object that counts for nothing: unreadable, changed after it was given, or dated wrongly. */
    readonly problems: readonly string[];
    /** Now, by the API server's clock: ISO 8601. */
    readonly now: string;
}

/** Approvals and overrides of one service, each an object of its own that nobody can edit. */
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
 * without being found out; whoever may create ConfigMaps in the namespace can still write one in another's name (docs/approvals.md says what helps).
 */
export function approvalStore({ maps, service }: { readonly maps: ConfigMaps; readonly service: string }): ApprovalStore {
    const write = async <T extends object>(component: Consent, given: T, minutes: number): Promise<T & Term> => {
        const suspects = suspectedSecrets(given);
        if (suspects.length > 0) {
            const found = suspects.map(({ path, looksLike }) => `${path} holds what looks like ${looksLike}`).join(", ");
            throw new Error(`an ${component} is read by many people, and ${found}: say it without the value`);
        }
        const { now } = await maps.names(writtenSelector(service, component));
        const consent = { ...given, at: now, expiresAt: new Date(Date.parse(now) + minutes * 60_000).toISOString() };
        const text = canonicalJson(consent);
        const name = nameOf(service, component, text);
        const made = await maps.create({ name, labels: writtenLabels(service, component), data: { [component]: text } });
        // The same person may give the same approval twice within a second. One object says it as well as two.
        if (!made && (await maps.find(name))?.data[component] !== text) {
            throw new Error(`there is a ConfigMap ${name} with other content: look at it, then try again`);
        }
        return consent;
    };
    return {
        approve: async (given, minutes) => write("approval", given, minutes),
        override: async (given, minutes) => write("override", given, minutes),
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

type Consent = Exclude<WrittenDown, "ledger">;

interface Term {
    readonly at: string;
    readonly expiresAt: string;
}

/** Difference between the time in a consent and that of its object which is taken for normal, in milliseconds: one request lies between them. */
const mostApartMs = 60_000;

/** The consent that `map` holds, or why it counts for nothing. Undefined when it holds none of this kind. */
function consentIn<T extends Term>(
    service: string,
    component: Consent,
    { name, data, createdAt }: StoredConfigMap,
    schema: z.ZodType<T>,
): T | string | undefined {
    const text = data[component];
    if (text === undefined) {
        return undefined;
    }
    if (name !== nameOf(service, component, text)) {
        return "its name is not the hash of its content, so it was not written by this program";
    }
    const value = jsonIn(text);
    const parsed = schema.safeParse(value);
    // Whoever checks the text before it is stored (components/signature-admission.ts) relies on its one form.
    if (!parsed.success || canonicalJson(value) !== text) {
        return `it is no ${component} of this program`;
    }
    const apartMs = Math.abs(Date.parse(createdAt) - Date.parse(parsed.data.at));
    return apartMs <= mostApartMs ? parsed.data : `it says ${parsed.data.at}, and was made at ${createdAt}`;
}

function nameOf(service: string, component: Consent, text: string): string {
    return `${service}-${component}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

function jsonIn(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
