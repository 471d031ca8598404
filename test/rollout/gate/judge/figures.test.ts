import { describe, expect, it } from "vitest";

import { criteriaAt } from "../../../../rollout/gate/criteria.ts";
import type { Criterion, Measure } from "../../../../rollout/gate/criterion.ts";
import type { RevisionEvidence } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { healthyEvidence, seen, unseen, withCandidate } from "./evidence.ts";
import { profile } from "../../../../service/profile.ts";

function reasonFor(measure: Measure, changes: Partial<RevisionEvidence>, onBreach: Criterion["onBreach"] = "hold") {
    const criterion: Criterion = { id: measure.kind, title: measure.kind, subject: "candidate", measure, onBreach, source: "x" };
    const [reason] = judge([criterion], withCandidate(healthyEvidence(25), changes)).reasons;
    return reason;
}

describe("CPU", () => {
    it.each([
        { use: 0.499, verdict: "pass" },
        { use: 0.5, verdict: "hold" },
        { use: 0.501, verdict: "hold" },
        { use: Number.NaN, verdict: "hold" },
        { use: -0.1, verdict: "hold" },
    ])("of $use says $verdict to 'below 0.5'", ({ use, verdict }) => {
        expect(reasonFor({ kind: "cpu-utilisation", below: 0.5 }, { cpuUtilisation: seen(use) })).toMatchObject({ verdict });
    });
});

describe("the connection pool", () => {
    it.each([
        { inUse: 15, size: 20, verdict: "pass" },
        { inUse: 16, size: 20, verdict: "hold" },
        { inUse: 20, size: 20, verdict: "hold" },
        { inUse: 0, size: 0, verdict: "hold" },
        { inUse: Number.NaN, size: 20, verdict: "hold" },
    ])("with $inUse of $size in use says $verdict to 'below 80 %'", ({ inUse, size, verdict }) => {
        expect(reasonFor({ kind: "database-pool-utilisation", below: 0.8 }, { databasePool: seen({ inUse, size, waiting: 0 }) })).toMatchObject({ verdict });
    });
});

describe("database connections that failed", () => {
    const measure = { kind: "database-connection-errors", atMost: 3 } as const;

    it.each([
        { failed: 2, verdict: "pass" },
        { failed: 3, verdict: "pass" },
        { failed: 4, verdict: "rollback" },
    ])("say $verdict for $failed of 3 allowed", ({ failed, verdict }) => {
        expect(reasonFor(measure, { databaseConnectionErrors: seen(failed) }, "rollback")).toMatchObject({ verdict });
    });

    it.each([
        { failed: 4, total: 900_000, verdict: "pass" },
        { failed: 4, total: 5_000, verdict: "hold" },
        { failed: 30, total: 5_000, verdict: "rollback" },
        { failed: 6, total: 5, verdict: "rollback" },
    ])("say $verdict for $failed among $total requests, where one in 1,000 takes back", ({ failed, total, verdict }) => {
        const changes = { databaseConnectionErrors: seen(failed), requests: seen({ total, failed: 0, timedOut: 0 }) };
        expect(reasonFor({ ...measure, shareAbove: 0.001 }, changes, "rollback")).toMatchObject({ verdict });
    });

    it("hold when it is not known among how many requests", () => {
        const changes = { databaseConnectionErrors: seen(4), requests: unseen() };
        expect(reasonFor({ ...measure, shareAbove: 0.001 }, changes, "rollback")).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });
});

describe("critical lines in the log", () => {
    it.each([
        { lines: 0, verdict: "pass" },
        { lines: 1, verdict: "hold" },
        { lines: Number.NaN, verdict: "hold" },
    ])("say $verdict for $lines", ({ lines, verdict }) => {
        expect(reasonFor({ kind: "critical-log-lines", atMost: 0 }, { criticalLogLines: seen(lines) })).toMatchObject({ verdict });
    });
});

describe("cache hits", () => {
    it.each([
        { hits: 4_700, misses: 300, verdict: "pass" },
        { hits: 4_500, misses: 500, verdict: "hold" },
        { hits: 0, misses: 0, verdict: "hold" },
        { hits: Number.NaN, misses: 1, verdict: "hold" },
    ])("of $hits with $misses misses say $verdict to 'above 90 %'", ({ hits, misses, verdict }) => {
        expect(reasonFor({ kind: "cache-hit-ratio", above: 0.9 }, { cache: seen({ hits, misses, errors: 0 }) })).toMatchObject({ verdict });
    });

    it("show the share of hits, not of misses", () => {
        const reason = reasonFor({ kind: "cache-hit-ratio", above: 0.9 }, { cache: seen({ hits: 4_700, misses: 300, errors: 50 }) });
        expect(reason).toMatchObject({ value: 0.94, bound: 0.9, samples: 5_000, neededSamples: 33 });
    });
});

describe("engagement events", () => {
    it.each([
        { accepted: 4_500, recorded: 4_490, failed: 0, verdict: "pass" },
        { accepted: 4_500, recorded: 0, failed: 0, verdict: "hold" },
        { accepted: 4_500, recorded: 4_600, failed: 900, verdict: "hold" },
        { accepted: 0, recorded: 0, failed: 0, verdict: "hold" },
        { accepted: 4_500, recorded: Number.NaN, failed: 0, verdict: "hold" },
    ])("$accepted accepted, $recorded recorded, $failed failed: $verdict", ({ verdict, ...events }) => {
        expect(reasonFor({ kind: "events-recorded", atLeast: 0.99 }, { events: seen(events) })).toMatchObject({ verdict });
    });
});

it("lost engagement events count as lost also when more were recorded than accepted within the window", () => {
    const events = seen({ accepted: 4_500, recorded: 4_600, failed: 900 });
    expect(reasonFor({ kind: "events-recorded", atLeast: 0.99 }, { events: events })).toMatchObject({ shortfall: "breached", value: 0.8 });
});

describe("availability and timeouts", () => {
    const requests = (failed: number, timedOut: number) => ({ requests: seen({ total: 45_000, failed, timedOut }) });

    it("count the requests that failed, and those that ran into a limit", () => {
        expect(reasonFor({ kind: "availability", atLeast: 0.999 }, requests(10, 4_000))).toMatchObject({ verdict: "pass", bound: 0.999 });
        expect(reasonFor({ kind: "availability", atLeast: 0.999 }, requests(450, 0))).toMatchObject({ verdict: "hold", shortfall: "breached", value: 0.99 });
        expect(reasonFor({ kind: "timeout-ratio", below: 0.001 }, requests(4_000, 10))).toMatchObject({ verdict: "pass" });
        expect(reasonFor({ kind: "timeout-ratio", below: 0.001 }, requests(0, 450))).toMatchObject({ verdict: "hold", shortfall: "breached" });
    });

    it("of the service are those of both revisions", () => {
        const uptime = criteriaAt(profile, 25).atOnce.filter(({ id }) => id === "uptime-at-once");
        expect(judge(uptime, withCandidate(healthyEvidence(25), requests(900, 0))).reasons).toMatchObject([
            { verdict: "pass", value: 0.995, samples: 180_000 },
        ]);
    });
});
