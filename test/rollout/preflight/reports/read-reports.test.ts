import { describe, expect, it } from "vitest";

import { imageReference } from "../../../../rollout/preflight/registry/live/image.ts";
import { testsIn } from "../../../../rollout/preflight/reports/read-reports.ts";
import { scanReport } from "../../../../rollout/preflight/reports/read-scan-report.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("JUnit's XML", () => {
    it("is counted test by test, in suites of any depth, whatever totals it states", () => {
        const xml = `<?xml version="1.0"?><testsuites tests="999"><testsuite name="a" tests="5"><testcase classname="a" name="one"/><testcase name="two"><skipped/></testcase>
            <testsuite name="b"><testcase classname="b" name="three"><failure message="x">trace</failure></testcase><testcase name="four"><error/></testcase></testsuite></testsuite></testsuites>`;

        expect(testsIn(xml)).toEqual({ passed: 1, failed: ["b three", "four"], skipped: 1 });
    });

    it.each([
        {
            what: "states failures that it does not show",
            xml: `<testsuite name="a" failures="2"><testcase name="one"/></testsuite>`,
            failed: [/'a', which states 2.*shows 0/],
        },
        {
            what: "states them in a suite within a suite",
            xml: `<testsuites><testsuite name="a"><testsuite name="b" errors="1"><testcase name="one"/></testsuite></testsuite></testsuites>`,
            failed: [/'b', which states 1/],
        },
        {
            what: "states what is no number",
            xml: `<testsuites failures="some"><testsuite><testcase name="one"/></testsuite></testsuites>`,
            failed: [/states NaN/],
        },
        { what: "broke off in its setup", xml: `<testsuite name="a"><error message="x"/><testcase name="one"/></testsuite>`, failed: [/^the suite 'a'$/] },
    ])("has a failure where a suite $what", ({ xml, failed }) => {
        expect(testsIn(xml)).toEqual({ passed: 1, failed: failed.map((text) => expect.stringMatching(text) as string), skipped: 0 });
    });

    it("may state the failures that it shows", () => {
        const xml = `<testsuites failures="1"><testsuite name="a" failures="1"><testcase name="one"><failure/></testcase></testsuite></testsuites>`;
        expect(testsIn(xml).failed).toEqual(["one"]);
    });

    it("may have one suite as its root, with one test", () => {
        expect(testsIn(`<testsuite><testcase name="one"><system-out>text</system-out></testcase></testsuite>`)).toEqual({ passed: 1, failed: [], skipped: 0 });
    });

    it.each([
        { what: "cut off", xml: "<testsuites><testsuite><testcase>" },
        { what: "a web page", xml: "<html><body/></html>" },
        { what: "empty", xml: "" },
        { what: "no XML", xml: "306 passed" },
    ])("is refused when it is $what", ({ xml }) => {
        expect(() => testsIn(xml)).toThrow();
    });

    it("does not expand entities, so that a small report stays small", () => {
        const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`;
        expect(() => testsIn(bomb).failed).not.toThrow();
    });
});

describe("a scanner's report", () => {
    const trivy = {
        SchemaVersion: 2,
        ArtifactName: "registry.example.com/nova/api:1.0.0",
        ArtifactType: "container_image",
        Metadata: { RepoDigests: [`registry.example.com/nova/api@${digest}`] },
        Results: [{ Target: "debian", Class: "os-pkgs" }, { Vulnerabilities: [{ VulnerabilityID: "CVE-1", PkgName: "openssl", Severity: "HIGH" }] }],
    };
    const grype = {
        matches: [{ vulnerability: { id: "CVE-2", severity: "Negligible" }, artifact: { name: "bash" } }],
        source: { type: "image", target: { userInput: "nova/api", manifestDigest: digest, repoDigests: [], layers: [{ size: 1 }] } },
        descriptor: { name: "grype", version: "0.90.0", db: { status: { built: "2026-01-01T00:00:00Z" } } },
    };
    const sarif = {
        version: "2.1.0",
        runs: [
            {
                tool: { driver: { name: "Trivy", rules: [{ id: "CVE-3", properties: { "security-severity": "9.8" } }] } },
                results: [{ ruleId: "CVE-3", level: "note" }, { ruleId: "CVE-4", level: "warning" }, { ruleId: "CVE-5" }],
                properties: { repoDigests: [`nova/api@${digest}`] },
            },
        ],
    };

    it.each([
        { scanner: "Trivy", report: trivy, severities: ["high"] },
        { scanner: "Grype", report: grype, severities: ["low"] },
        { scanner: "SARIF of Trivy", report: sarif, severities: ["critical", "medium", "unknown"] },
    ])("is read: $scanner", ({ scanner, report, severities }) => {
        const reading = scanReport(report);

        expect(reading).toMatchObject({ scanner, imageDigests: [digest] });
        expect(reading.saysNothing).toBeUndefined();
        expect(reading.vulnerabilities.map(({ severity }) => severity)).toEqual(severities);
    });

    const run = { tool: { driver: { name: "Trivy" } }, results: [], properties: { repoDigests: [`nova/api@${digest}`] } };
    it.each([
        { what: "Trivy found no package", report: { ...trivy, Results: [] }, why: /no result for the packages/ },
        { what: "Trivy has no results at all", report: { ...trivy, Results: null }, why: /no result for the packages/ },
        { what: "Trivy looked for secrets only", report: { ...trivy, Results: [{ Target: "/", Class: "secret" }] }, why: /no result for the packages/ },
        { what: "Trivy scanned a folder", report: { ...trivy, ArtifactType: "filesystem" }, why: /about filesystem/ },
        { what: "Trivy does not say what it scanned", report: { ...trivy, ArtifactType: undefined }, why: /about something/ },
        { what: "Grype read no layer", report: { ...grype, matches: [], source: { type: "image", target: { manifestDigest: digest } } }, why: /no layer/ },
        { what: "Grype scanned a folder", report: { ...grype, source: { ...grype.source, type: "directory" } }, why: /about a directory/ },
        { what: "Grype had no database", report: { ...grype, descriptor: { db: null } }, why: /no database/ },
        { what: "Grype does not name itself", report: { ...grype, descriptor: undefined }, why: /no database/ },
        { what: "SARIF has no result", report: { ...sarif, runs: [run] }, why: /SARIF without a result, as Trivy wrote it/ },
        { what: "one run of SARIF has none", report: { ...sarif, runs: [...sarif.runs, run] }, why: /SARIF without a result/ },
    ])("says nothing where $what", ({ report, why }) => {
        expect(scanReport(JSON.parse(JSON.stringify(report)) as unknown).saysNothing).toMatch(why);
    });

    it.each([{}, [], null, "clean", { Results: [] }, { matches: [] }, { version: "2.1.0", runs: [] }])("is refused when it is none: %j", (report) => {
        expect(() => scanReport(report)).toThrow(/no report of Trivy or Grype/);
    });
});

describe("an image reference", () => {
    it.each([
        {
            text: `registry.example.com:5000/nova/api:1.0.0@${digest}`,
            parts: { registry: "registry.example.com:5000", repository: "nova/api", tag: "1.0.0", digest },
        },
        { text: "registry.example.com/api:1.0.0", parts: { registry: "registry.example.com", repository: "api", tag: "1.0.0" } },
        { text: `registry.example.com/api@${digest}`, parts: { registry: "registry.example.com", repository: "api", digest } },
    ])("has its parts: $text", ({ text, parts }) => {
        expect(imageReference(text)).toEqual(parts);
    });

    it("is refused when it names no registry", () => {
        expect(() => imageReference("api")).toThrow(/no image reference/);
    });
});
