import { generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { verifyAttestation } from "../../../../../rollout/preflight/registry/live/attestation.ts";
import { type SaidOfImage, attestation, bundled, digestOf } from "../../live/signing.ts";

const own = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const digest = digestOf("the image");
const said: SaidOfImage = { predicateType: "https://example.com/report/v1", predicate: { passed: 7 }, digest };
const good = attestation(own.privateKey, said);
const verified = { kind: "verified", statement: { predicateType: said.predicateType, predicate: said.predicate } };

/** The envelope with some of its keys replaced after it was signed. */
function changed(change: Readonly<Record<string, unknown>>): Buffer {
    const envelope: unknown = JSON.parse(good.toString("utf8"));
    return Buffer.from(JSON.stringify({ ...Object(envelope), ...change }));
}

describe("an attestation of an image", () => {
    it.each([
        { what: "an envelope", content: good },
        { what: "an envelope with a statement of version 0.1", content: attestation(own.privateKey, { ...said, type: "https://in-toto.io/Statement/v0.1" }) },
        { what: "a bundle", content: bundled(good) },
    ])("says what the configured key signed: $what", ({ content }) => {
        expect(verifyAttestation(content, own.publicKey, digest)).toEqual(verified);
    });

    it.each([
        { what: "another key signed it", content: attestation(other.privateKey, said), why: /not made with the configured key/ },
        { what: "it has no signature", content: changed({ signatures: [] }), why: /not made with the configured key/ },
        { what: "its signature is garbage", content: changed({ signatures: [{ sig: "%%%" }] }), why: /not made with the configured key/ },
        { what: "the statement was changed", content: changed({ payload: Buffer.from("{}").toString("base64") }), why: /not made with the configured key/ },
        { what: "the type was changed", content: changed({ payloadType: "application/json" }), why: /not made with the configured key/ },
        { what: "it is about another image", content: attestation(own.privateKey, { ...said, digest: digestOf("old") }), why: /about another image/ },
        { what: "it is about no image", content: attestation(own.privateKey, { ...said, digest: "" }), why: /about another image/ },
        {
            what: "a statement of another kind was signed",
            content: attestation(own.privateKey, { ...said, type: "https://example.com/Statement/v9" }),
            why: /no in-toto statement/,
        },
        {
            what: "something else was signed",
            content: attestation(own.privateKey, { ...said, payloadType: "text/plain" }),
            why: /no in-toto statement/,
        },
        { what: "it is no envelope", content: Buffer.from("{}"), why: /no DSSE envelope/ },
        { what: "it is a bundle without an envelope", content: Buffer.from(`{"messageSignature":{}}`), why: /no DSSE envelope/ },
        { what: "it is no JSON", content: Buffer.from("%"), why: /no DSSE envelope/ },
    ])("says nothing where $what", ({ content, why }) => {
        expect(verifyAttestation(content, own.publicKey, digest)).toEqual({ kind: "refused", why: expect.stringMatching(why) as string });
    });
});
