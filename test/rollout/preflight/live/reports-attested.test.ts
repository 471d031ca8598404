import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, describe, expect, it } from "vitest";

import type { CheckResult } from "../../../../rollout/preflight/preflight.ts";
import { goodBaseline } from "../../baseline/report.ts";
import { locustTable } from "../reports/load-test/outputs.ts";
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
function holding(text: string, key = own.privateKey, about = digest, Timestamp = daysAgo(1)): Buffer {
    return attestation(key, { predicateType: "https://cosign.sigstore.dev/attestation/v1", predicate: { Data: text, Timestamp }, digest: about });
}

function daysAgo(days: number): string {
    return new Date(Date.now() - days * 24 * 3_600_000).toISOString();
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

    it.each([
        {
            what: "its attestation is old",
            text: reports["scan.json"],
            signedAt: daysAgo(15),
            says: /scan\.json is 15 days old, more than 14 \(preflight\.reportDays\)/,
        },
        {
            what: "it is old itself, and was attested again",
            text: JSON.stringify({ ...(JSON.parse(reports["scan.json"]) as object), CreatedAt: daysAgo(40) }),
            signedAt: daysAgo(0),
            says: /scan\.json is 40 days old/,
        },
        { what: "nothing says when it was made", text: reports["scan.json"], signedAt: "", says: /nothing says when scan\.json was made/ },
    ])("fails where $what", async ({ text, signedAt, says }) => {
        writeFileSync(join(folder, "scan.json"), text);
        const found = await checked(attestedImage(repository, digest, [holding(text, own.privateKey, digest, signedAt), holding(reports["junit.xml"])]));
        writeFileSync(join(folder, "scan.json"), reports["scan.json"]);
        expect(found).toMatchObject([{ state: "passed" }, { state: "failed", text: expect.stringMatching(says) as string }]);
    });
});

describe("a baseline and a load test", () => {
    const baseline = { ...goodBaseline, image, window: { from: daysAgo(3), to: daysAgo(2), hours: 24 } };
    const texts = { "baseline.json": JSON.stringify(baseline), "load.csv": locustTable } as const;
    Object.entries(texts).forEach(([name, text]) => {
        writeFileSync(join(folder, name), text);
    });
    const envelopes = Object.values(texts).map((text) => holding(text));
    const both = async (change: object = {}): Promise<readonly CheckResult[]> => {
        const all: Readonly<Record<string, string | number | undefined>> = {
            stagingBaseline: "baseline.json",
            loadTest: "load.csv",
            loadTestRequestsPerSecond: 600,
            signatureKey: pemOf(own.publicKey),
            ...change,
        };
        // A key that is undefined is not there.
        const preflight = Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
        return checkRelease(servers, { image, answers: attestedImage(repository, digest, envelopes), preflight, folder }, ["staging-baseline", "load-test"]);
    };

    it("count where the pipeline's key vouches for them", async () => {
        expect(await both()).toMatchObject([
            { check: "staging-baseline", state: "passed", evidence: { attested: true, requests: 1_000_000 } },
            { check: "load-test", state: "passed", evidence: { attested: true, tool: "Locust" } },
        ]);
    });

    it.each([
        { what: "they are not there", change: { stagingBaseline: "no.json", loadTest: "no.csv" }, says: [/no\.json is not there/, /no\.csv is not there/] },
        {
            what: "they are something else",
            change: { stagingBaseline: "scan.json", loadTest: "scan.json" },
            says: [/not a report of 'rollout baseline'/, /scan\.json is no report of a load test/],
        },
        { what: "they are old", change: { reportDays: 0.5 }, says: [/2 days old/, /1 days old/] },
        { what: "there was too little", change: { baseline: { requests: 2_000_000 }, loadTestMinutes: 30 }, says: [/fewer than 2000000/, /15\.2 min, not 30/] },
    ])("fail where $what", async ({ change, says: [ofBaseline, ofLoad] }) => {
        expect(await both(change)).toMatchObject([
            { state: "failed", text: expect.stringMatching(ofBaseline ?? /$^/) as string },
            { state: "failed", text: expect.stringMatching(ofLoad ?? /$^/) as string },
        ]);
    });

    it("are open where nothing says which load was wanted, or which files they are", async () => {
        expect(await both({ stagingBaseline: undefined, loadTestRequestsPerSecond: undefined })).toMatchObject([
            { state: "not-configured", fix: expect.stringMatching(/rollout baseline/) as string },
            { state: "not-configured", fix: expect.stringMatching(/loadTestRequestsPerSecond/) as string },
        ]);
    });
});
