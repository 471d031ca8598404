import type { Signature } from "../../checklist/signature.ts";
import { signatureSchema } from "../../ledger/schema.ts";
import type { ConfigMaps } from "../../kubernetes/config-maps.ts";
import { writtenSelector } from "../../kubernetes/rollout-objects.ts";
import { consentIn, writeConsent } from "./written-consents.ts";

/** What the cluster has of signatures on the checklist. */
export interface Signatures {
    readonly signatures: readonly Signature[];
    /** One clause for each object that counts for nothing. */
    readonly problems: readonly string[];
    /** Now, by the API server's clock: ISO 8601. */
    readonly now: string;
}

/** Signatures on boxes of one service's checklist, each an immutable ConfigMap `<service>-signature-<hash>`. */
export interface SignatureStore {
    /** Writes a signature that begins now and counts for `minutes`. @throws {Error} when it can't be written, or holds what looks like a secret. */
    sign(given: Omit<Signature, "at" | "expiresAt">, minutes: number): Promise<Signature>;
    /** Everything that was signed. @throws {Error} when the cluster can't be read. */
    read(): Promise<Signatures>;
}

/** The signatures in the cluster, kept as approvals are: see `approvalStore`. */
export function signatureStore({ maps, service }: { readonly maps: ConfigMaps; readonly service: string }): SignatureStore {
    return {
        sign: async (given, minutes) => writeConsent({ maps, service }, "signature", given, minutes),
        read: async () => {
            const { value, now } = await maps.list(writtenSelector(service, "signature"));
            const signatures: Signature[] = [];
            const problems: string[] = [];
            for (const map of value) {
                const signature = consentIn(service, "signature", map, signatureSchema);
                if (typeof signature === "object") {
                    signatures.push(signature);
                } else {
                    problems.push(`ConfigMap ${map.name} counts for nothing: ${signature ?? "it holds no signature"}`);
                }
            }
            return { signatures, problems, now };
        },
    };
}
