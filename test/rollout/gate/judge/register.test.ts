import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { criteriaAt, everyCriterionAt } from "../../../../rollout/gate/criteria.ts";
import type { Criterion } from "../../../../rollout/gate/criterion.ts";
import type { Evidence, Observation, RevisionEvidence } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { type Weight, weightsOf } from "../../../../rollout/plan/plan.ts";
import { errorsBelowHalfPercent, healthyEvidence, healthyRevision, histogram, noClientErrors, seen, unseen, withCandidate, withStable } from "./evidence.ts";
import { checkCriteria } from "../../../../rollout/gate/criteria/check.ts";
import { profile } from "../../../../service/profile.ts";
import { plan } from "../../../../service/plan.ts";

const weights = weightsOf(plan);

/**
 * Ways in which gates of other tools were found to pass what nobody had shown. Each row is tested here, or where the part is that could fall for it: file and
 * words of the test's name.
 */
const register: Readonly<Record<number, readonly Place[]>> = {
    1: [here(1)],
    2: [here(2), { file: "rollout/gate/live/evidence/distrust", test: "is missing when the step has only just begun" }],
    3: [here(3)],
    4: [here(4), { file: "rollout/gate/live/evidence/counts", test: "never reaches before the step, however long a window is asked for" }],
    5: [
        here(5),
        { file: "service/probes/dialogues", test: "when nothing listens" },
        { file: "rollout/gate/live/evidence/probes", test: "have failed when $what" },
    ],
    6: [
        here(6),
        { file: "rollout/watch/decide", test: "is ready only when the last look passed after the soak, whatever came before" },
        { file: "rollout/watch/live/watcher", test: "rolls a candidate back when the gate holds for longer than the plan allows" },
    ],
    7: [here(7), { file: "rollout/gate/live/evidence/distrust", test: "is missing when a sample is '%s'" }],
    8: [
        here("$row"),
        { file: "rollout/gate/live/prometheus", test: "is missing when the answer is $what" },
        { file: "rollout/consent/override", test: "has a reason of some words" },
    ],
    9: [here("$row"), { file: "rollout/gate/live/evidence/distrust", test: "is missing when a pod is scraped $how" }],
    10: [here(10), { file: "rollout/gate/conditions/gate", test: "is not passed when $what" }],
    11: [here(11)],
    12: [here("$row"), { file: "rollout/gate/live/evidence/distrust", test: "is missing when $what" }],
    13: [
        here(13),
        { file: "rollout/gate/live/evidence/scrapes", test: "show their age when Prometheus stopped to scrape" },
        { file: "rollout/gate/live/evidence/counts", test: "shows zero requests as zero, not as missing" },
    ],
    14: [here("$row"), { file: "rollout/gate/live/evidence/distrust", test: "is missing where $name is renamed, and only there" }],
    15: [
        { file: "rollout/watch/decide", test: "long after the gate passed, while an approval is waited for" },
        {
            file: "rollout/watch/live/watcher",
            test: "goes on after the gate passed where somebody waits for an approval, and still takes a bad candidate back",
        },
        { file: "rollout/cli/run", test: "waits for approvals while the step goes on being watched" },
    ],
    16: [
        here(16),
        { file: "rollout/watch/decide", test: "and not a second earlier" },
        { file: "rollout/gate/conditions/soak", test: "of $soaked s is not over" },
    ],
    17: [here(17), { file: "rollout/gate/live/evidence/scrapes", test: "show the pod that is furthest behind, and the one with the fewest" }],
    18: [
        here(18),
        { file: "rollout/gate/live/evidence/promql", test: "are of exactly the revisions" },
        { file: "rollout/gate/live/evidence/distrust", test: "is missing for both revisions when a pod is scraped as one and is of the other" },
    ],
    19: [
        { file: "rollout/consent/override", test: "has a reason of some words" },
        { file: "rollout/consent/override", test: "for another step or other content is none" },
        { file: "rollout/consent/override", test: "lifts nothing that rolls back at once" },
        { file: "rollout/gate/conditions/step-conditions", test: "lets pass what it names, and nothing else, and is shown" },
        { file: "rollout/gate/conditions/step-conditions", test: "is kept for the ledger" },
    ],
    20: [
        here(20),
        { file: "rollout/route/traffic", test: "have explicit weights that add up to 100" },
        { file: "rollout/kubernetes/cluster-reader", test: "weights that were left out, which count as 1" },
    ],
    // What the gateway made of an answer on its way to users.
    21: [
        { file: "rollout/gate/judge/views", test: "does not pass when $what" },
        { file: "rollout/gate/live/gateway/envoy", test: "has $what" },
        { file: "rollout/gate/live/gateway/kinds", test: "has $what" },
    ],
    // No view of the gateway, or one of something else.
    22: [
        { file: "rollout/gate/judge/views", test: "the gate holds at $weight % when it is $what" },
        { file: "rollout/gate/judge/views", test: "nothing passes without its view" },
        { file: "rollout/gate/live/gateway/envoy", test: "it knows neither revision" },
        { file: "rollout/preflight/live/gateway-view", test: "fails where there was no request" },
    ],
    // Two sources that can't both be right.
    23: [{ file: "rollout/gate/judge/views", test: "holds where the pods counted %d times what the gateway sent them" }],
    // A bound that the histogram does not have.
    24: [{ file: "rollout/gate/judge/latency", test: "that the histogram does not have $what" }],
    // Answers 400 to 499.
    25: [{ file: "rollout/gate/judge/views", test: "hold at %i %% when the candidate has 30 % of them" }],
    // Counters that are counted again since a start time moved, or a backend was deleted and made again.
    26: [
        { file: "rollout/gate/live/evidence/counting", test: "is no restart while the CPU time only grows" },
        { file: "rollout/gate/live/gateway/envoy", test: "counts nothing twice and from 0 on where $what" },
    ],
};

interface Place {
    /** Path under test/, without `.test.ts`. */
    readonly file: string;
    /** Words of the test's name. */
    readonly test: string;
}

function here(row: number | "$row"): Place {
    return { file: "rollout/gate/judge/register", test: `"register row ${String(row)}:` };
}

const errors = errorsBelowHalfPercent;
const withTraffic = weights.filter((weight) => weight > 0);
const gateOf = (weight: Weight, evidence: Evidence) => judge(criteriaAt(profile, weight).gate, evidence).verdict;
const all = (weight: Weight, evidence: Evidence) => judge(everyCriterionAt(profile, weight), evidence);

/** Criteria that pass. */
const passing = (weight: Weight, evidence: Evidence) =>
    all(weight, evidence)
        .reasons.filter(({ verdict }) => verdict === "pass")
        .map(({ criterion }) => criterion);

/** Every observation of a revision replaced by the same one. */
function blanked(revision: RevisionEvidence, observation: Observation<never>): RevisionEvidence {
    const { revision: name } = revision;
    return {
        revision: name,
        gateway: { kind: "seen", scrapes: observation, requests: observation, recentRequests: observation, latency: observation },
        scrapes: observation,
        requests: observation,
        recentRequests: observation,
        latency: observation,
        latencyOnHit: observation,
        latencyOnMiss: observation,
        cache: observation,
        cpuUtilisation: observation,
        memory: observation,
        databasePool: observation,
        databaseConnectionErrors: observation,
        criticalLogLines: observation,
        events: observation,
        pods: observation,
        autoscaler: observation,
    };
}

describe("the register of gates that passed unseen", () => {
    it("has 26 rows", () => {
        expect(Object.keys(register).map(Number)).toEqual(Array.from({ length: 26 }, (_, index) => index + 1));
    });

    it.each(Object.entries(register))("tests row %s where it says", (_, places) => {
        const text = (file: string) => readFileSync(join(import.meta.dirname, "../../..", `${file}.test.ts`), "utf8");
        expect(places.length).toBeGreaterThan(0);
        expect(places.filter(({ file, test }) => !text(file).includes(test))).toEqual([]);
    });

    it("register row 1: a gate with no condition is refused when criteria are configured, and holds if one gets through", () => {
        expect(() => checkCriteria("gate", [], 15)).toThrow(RangeError);
        const boundless = { ...errors, measure: { kind: "latency-p95" } } as const;
        expect(() => checkCriteria("gate", [boundless], 15)).toThrow(RangeError);
        expect(judge([], healthyEvidence(10)).verdict).toBe("hold");
        expect(judge([{ ...boundless, onBreach: "rollback" }], healthyEvidence(10)).verdict).toBe("hold");
        expect(judge([{ ...errors, measure: { kind: "error-ratio", below: Number.NaN } }], healthyEvidence(10)).verdict).toBe("hold");
    });

    it.each(withTraffic)("register row 2: at %i %%, a gate with no sample holds", (weight) => {
        const none = { ...healthyEvidence(weight), candidate: healthyRevision("v2", 0, 0), stable: healthyRevision("v1", 0, 0), probes: {} };
        expect(gateOf(weight, none)).toBe("hold");
        expect(all(weight, none).reasons.filter(({ verdict }) => verdict === "rollback")).toEqual([]);
    });

    it.each(withTraffic)("register row 3: at %i %%, a candidate whose every request failed is rolled back", (weight) => {
        const evidence = healthyEvidence(weight);
        expect(all(weight, withCandidate(evidence, { requests: seen({ total: 500, failed: 500, timedOut: 500 }) })).verdict).toBe("rollback");
    });

    it.each(withTraffic)("register row 4: at %i %%, a step too short for its samples holds, and a window longer than the soak is refused", (weight) => {
        const seconds = 20;
        const short = { ...healthyEvidence(weight), windowSeconds: seconds, soakedSeconds: seconds };
        const early = withCandidate(short, { scrapes: seen({ newestAgeSeconds: 2, fewestDistinct: 2, pods: 6 }) });
        expect(gateOf(weight, early)).toBe("hold");
        expect(() => checkCriteria("gate", [{ ...errors, windowMinutes: 16 }], 15)).toThrow("the window is 16 min and the soak 15 min");
    });

    it("register row 5: a probe that was not run holds as one that failed does", () => {
        const probes = { ...healthyEvidence(10).probes, search: { kind: "failed", reason: "the probe could not reach the gateway" } } as const;
        const { search, ...unrun } = healthyEvidence(10).probes;
        expect(search).toEqual({ kind: "passed" });
        expect([gateOf(10, { ...healthyEvidence(10), probes }), gateOf(10, { ...healthyEvidence(10), probes: unrun })]).toEqual(["hold", "hold"]);
    });

    it.each(withTraffic)("register row 6: at %i %%, time alone never passes: a soak of days with no requests holds", (weight) => {
        const days = { windowSeconds: 5 * 86_400, soakedSeconds: 5 * 86_400 };
        const quiet = { ...healthyRevision("v2", 6, 0), recentRequests: seen(0) };
        expect(gateOf(weight, { ...healthyEvidence(weight), ...days, candidate: quiet })).toBe("hold");
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1])(
        "register row 7: %d is no measurement, for every criterion and on either side of a bound",
        (bad) => {
            const counts = { total: bad, failed: bad, timedOut: bad };
            const buckets = seen({ ...histogram(9_000), counts: histogram(9_000).counts.map(() => bad) });
            const spoilt: Partial<RevisionEvidence> = {
                scrapes: seen({ newestAgeSeconds: bad, fewestDistinct: bad, pods: bad }),
                requests: seen(counts),
                recentRequests: seen(bad),
                latency: buckets,
                latencyOnHit: buckets,
                latencyOnMiss: buckets,
                cache: seen({ hits: bad, misses: bad, errors: bad }),
                cpuUtilisation: seen(bad),
                memory: seen([{ pod: "v2-1", samples: [{ atSeconds: 0, bytes: bad }] }]),
                databasePool: seen({ inUse: bad, size: bad, waiting: bad }),
                databaseConnectionErrors: seen(bad),
                criticalLogLines: seen(bad),
                events: seen({ accepted: bad, recorded: bad, failed: bad }),
                pods: seen([{ name: "v2-1", ready: false, restarts: bad, recentRestarts: bad }]),
                autoscaler: seen({ minimum: bad, maximum: bad, current: bad, desired: bad, problems: [] }),
            };
            for (const weight of withTraffic) {
                const evidence = withStable(withCandidate({ ...healthyEvidence(weight), probes: {} }, spoilt), spoilt);
                expect(passing(weight, evidence)).toEqual([]);
                expect(all(weight, evidence).verdict).toBe("hold");
            }
        },
    );

    it.each([
        { row: 8, trap: "an empty answer", reason: "the query gave no series" },
        { row: 9, trap: "several series where one is expected", reason: "the query gave 2 series, and 1 is expected" },
        { row: 12, trap: "a warning of partial data", reason: "Prometheus warns: some data is missing" },
        { row: 14, trap: "a metric that nobody has", reason: "no metric http_request_total" },
    ])("register row $row: $trap holds, and is given as the reason", ({ reason }) => {
        const evidence = withCandidate(healthyEvidence(10), { requests: unseen(reason) });
        const { verdict, reasons } = judge([errors], evidence);
        expect(verdict).toBe("hold");
        expect(reasons).toMatchObject([{ shortfall: "unseen", text: `v2: ${reason}` }]);
    });

    it("register row 10: an exception while one criterion is judged holds, and the others are judged all the same", () => {
        const broken: Evidence = {
            ...healthyEvidence(10),
            get probes(): Evidence["probes"] {
                throw new Error("probes are out of order");
            },
        };
        const probe: Criterion = { ...errors, id: "probe", measure: { kind: "probe", probe: "api" } };
        expect(judge([probe, errors], broken)).toMatchObject({
            verdict: "hold",
            reasons: [{ verdict: "hold", shortfall: "unseen", text: "it could not be judged: probes are out of order" }, { verdict: "pass" }],
        });
    });

    it.each(withTraffic)("register row 11: at %i %%, one observation of the candidate that is missing holds the gate", (weight) => {
        const evidence = healthyEvidence(weight);
        const needed: readonly (keyof RevisionEvidence)[] = ["scrapes", "requests", "recentRequests", "pods"];
        expect(needed.map((field) => gateOf(weight, withCandidate(evidence, { [field]: unseen() })))).toEqual(needed.map(() => "hold"));
        expect(passing(weight, { ...evidence, candidate: blanked(healthyRevision("v2", 1, 1), unseen()), probes: {} })).toEqual(
            weight < 100 ? [expect.stringContaining("-stable-pods")] : [],
        );
    });

    it.each([
        { what: "scrapes went stale", changes: { scrapes: seen({ newestAgeSeconds: 76, fewestDistinct: 60, pods: 1 }) } },
        { what: "requests ceased, while scrapes go on", changes: { recentRequests: seen(0) } },
    ])("register row 13: traffic stops in the middle and the window still holds good data: $what", ({ changes }) => {
        expect(judge([errors], withCandidate(healthyEvidence(10), changes))).toMatchObject({ verdict: "hold", reasons: [{ shortfall: "unseen" }] });
    });

    it.each([
        {
            limit: "age of 75 s",
            at: (age: number) => ({ scrapes: seen({ newestAgeSeconds: age, fewestDistinct: 60, pods: 1 }) }),
            values: [74, 75, 76],
            verdicts: ["pass", "pass", "hold"],
        },
        {
            limit: "3 scrapes",
            at: (distinct: number) => ({ scrapes: seen({ newestAgeSeconds: 4, fewestDistinct: distinct, pods: 1 }) }),
            values: [2, 3, 4],
            verdicts: ["hold", "pass", "pass"],
        },
        {
            limit: "1 scraped pod",
            at: (pods: number) => ({ scrapes: seen({ newestAgeSeconds: 4, fewestDistinct: 60, pods }) }),
            values: [0, 1, 2],
            verdicts: ["hold", "pass", "pass"],
        },
        { limit: "1 recent request", at: (recent: number) => ({ recentRequests: seen(recent) }), values: [0, 1, 2], verdicts: ["hold", "pass", "pass"] },
        {
            limit: "686 clean requests",
            at: (total: number) => ({ requests: seen({ total, failed: 0, timedOut: 0 }) }),
            values: [685, 686, 687],
            verdicts: ["hold", "pass", "pass"],
        },
    ])("register row 16: a limit is exact on both sides: $limit", ({ at, values, verdicts }) => {
        expect(values.map((value) => judge([errors], withCandidate(healthyEvidence(10), at(value))).verdict)).toEqual(verdicts);
    });

    it.each([
        { windowSeconds: 899, soakedSeconds: 900, verdict: "pass" },
        { windowSeconds: 900, soakedSeconds: 900, verdict: "pass" },
        { windowSeconds: 901, soakedSeconds: 900, verdict: "hold" },
        { windowSeconds: 0, soakedSeconds: 900, verdict: "hold" },
        { windowSeconds: Number.NaN, soakedSeconds: 900, verdict: "hold" },
        { windowSeconds: 900, soakedSeconds: Number.NaN, verdict: "hold" },
    ])("register row 16: a window of $windowSeconds s in a step of $soakedSeconds s gives $verdict", ({ verdict, ...times }) => {
        expect(judge([errors], { ...healthyEvidence(10), ...times }).verdict).toBe(verdict);
    });

    it("register row 17: one scrape that is read many times is one sample, and holds", () => {
        const once = withCandidate(healthyEvidence(10), { scrapes: seen({ newestAgeSeconds: 1, fewestDistinct: 1, pods: 1 }) });
        expect(judge([errors], once)).toMatchObject({
            verdict: "hold",
            reasons: [
                {
                    shortfall: "unproven",
                    text: expect.stringContaining("a pod was scraped 1 times within the window, and 3 distinct scrapes are needed") as string,
                },
            ],
        });
    });

    it("register row 18: evidence without one of the two revisions holds whatever compares them", () => {
        const { candidate, ...alone } = healthyEvidence(10);
        expect(candidate).toBeDefined();
        expect(passing(10, alone).filter((id) => !id.startsWith("canary-probe-") && id !== "canary-stable-pods")).toEqual([]);
        const stableGone = { ...healthyEvidence(10), stable: blanked(healthyRevision("v1", 6, 1), unseen()) };
        expect(gateOf(10, stableGone)).toBe("hold");
        expect(passing(10, stableGone).filter((id) => id.includes("against-stable") || id === "canary-observed-split" || id === "uptime-at-once")).toEqual([]);
    });

    it("register row 20: a split of half and half at a weight of 10 % holds", () => {
        const half = { requests: seen({ total: 45_000, failed: 0, timedOut: 0, clientErrors: noClientErrors }) };
        const { reasons } = all(10, withStable(withCandidate(healthyEvidence(10), half), half));
        expect(reasons.filter(({ verdict }) => verdict !== "pass")).toMatchObject([
            { criterion: "canary-observed-split", verdict: "hold", shortfall: "breached", text: expect.stringContaining("50 % of 90,000 requests") as string },
        ]);
    });
});
