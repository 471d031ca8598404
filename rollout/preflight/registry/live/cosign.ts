import { type KeyObject, createPublicKey, verify } from "node:crypto";

import { z } from "zod";

/**
 * One signature of cosign as a registry keeps it: the signed bytes, and the signature beside them.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
export interface ImageSignature {
    /** What was signed, byte by byte: a JSON document that names the image's digest. */
    readonly payload: Buffer;
    /** The signature in base64, as ASN.1. Absent where its layer has none. */
    readonly signature?: string;
}

/** What came of checking a signature. */
export type SignatureVerdict = { readonly kind: "verified" } | { readonly kind: "refused"; readonly why: string };

/** The public key in a PEM. Undefined where there is none, or one that is not of the curve P-256, which is what cosign makes. */
export function signatureKey(pem: string): KeyObject | undefined {
    // A private key would do for Node too: its public half is in it.
    if (!pem.includes("-----BEGIN PUBLIC KEY-----")) {
        return undefined;
    }
    try {
        const key = createPublicKey(pem);
        return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
    } catch {
        return undefined;
    }
}

/**
 * Whether `key` signed that `digest` is the image: ECDSA over SHA-256, and the payload names this digest and no other. Nothing in the payload is believed before the
 * signature is checked.
 */
export function verifySignature({ payload, signature }: ImageSignature, key: KeyObject, digest: string): SignatureVerdict {
    if (signature === undefined) {
        return { kind: "refused", why: "its layer has no signature" };
    }
    // What is no signature at all verifies as false too.
    if (!verify("sha256", payload, key, Buffer.from(signature, "base64"))) {
        return { kind: "refused", why: "it was not made with the configured key" };
    }
    const named = payloadSchema.safeParse(jsonIn(payload));
    if (!named.success) {
        return { kind: "refused", why: "what was signed is no signature of an image" };
    }
    const signed = named.data.critical.image["docker-manifest-digest"];
    return signed === digest ? { kind: "verified" } : { kind: "refused", why: `it is about another image: ${signed.slice(0, 80)}` };
}

function jsonIn(payload: Buffer): unknown {
    try {
        return JSON.parse(payload.toString("utf8"));
    } catch {
        return undefined;
    }
}

const payloadSchema = z.object({
    critical: z.object({ type: z.literal("cosign container image signature"), image: z.object({ "docker-manifest-digest": z.string() }) }),
});
