import { describe, expect, it } from "vitest";

import { statedTime } from "../../../../rollout/preflight/reports/made-at.ts";

describe("the time that a report states", () => {
    it.each([
        { what: "JUnit's XML", text: '<testsuites><testsuite name="a" timestamp="2026-03-08T09:00:00.250Z"/></testsuites>', at: "2026-03-08T09:00:00.250Z" },
        {
            what: "the newest of its suites, without a zone",
            text: '<?xml version="1.0"?>\n<testsuites><testsuite timestamp="2026-03-07T09:00:00" name="a"/><testsuite timestamp="2026-03-08T09:00:00" name="b"/></testsuites>',
            at: "2026-03-08T09:00:00.000Z",
        },
        { what: "Trivy's JSON", text: '{"SchemaVersion":2,"CreatedAt":"2026-03-08T10:00:00.123456789+01:00"}', at: "2026-03-08T09:00:00.123Z" },
        { what: "Grype's JSON", text: '{"descriptor":{"name":"grype","timestamp":"2026-03-08T09:00:00Z"}}', at: "2026-03-08T09:00:00.000Z" },
        { what: "SARIF", text: '{"runs":[{"invocations":[{"endTimeUtc":"2026-03-08T09:00:00Z"}]}]}', at: "2026-03-08T09:00:00.000Z" },
        { what: "a report that says none", text: '{"passed":true}', at: undefined },
        { what: "a time that is none", text: '{"CreatedAt":"today"}', at: undefined },
        { what: "no report", text: "all is well", at: undefined },
    ])("is $at in $what", ({ text, at }) => {
        expect(statedTime(text)).toBe(at);
    });
});
