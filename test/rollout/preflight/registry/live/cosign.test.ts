import { createSign, generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { signatureKey, verifySignature } from "../../../../../rollout/preflight/registry/live/cosign.ts";
import { cosignPayload, digestOf, pemOf, signedBy } from "../../live/signing.ts";

const own = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const digest = digestOf("the image");

describe("a signature of an image", () => {
    it("counts where the configured key signed this image's digest", () => {
        expect(verifySignature(signedBy(own.privateKey, cosignPayload(digest)), own.publicKey, digest)).toEqual({ kind: "verified" });
    });

    it.each([
        { what: "another key signed", signature: signedBy(other.privateKey, cosignPayload(digest)), why: /not made with the configured key/ },
        { what: "it is about another image", signature: signedBy(own.privateKey, cosignPayload(digestOf("another"))), why: /about another image: sha256:/ },
        {
            what: "the bytes were changed afterwards",
            signature: { ...signedBy(own.privateKey, cosignPayload(digestOf("x"))), payload: cosignPayload(digest) },
            why: /not made with/,
        },
        { what: "there is none in its layer", signature: { payload: cosignPayload(digest) }, why: /has no signature/ },
        { what: "it is garbage", signature: { payload: cosignPayload(digest), signature: "%%% no base64 at all" }, why: /not made with/ },
        { what: "it is empty", signature: { payload: cosignPayload(digest), signature: "" }, why: /not made with/ },
        { what: "no JSON was signed", signature: signedBy(own.privateKey, Buffer.from("not json")), why: /no signature of an image/ },
        {
            what: "something of another kind was signed",
            signature: signedBy(own.privateKey, cosignPayload(digest, "a letter")),
            why: /no signature of an image/,
        },
    ])("does not count where $what", ({ signature, why }) => {
        expect(verifySignature(signature, own.publicKey, digest)).toEqual({ kind: "refused", why: expect.stringMatching(why) as string });
    });

    it("does not count with another hash than SHA-256", () => {
        const payload = cosignPayload(digest);
        const signature = createSign("sha512").update(payload).sign(own.privateKey).toString("base64");
        expect(verifySignature({ payload, signature }, own.publicKey, digest).kind).toBe("refused");
    });
});

describe("the key that signatures are verified with", () => {
    it("is the public key of the curve P-256", () => {
        expect(signatureKey(pemOf(own.publicKey))?.equals(own.publicKey)).toBe(true);
    });

    it.each([
        { what: "a key of another curve", pem: pemOf(generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey) },
        { what: "a key of another kind", pem: pemOf(generateKeyPairSync("ed25519").publicKey) },
        { what: "a private key", pem: own.privateKey.export({ type: "pkcs8", format: "pem" }).toString() },
        { what: "no key", pem: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" },
        { what: "nothing", pem: "" },
    ])("is not $what", ({ pem }) => {
        expect(signatureKey(pem)).toBeUndefined();
    });
});
