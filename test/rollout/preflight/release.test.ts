import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { blocks, findingOf } from "../../../rollout/preflight/preflight.ts";
import { type AlertmanagerReading, judgeAlertRoutes } from "../../../rollout/preflight/alertmanager/judge.ts";
import { judgeCapacity } from "../../../rollout/preflight/room/judge.ts";
import { type CertificateReading, judgeCertificates } from "../../../rollout/preflight/certificates/judge.ts";
import { judgeTests } from "../../../rollout/preflight/reports/test-results.ts";
import { judgeScan } from "../../../rollout/preflight/reports/vulnerabilities.ts";

const digest = `sha256:${"a".repeat(64)}`;
const now = "2026-03-10T12:00:00Z";

describe("a result", () => {
    it.each([
        { state: "passed", environment: "prod", stands: false },
        { state: "failed", environment: "lab", stands: true },
        { state: "not-configured", environment: "prod", stands: true },
        { state: "not-configured", environment: "staging", stands: false },
        { state: "later", environment: "prod", stands: false },
    ] as const)("that is $state in $environment: stands in the way is $stands", ({ state, environment, stands }) => {
        expect(blocks({ state }, environment)).toBe(stands);
    });

    it("tells many problems in few words, and each fix once", () => {
        const problems = Array.from({ length: 9 }, (_, index) => ({ text: `replica ${String(index)}`, fix: "start it" }));

        expect(findingOf(problems, "")).toEqual({
            state: "failed",
            text: "replica 0; replica 1; replica 2; replica 3; replica 4; replica 5; and 3 more",
            fix: "start it",
        });
    });
});

describe("tests", () => {
    it.each([
        { reading: { passed: 306, failed: [], skipped: 2 }, state: "passed" },
        { reading: { passed: 305, failed: [], skipped: 0 }, state: "failed" },
        { reading: { passed: 400, failed: ["a test"], skipped: 0 }, state: "failed" },
    ])("are $state with $reading", ({ reading, state }) => {
        expect(judgeTests(reading, 306).state).toBe(state);
    });
});

describe("a scan", () => {
    const found = (severity: "critical" | "high" | "medium" | "low" | "unknown") => ({
        scanner: "Trivy",
        imageDigests: [digest],
        vulnerabilities: [{ id: "CVE-1", package: "openssl", severity }],
    });

    it.each([
        { severity: "critical", state: "failed" },
        { severity: "high", state: "failed" },
        { severity: "unknown", state: "failed" },
        { severity: "medium", state: "passed" },
        { severity: "low", state: "passed" },
    ] as const)("with something $severity has $state", ({ severity, state }) => {
        expect(judgeScan(found(severity), digest).state).toBe(state);
    });

    it("that says nothing has failed, though it has no finding", () => {
        expect(judgeScan({ scanner: "Trivy", imageDigests: [digest], vulnerabilities: [], saysNothing: "it read no layer" }, digest)).toMatchObject({
            state: "failed",
            text: "the report says nothing: it read no layer",
        });
    });

    it.each([{ imageDigests: [] }, { imageDigests: [`sha256:${"b".repeat(64)}`] }])("of another image has failed: $imageDigests", ({ imageDigests }) => {
        expect(judgeScan({ ...found("low"), imageDigests }, digest)).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/the report is about/) as string,
        });
    });
});

describe("a certificate", () => {
    const well: CertificateReading = {
        place: "api.example.com:443",
        subject: "api.example.com",
        issuer: "An Authority",
        validFrom: "2026-02-01T00:00:00Z",
        validTo: "2026-05-01T00:00:00Z",
        fingerprint: "00",
    };

    it.each<{ readonly what: string; readonly change: Partial<CertificateReading>; readonly text: RegExp }>([
        { what: "ends soon", change: { validTo: "2026-03-20T12:00:00Z" }, text: /10 days left/ },
        { what: "has ended", change: { validTo: "2026-03-01T00:00:00Z" }, text: /expired/ },
        { what: "ends at no time", change: { validTo: "never" }, text: /expired at never/ },
        { what: "has not begun", change: { validFrom: "2026-03-11T00:00:00Z" }, text: /valid only from/ },
        { what: "is for another host", change: { hostProblem: "it is for b" }, text: /it is for b/ },
        { what: "has no chain", change: { chainProblem: "the chain ends" }, text: /the chain ends/ },
    ])("fails when it $what", ({ change, text }) => {
        expect(judgeCertificates([{ ...well, ...change }], [], now)).toMatchObject({ state: "failed", text: expect.stringMatching(text) as string });
    });

    it("passes with three weeks left, and fails when one could not be read or there is none", () => {
        expect(judgeCertificates([{ ...well, validTo: "2026-03-31T12:00:00Z" }], [], now).state).toBe("passed");
        expect(judgeCertificates([well], [{ text: "no Secret", fix: "make it" }], now).state).toBe("failed");
        expect(judgeCertificates([], [], now).state).toBe("failed");
    });
});

describe("room in the cluster", () => {
    const each = { cores: 1, memoryBytes: 100 };
    const node = (cores: number, memoryBytes: number, freePods = 10) => ({ name: "node", free: { cores, memoryBytes }, freePods });

    it.each([
        { what: "a node has room for all", nodes: [node(3, 300)], missing: 3, state: "passed" },
        { what: "several nodes have, together", nodes: [node(1, 100), node(2, 200)], missing: 3, state: "passed" },
        { what: "no single node has room for one, though all together have", nodes: [node(0.5, 100), node(0.5, 100)], missing: 1, state: "failed" },
        { what: "memory is short", nodes: [node(9, 250)], missing: 3, state: "failed" },
        { what: "a node takes no more pods", nodes: [node(9, 900, 2)], missing: 3, state: "failed" },
        { what: "nothing is missing", nodes: [], missing: 0, state: "passed" },
        { what: "there is no node", nodes: [], missing: 1, state: "failed" },
    ])("has $state when $what", ({ nodes, missing, state }) => {
        expect(judgeCapacity(nodes, [{ revision: "v2", missing, each }]).state).toBe(state);
    });

    it("is never promised twice: what passes for both revisions passes for each", () => {
        const nodes = fc.array(fc.record({ name: fc.constant("n"), free: fc.record({ cores: fc.nat(8), memoryBytes: fc.nat(800) }), freePods: fc.nat(6) }));
        fc.assert(
            fc.property(nodes, fc.nat(6), fc.nat(6), (room, one, other) => {
                const demand = (missing: number) => ({ revision: "v", missing, each });
                const both = judgeCapacity(room, [demand(one), demand(other)]).state;
                expect(both).toBe(judgeCapacity(room, [demand(one + other)]).state);
            }),
        );
    });
});

describe("a route of alerts", () => {
    const reading: AlertmanagerReading = {
        version: "0.31.1",
        receivers: [
            { name: "null", integrations: 0 },
            { name: "pager", integrations: 1 },
            { name: "chat", integrations: 2 },
        ],
        root: {
            receiver: "null",
            matchers: [],
            continues: false,
            routes: [
                { receiver: "pager", matchers: [{ label: "severity", operator: "=", value: "critical" }], continues: true, routes: [] },
                {
                    receiver: "chat",
                    matchers: [{ label: "severity", operator: "=~", value: "warning|critical" }],
                    continues: false,
                    routes: [{ matchers: [{ label: "team", operator: "!=", value: "" }], continues: false, routes: [] }],
                },
            ],
        },
    };

    it("passes when each severity reaches somebody, also by an inherited receiver", () => {
        expect(judgeAlertRoutes(reading, [{ severity: "critical" }, { severity: "warning", team: "ranking" }])).toMatchObject({
            state: "passed",
            text: "Alertmanager 0.31.1: critical to pager, chat; warning to chat",
        });
    });

    it.each([
        { what: "falls through to the null receiver", labels: { severity: "none" } },
        { what: "only resembles an expression", labels: { severity: "warnings" } },
    ])("fails when an alert $what", ({ labels }) => {
        expect(judgeAlertRoutes(reading, [labels])).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/reach no one: they go to 'null'/) as string,
        });
    });

    it("fails when no alert is declared", () => {
        expect(judgeAlertRoutes(reading, []).state).toBe("failed");
    });
});
