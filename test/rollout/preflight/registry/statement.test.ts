import { describe, expect, it } from "vitest";

import { madeAt, signatureType, sourcesOf, vouchesFor } from "../../../../rollout/preflight/registry/statement.ts";
import { digestOf } from "../live/signing.ts";

const text = `{"SchemaVersion": 2, "Results": [1, 2]}`;
const report = Buffer.from(text);
const json: unknown = JSON.parse(text);
const hex = digestOf(report).replace("sha256:", "");
const commit = "0123456789abcdef0123456789abcdef01234567";
const [slsa1, slsa02] = ["https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2"];
const custom = "https://cosign.sigstore.dev/attestation/v1";
const vulnerabilities = "https://cosign.sigstore.dev/attestation/vuln/v1";

describe("a statement about an image", () => {
    it.each([
        { what: "its text, as --type custom keeps it", predicateType: custom, predicate: { Data: text, Timestamp: "2026-01-01T00:00:00Z" } },
        { what: "a scanner's JSON, as --type vuln keeps it", predicateType: vulnerabilities, predicate: { scanner: { uri: "trivy", result: json } } },
        { what: "its JSON, under a type of one's own", predicateType: "https://example.com/load-test/v1", predicate: json },
        { what: "its keys in another order", predicateType: "https://example.com/load-test/v1", predicate: { Results: [1, 2], SchemaVersion: 2 } },
        {
            what: "its digest, among the byproducts of a build",
            predicateType: slsa1,
            predicate: { runDetails: { byproducts: [{ name: "log" }, { name: "scan.json", digest: { sha256: hex } }] } },
        },
    ])("vouches for a report where it holds $what", ({ predicateType, predicate }) => {
        expect(vouchesFor({ predicateType, predicate }, report)).toBe(true);
    });

    it.each([
        { what: "another text", predicateType: custom, predicate: { Data: `${text} ` } },
        { what: "another scan", predicateType: vulnerabilities, predicate: { scanner: { result: { SchemaVersion: 2 } } } },
        { what: "more than the report", predicateType: "https://example.com/load-test/v1", predicate: { SchemaVersion: 2, Results: [1, 2], more: 1 } },
        {
            what: "the report as what the build was made from",
            predicateType: slsa1,
            predicate: { buildDefinition: { resolvedDependencies: [{ digest: { sha256: hex } }] } },
        },
        { what: "its digest under another hash's name", predicateType: slsa1, predicate: { runDetails: { byproducts: [{ digest: { sha512: hex } }] } } },
        { what: "no predicate", predicateType: custom, predicate: undefined },
        { what: "a signature only", predicateType: signatureType, predicate: {} },
    ])("vouches for none where it holds $what", ({ predicateType, predicate }) => {
        expect(vouchesFor({ predicateType, predicate }, report)).toBe(false);
    });

    it.each(["", "null", "7", `"text"`])("vouches for no report that is '%s', whatever it holds", (empty) => {
        expect(
            vouchesFor({ predicateType: "https://example.com/x", predicate: JSON.parse(empty === "" ? "null" : empty) as unknown }, Buffer.from(empty)),
        ).toBe(false);
    });
});

describe("when a report was made", () => {
    const time = "2026-03-08T00:00:00.000Z";
    it.each([
        { what: "the time that cosign notes", predicateType: custom, predicate: { Data: text, Timestamp: time }, at: time },
        {
            what: "the end of a scan",
            predicateType: vulnerabilities,
            predicate: { scanner: {}, metadata: { scanFinishedOn: "2026-03-08T00:00:00Z" } },
            at: time,
        },
        { what: "the end of a build", predicateType: slsa1, predicate: { runDetails: { metadata: { finishedOn: time } } }, at: time },
        { what: "no time that cosign noted", predicateType: custom, predicate: { Data: text, Timestamp: "" }, at: undefined },
        { what: "a day in words", predicateType: custom, predicate: { Data: text, Timestamp: "yesterday" }, at: undefined },
        { what: "JSON of one's own", predicateType: "https://example.com/x", predicate: { Timestamp: time }, at: undefined },
    ])("is $at by $what", ({ predicateType, predicate, at }) => {
        expect(madeAt({ predicateType, predicate })).toBe(at);
    });
});

describe("the commit that an image was built from", () => {
    it.each([
        {
            what: "version 1, as GitHub's own generator writes it",
            predicateType: slsa1,
            predicate: {
                buildDefinition: {
                    resolvedDependencies: [{ uri: "git+https://github.com/nova/video-ranking@refs/heads/main", digest: { gitCommit: commit } }],
                },
            },
        },
        {
            what: "version 0.2, with sha1",
            predicateType: slsa02,
            predicate: { materials: [{ uri: "git+https://github.com/nova/video-ranking.git", digest: { sha1: commit } }] },
        },
        {
            what: "version 0.2, as BuildKit writes it",
            predicateType: slsa02,
            predicate: {
                materials: [
                    { uri: "pkg:docker/debian@12", digest: { sha256: "0".repeat(64) } },
                    { uri: "https://github.com/nova/video-ranking.git#refs/heads/main", digest: { sha1: commit } },
                ],
            },
        },
    ])("is known from provenance: $what", ({ predicateType, predicate }) => {
        expect(sourcesOf({ predicateType, predicate })).toEqual([{ commit, repository: "https://github.com/nova/video-ranking" }]);
    });

    it.each([
        { what: "another kind of statement", predicateType: custom, predicate: { Data: commit } },
        {
            what: "a file's hash",
            predicateType: slsa1,
            predicate: { buildDefinition: { resolvedDependencies: [{ uri: "https://example.com/a", digest: { sha1: commit } }] } },
        },
        {
            what: "what is no hash",
            predicateType: slsa1,
            predicate: { buildDefinition: { resolvedDependencies: [{ uri: "git+https://x", digest: { gitCommit: "main" } }] } },
        },
        { what: "nothing", predicateType: slsa02, predicate: {} },
    ])("is not known from $what", ({ predicateType, predicate }) => {
        expect(sourcesOf({ predicateType, predicate })).toEqual([]);
    });
});
