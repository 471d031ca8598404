import { type KeyObject, verify } from "node:crypto";

import { z } from "zod";

import type { Statement } from "../statement.ts";

/** What came of checking an attestation. */
export type AttestationVerdict = { readonly kind: "verified"; readonly statement: Statement } | { readonly kind: "refused"; readonly why: string };

/**
 * What `key` signed of the image with `digest`: an in-toto statement in a DSSE envelope, by itself or in a bundle of Sigstore's. Nothing in the payload is believed before the
 * signature is checked. A bundle's certificate and its entry in a transparency log are not looked at.
 *
 * @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
export function verifyAttestation(content: Buffer, key: KeyObject, digest: string): AttestationVerdict {
    const parsed = contentSchema.safeParse(jsonIn(content));
    if (!parsed.success) {
        return { kind: "refused", why: "it is no DSSE envelope, and no bundle with one" };
    }
    const envelope = "dsseEnvelope" in parsed.data ? parsed.data.dsseEnvelope : parsed.data;
    const payload = Buffer.from(envelope.payload, "base64");
    const signed = Buffer.concat([
        Buffer.from(`DSSEv1 ${String(Buffer.byteLength(envelope.payloadType))} ${envelope.payloadType} ${String(payload.length)} `),
        payload,
    ]);
    if (!envelope.signatures.some(({ sig }) => verify("sha256", signed, key, Buffer.from(sig, "base64")))) {
        return { kind: "refused", why: "it was not made with the configured key" };
    }
    const statement = envelope.payloadType === "application/vnd.in-toto+json" ? statementSchema.safeParse(jsonIn(payload)) : undefined;
    if (statement?.success !== true) {
        return { kind: "refused", why: "what was signed is no in-toto statement" };
    }
    const { subject, predicateType, predicate } = statement.data;
    return subject.some((one) => `sha256:${one.digest.sha256 ?? ""}` === digest)
        ? { kind: "verified", statement: { predicateType, predicate } }
        : { kind: "refused", why: "it is about another image" };
}

function jsonIn(content: Buffer): unknown {
    try {
        return JSON.parse(content.toString("utf8"));
    } catch {
        return undefined;
    }
}

const envelopeSchema = z.object({
    payloadType: z.string(),
    payload: z.string(),
    signatures: z.array(z.object({ sig: z.string() })).max(20),
});
const contentSchema = z.union([z.object({ dsseEnvelope: envelopeSchema }), envelopeSchema]);
/** @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statementSchema = z.object({
    _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
    subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })),
    predicateType: z.string(),
    predicate: z.unknown(),
});
