import { generateKeyPairSync } from "node:crypto";

import { afterEach, describe, expect, it } from "vitest";

import type { CheckResult } from "../../../../rollout/preflight/preflight.ts";
import { checkRelease } from "./released-stack.ts";
import { cosignPayload, digestOf, pemOf, signedBy, signedImage } from "./signing.ts";
import { SmallServers } from "./small-servers.ts";

const own = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const [repository, digest] = ["nova/video-ranking", digestOf("the image")] as const;
const good = signedBy(own.privateKey, cosignPayload(digest));
const servers = new SmallServers();
afterEach(async () => servers.end());

/** Asks the check of a registry with these answers, by path; 404 elsewhere. A string is an address that the registry sends to. */
async function attested(answers: Readonly<Record<string, Buffer | string>>, key = pemOf(own.publicKey)): Promise<CheckResult> {
    const image = `registry.example.com/${repository}:1.1.0@${digest}`;
    const preflight = key === "" ? {} : { signatureKey: key };
    const [result] = await checkRelease(servers, { image, answers, preflight, folder: import.meta.dirname }, ["image-attested"]);
    if (result === undefined) {
        throw new Error("no result");
    }
    return result;
}

describe("an image's signature, with a key configured", () => {
    it("is verified, wherever the registry keeps its content", async () => {
        const elsewhere = await servers.http((_, response) => response.end(good.payload));
        const answers = { ...signedImage(repository, digest, [good]), [`/v2/${repository}/blobs/${digestOf(good.payload)}`]: elsewhere };
        for (const registry of [signedImage(repository, digest, [good]), answers]) {
            expect(await attested(registry)).toMatchObject({
                state: "passed",
                text: "1 of 1 signatures verified with the configured key; attached: signature",
                evidence: { signatures: 1, verified: true },
            });
        }
    });

    it("is found among those of others", async () => {
        const strange = signedBy(other.privateKey, cosignPayload(digest));
        expect(await attested(signedImage(repository, digest, [strange, good]))).toMatchObject({
            state: "passed",
            evidence: { signatures: 2, verified: true },
        });
    });

    it("is found by the referrers API too", async () => {
        const [[, manifest] = ["", Buffer.from("")], ...blobs] = Object.entries(signedImage(repository, digest, [good]));
        const referrer = { mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json" };
        const answers = {
            [`/v2/${repository}/referrers/${digest}`]: Buffer.from(JSON.stringify({ manifests: [{ ...referrer, digest: digestOf(manifest) }] })),
            [`/v2/${repository}/manifests/${digestOf(manifest)}`]: manifest,
            ...Object.fromEntries(blobs),
        };
        expect(await attested(answers)).toMatchObject({ state: "passed", evidence: { signatures: 1, verified: true } });
    });

    it.each([
        {
            what: "another key made it",
            signatures: [signedBy(other.privateKey, cosignPayload(digest))],
            why: /does not count: it was not made with the configured key/,
        },
        {
            what: "it is about another image",
            signatures: [signedBy(own.privateKey, cosignPayload(digestOf("old")))],
            why: /does not count: it is about another image/,
        },
        { what: "it is garbage", signatures: [{ payload: Buffer.from("garbage"), signature: "garbage" }], why: /does not count: it was not made with/ },
        { what: "its layer has none", signatures: [{ payload: cosignPayload(digest) }], why: /does not count: its layer has no signature/ },
        { what: "there is none", signatures: [], why: /has no signature of cosign's/ },
    ])("fails where $what, and says so", async ({ signatures, why }) => {
        expect(await attested(signedImage(repository, digest, signatures))).toMatchObject({ state: "failed", text: expect.stringMatching(why) as string });
    });

    it("fails where an attestation is all there is", async () => {
        const attestation = { [`/v2/${repository}/manifests/${digest.replace(":", "-")}.att`]: Buffer.from("{}") };
        expect(await attested(attestation)).toMatchObject({ state: "failed", text: "the image has no signature of cosign's" });
    });

    it("fails where the content is not what the manifest says, and where it is not there", async () => {
        const blob = `/v2/${repository}/blobs/${digestOf(good.payload)}`;
        const without = Object.fromEntries(Object.entries(signedImage(repository, digest, [good])).filter(([path]) => path !== blob));
        expect(await attested({ ...without, [blob]: cosignPayload(digestOf("x")) })).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/another digest/) as string,
        });
        expect(await attested(without)).toMatchObject({ state: "failed", text: expect.stringMatching(/no content for a signature/) as string });
    });

    it("fails where the key is none", async () => {
        const key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
        expect(await attested(signedImage(repository, digest, [good]), key)).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/no public key of the curve P-256/) as string,
        });
    });
});

describe("an image's signature, with no key configured", () => {
    it("is found and not verified, which is no pass", async () => {
        const result = await attested(signedImage(repository, digest, [good]), "");
        expect(result.state).toBe("not-configured");
        expect(result.text).toMatch(/^found, not verified: signature/);
    });

    it("fails where nothing is attached", async () => {
        expect(await attested({}, "")).toMatchObject({ state: "failed" });
    });
});
