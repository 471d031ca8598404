import { createHash } from "node:crypto";

import type { z } from "zod";

import { canonicalJson } from "../../ledger/canonical.ts";
import { suspectedSecrets } from "../../ledger/redaction.ts";
import type { ConfigMaps, StoredConfigMap } from "../../kubernetes/config-maps.ts";
import { type WrittenDown, writtenLabels, writtenSelector } from "../../kubernetes/rollout-objects.ts";

/** What people sign: each an immutable object of its own. */
export type Consent = Exclude<WrittenDown, "ledger">;

/** From when and until when something that was signed counts. */
export interface Term {
    /** ISO 8601, UTC, by the API server's clock. */
    readonly at: string;
    readonly expiresAt: string;
}

/**
 * Writes a signature as an immutable ConfigMap `<service>-<component>-<hash>`, beginning now and counting for `minutes`.
 *
 * @throws {Error} when it can't be written, or holds what looks like a secret.
 */
export async function writeConsent<T extends object>(
    { maps, service }: { readonly maps: ConfigMaps; readonly service: string },
    component: Consent,
    given: T,
    minutes: number,
): Promise<T & Term> {
    const suspects = suspectedSecrets(given);
    if (suspects.length > 0) {
        const found = suspects.map(({ path, looksLike }) => `${path} holds what looks like ${looksLike}`).join(", ");
        throw new Error(`${component === "signature" ? "a" : "an"} ${component} is read by many people, and ${found}: say it without the value`);
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
}

/** Difference between the time in a consent and that of its object which is taken for normal, in milliseconds: one request lies between them. */
const mostApartMs = 60_000;

/** The consent that `map` holds, or why it counts for nothing. Undefined when it holds none of this kind. */
export function consentIn<T extends Term>(
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
    // The admission policy that checks the text (rollout/pulumi/signature-admission.ts) relies on its one form.
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
