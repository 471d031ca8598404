import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, describe, expect, it } from "vitest";

import type { CheckResult } from "../../../../rollout/preflight/preflight.ts";
import { checkRelease } from "./released-stack.ts";
import { attestation, attestedImage, bundled, digestOf, pemOf } from "./signing.ts";
import { SmallServers } from "./small-servers.ts";

const own = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const [repository, digest] = ["nova/video-ranking", digestOf("the image")] as const;
const image = `registry.example.com/${repository}:1.1.0@${digest}`;
const folder = mkdtempSync(join(tmpdir(), "preflight-attested-"));
const servers = new SmallServers();
afterEach(async () => servers.end());
afterAll(() => {
    rmSync(folder, { recursive: true });
});

const reports = {
    "junit.xml": `<testsuite>${'<testcase name="a"/>'.repeat(306)}</testsuite>`,
    "scan.json": JSON.stringify({
        SchemaVersion: 2,
        ArtifactName: image,
        ArtifactType: "container_image",
        Results: [{ Target: "debian 12", Class: "os-pkgs", Type: "debian" }],
    }),
} as const;
Object.entries(reports).forEach(([name, text]) => {
    writeFileSync(join(folder, name), text);
});

/** An attestation that holds a text, as `cosign attest --type custom` makes it. */
function holding(text: string, key = own.privateKey, about = digest): Buffer {
    return attestation(key, { predicateType: "https://cosign.sigstore.dev/attestation/v1", predicate: { Data: text, Timestamp: "" }, digest: about });
}

/** Runs both checks against a registry with these answers. */
async function checked(answers: Readonly<Record<string, Buffer>>, key = pemOf(own.publicKey)): Promise<readonly CheckResult[]> {
    const preflight = { testResults: ["junit.xml", "junit.xml"], scanReport: "scan.json", ...(key === "" ? {} : { signatureKey: key }) };
    return checkRelease(servers, { image, answers, preflight, folder }, ["test-results", "image-scan"]);
}

describe("a report that passes", () => {
    it.each([
        {
            what: "envelopes under cosign's tag",
            answers: attestedImage(
                repository,
                digest,
                Object.values(reports).map((text) => holding(text)),
            ),
        },
        {
            what: "bundles among the referrers",
            answers: attestedImage(
                repository,
                digest,
                Object.values(reports).map((text) => bundled(holding(text))),
                "referrers",
            ),
        },
    ])("counts where the pipeline's key vouches for it, in $what; and once, though it is named twice", async ({ answers }) => {
        expect(await checked(answers)).toMatchObject([
            { check: "test-results", state: "passed", text: "306 tests passed, none failed, 0 skipped", evidence: { attested: true } },
            { check: "image-scan", state: "passed", evidence: { attested: true } },
        ]);
    });

    it.each([
        { what: "nothing is attested", envelopes: [] },
        { what: "another key attests it", envelopes: Object.values(reports).map((text) => holding(text, other.privateKey)) },
        { what: "it is attested of another image", envelopes: Object.values(reports).map((text) => holding(text, own.privateKey, digestOf("old"))) },
        { what: "other reports are attested", envelopes: Object.values(reports).map((text) => holding(`${text}\n`)) },
    ])("fails where $what", async ({ envelopes }) => {
        expect(await checked(attestedImage(repository, digest, envelopes))).toMatchObject([
            { state: "failed", text: expect.stringMatching(/vouches for junit\.xml/) as string, fix: expect.stringMatching(/cosign attest/) as string },
            { state: "failed", text: expect.stringMatching(/vouches for scan\.json/) as string },
        ]);
    });

    it("is open without a key, which stands in the way in production", async () => {
        expect(await checked({}, "")).toMatchObject([
            { state: "not-configured", text: expect.stringMatching(/306 tests passed.*nothing vouches for junit\.xml/) as string },
            { state: "not-configured", text: expect.stringMatching(/nothing vouches for scan\.json/) as string },
        ]);
    });

    it("fails where the registry does not answer: nobody knows then who made it", async () => {
        const answers = attestedImage(repository, digest, [holding(reports["scan.json"])]);
        const [manifest = ""] = Object.keys(answers);
        expect(await checked({ [manifest]: answers[manifest] ?? Buffer.from("") })).toMatchObject([{ state: "failed" }, { state: "failed" }]);
    });
});
