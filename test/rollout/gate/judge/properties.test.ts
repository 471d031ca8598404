import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { everyCriterionAt } from "../../../../rollout/gate/criteria.ts";
import type { CacheCounts, Evidence, LatencyHistogram, Observation, RevisionEvidence } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { type Weight, stepAt } from "../../../../rollout/plan/plan.ts";
import type { Verdict } from "../../../../rollout/gate/verdict.ts";
import { boundsSeconds, healthyEvidence, healthyRevision, seen, unseen } from "./evidence.ts";
import { profile } from "../../../../service/profile.ts";
import { plan } from "../../../../service/plan.ts";

const { fullReplicas } = plan;

const rank: Readonly<Record<Verdict, number>> = { pass: 0, hold: 1, rollback: 2 };

/** Requests of a revision, from none to as many as a busy step has. */
const anyTotal = fc.oneof(fc.nat(100), fc.nat(5_000), fc.nat(200_000));
/** A share that is often small, as bad things are. */
const anyShare = fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, max: 0.002, noNaN: true }),
    fc.double({ min: 0, max: 0.1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
);

function anyHistogram(total: number): fc.Arbitrary<LatencyHistogram> {
    return fc.record({ slow: anyShare, bucket: fc.nat(boundsSeconds.length - 1) }).map(({ slow, bucket }) => ({
        boundsSeconds,
        counts: boundsSeconds.map((_, index) => (index === 3 ? total - Math.floor(total * slow) : 0) + (index === bucket ? Math.floor(total * slow) : 0)),
    }));
}

function anyRevision(name: string, mostPods: number): fc.Arbitrary<RevisionEvidence> {
    return anyTotal.chain((total) =>
        fc
            .record({
                pods: fc.integer({ min: Math.max(1, mostPods - 1), max: mostPods }),
                failed: anyShare,
                timedOut: anyShare,
                missed: anyShare,
                latency: anyHistogram(total),
                distinct: fc.nat(10),
                age: fc.integer({ min: 0, max: 120 }),
                recent: fc.nat(100),
                cpu: fc.double({ min: 0, max: 1, noNaN: true }),
                restarts: fc.oneof(fc.constant(0), fc.nat(5)),
                connectionErrors: fc.oneof(fc.constant(0), fc.nat(200)),
                critical: fc.oneof(fc.constant(0), fc.nat(3)),
                unrecorded: anyShare,
                inUse: fc.nat(20),
            })
            .map((drawn) => {
                const well = healthyRevision(name, drawn.pods, total);
                const misses = Math.floor(total * drawn.missed);
                const accepted = Math.floor(total / 10);
                return {
                    ...well,
                    scrapes: seen({ newestAgeSeconds: drawn.age, fewestDistinct: drawn.distinct, pods: drawn.pods }),
                    requests: seen({ total, failed: Math.floor(total * drawn.failed), timedOut: Math.floor(total * drawn.timedOut) }),
                    recentRequests: seen(drawn.recent),
                    latency: seen(drawn.latency),
                    latencyOnHit: seen(drawn.latency),
                    latencyOnMiss: seen(drawn.latency),
                    cache: seen({ hits: total - misses, misses, errors: 0 }),
                    cpuUtilisation: seen(drawn.cpu),
                    databasePool: seen({ inUse: drawn.inUse, size: 20, waiting: 0 }),
                    databaseConnectionErrors: seen(drawn.connectionErrors),
                    criticalLogLines: seen(drawn.critical),
                    events: seen({ accepted, recorded: accepted - Math.floor(accepted * drawn.unrecorded), failed: 0 }),
                    pods: mapped(well.pods, (pods) => pods.map((pod) => ({ ...pod, restarts: drawn.restarts, recentRestarts: drawn.restarts }))),
                };
            }),
    );
}

/** A step with something or other in it, good or bad, much or little. */
const anyStep: fc.Arbitrary<{ readonly weight: Weight; readonly evidence: Evidence }> = fc.constantFrom<Weight>(10, 25, 50, 100).chain((weight) =>
    fc.record({ stable: anyRevision("v1", fullReplicas), candidate: anyRevision("v2", stepAt(plan, weight).candidateReplicas) }).map((revisions) => ({
        weight,
        evidence: { ...healthyEvidence(weight), ...revisions },
    })),
);

function mapped<T>(observation: Observation<T>, change: (value: T) => T): Observation<T> {
    return observation.kind === "missing" ? observation : { kind: "observed", value: change(observation.value) };
}

const fields = [
    "scrapes",
    "requests",
    "recentRequests",
    "latency",
    "latencyOnHit",
    "latencyOnMiss",
    "cache",
    "cpuUtilisation",
    "memory",
    "databasePool",
    "databaseConnectionErrors",
    "criticalLogLines",
    "events",
    "pods",
    "autoscaler",
] as const satisfies readonly (keyof RevisionEvidence)[];

/** Something that is taken away from evidence. */
const anyRemoval = fc.oneof(
    fc
        .record({ side: fc.constantFrom("stable" as const, "candidate" as const), field: fc.constantFrom(...fields) })
        .map(({ side, field }) => (evidence: Evidence): Evidence => ({ ...evidence, [side]: { ...evidence[side], [field]: unseen() } })),
    fc.constant(({ candidate, ...rest }: Evidence): Evidence => (candidate === undefined ? rest : rest)),
    fc.constant((evidence: Evidence): Evidence => ({ ...evidence, probes: {} })),
    fc.constantFrom("stable" as const, "candidate" as const).map(
        (side) =>
            (evidence: Evidence): Evidence =>
                changed(evidence, side, ({ scrapes }) => ({
                    scrapes: mapped(scrapes, (state) => ({ ...state, fewestDistinct: Math.max(0, state.fewestDistinct - 3) })),
                })),
    ),
);

/** Something that makes evidence of the candidate worse, with as many requests as before. */
const anyWorsening = fc.integer({ min: 1, max: 3_000 }).chain((more) =>
    fc.constantFrom<(candidate: RevisionEvidence) => Partial<RevisionEvidence>>(
        ({ requests }) => ({ requests: mapped(requests, (counts) => ({ ...counts, failed: Math.min(counts.total, counts.failed + more) })) }),
        ({ requests }) => ({ requests: mapped(requests, (counts) => ({ ...counts, timedOut: Math.min(counts.total, (counts.timedOut ?? 0) + more) })) }),
        ({ latency, latencyOnHit, latencyOnMiss }) => ({
            latency: mapped(latency, (one) => slowed(one, more)),
            latencyOnHit: mapped(latencyOnHit, (one) => slowed(one, more)),
            latencyOnMiss: mapped(latencyOnMiss, (one) => slowed(one, more)),
        }),
        ({ cache }) => ({ cache: mapped(cache, (counts) => missed(counts, more)) }),
        ({ cpuUtilisation }) => ({ cpuUtilisation: mapped(cpuUtilisation, (use) => use + 0.1) }),
        ({ memory }) => ({
            memory: mapped(memory, (all) => all.map((one) => ({ ...one, samples: one.samples.map((sample) => ({ ...sample, bytes: sample.bytes * 2 })) }))),
        }),
        ({ databasePool }) => ({ databasePool: mapped(databasePool, (pool) => ({ ...pool, inUse: pool.inUse + 1 })) }),
        ({ databaseConnectionErrors }) => ({ databaseConnectionErrors: mapped(databaseConnectionErrors, (errors) => errors + more) }),
        ({ criticalLogLines }) => ({ criticalLogLines: mapped(criticalLogLines, (lines) => lines + 1) }),
        ({ events }) => ({ events: mapped(events, (events) => ({ ...events, recorded: Math.max(0, events.recorded - more) })) }),
        ({ pods }) => ({ pods: mapped(pods, (all) => all.map((pod) => ({ ...pod, restarts: pod.restarts + 1, recentRestarts: pod.recentRestarts + 1 }))) }),
        ({ pods }) => ({ pods: mapped(pods, (all) => all.map((pod, index) => (index === 0 ? { ...pod, ready: false } : pod))) }),
        ({ autoscaler }) => ({ autoscaler: mapped(autoscaler, (state) => ({ ...state, problems: [...state.problems, "AbleToScale is False"] })) }),
        ({ scrapes }) => ({ scrapes: mapped(scrapes, (state) => ({ ...state, newestAgeSeconds: state.newestAgeSeconds + 30 })) }),
    ),
);

/** Requests moved from the bucket of 50 ms to the slowest one. */
function slowed({ boundsSeconds: bounds, counts }: LatencyHistogram, more: number): LatencyHistogram {
    const moved = Math.min(more, counts[3] ?? 0);
    return { boundsSeconds: bounds, counts: counts.map((count, index) => count - (index === 3 ? moved : 0) + (index === counts.length - 1 ? moved : 0)) };
}

function missed({ hits, misses, errors }: CacheCounts, more: number): CacheCounts {
    const moved = Math.min(more, hits);
    return { hits: hits - moved, misses: misses + moved, errors };
}

function changed(evidence: Evidence, side: "stable" | "candidate", change: (revision: RevisionEvidence) => Partial<RevisionEvidence>): Evidence {
    const revision = evidence[side];
    return revision === undefined ? evidence : { ...evidence, [side]: { ...revision, ...change(revision) } };
}

describe("whatever the evidence is", () => {
    it("a pass implies the minimum of evidence", () => {
        fc.assert(
            fc.property(anyStep, ({ weight, evidence }) => {
                for (const { verdict, samples, neededSamples = 1, shortfall } of judge(everyCriterionAt(profile, weight), evidence).reasons) {
                    if (verdict === "pass") {
                        expect(samples).toBeGreaterThanOrEqual(neededSamples);
                    }
                    expect(shortfall === undefined).toBe(verdict === "pass");
                }
            }),
        );
    });

    it("a judgement passes exactly when every reason does, and rolls back exactly when one does", () => {
        fc.assert(
            fc.property(anyStep, ({ weight, evidence }) => {
                const { verdict, reasons } = judge(everyCriterionAt(profile, weight), evidence);
                expect(rank[verdict]).toBe(Math.max(...reasons.map((reason) => rank[reason.verdict])));
            }),
        );
    });

    it("taking evidence away never turns a hold into a pass", () => {
        fc.assert(
            fc.property(anyStep, anyRemoval, ({ weight, evidence }, remove) => {
                const criteria = everyCriterionAt(profile, weight);
                const [before, after] = [judge(criteria, evidence).reasons, judge(criteria, remove(evidence)).reasons];
                const gained = after.filter((reason, index) => reason.verdict === "pass" && before[index]?.verdict !== "pass");
                expect(gained).toEqual([]);
            }),
            { numRuns: 300 },
        );
    });

    it("worse evidence never improves a verdict", () => {
        fc.assert(
            fc.property(anyStep, anyWorsening, ({ weight, evidence }, worsen) => {
                const criteria = everyCriterionAt(profile, weight);
                const [before, after] = [judge(criteria, evidence).reasons, judge(criteria, changed(evidence, "candidate", worsen)).reasons];
                const improved = after.filter((reason, index) => rank[reason.verdict] < rank[before[index]?.verdict ?? "pass"]);
                expect(improved).toEqual([]);
            }),
            { numRuns: 500 },
        );
    });
});
