import { describe, expect, it } from "vitest";

import { criteriaAt, everyCriterionAt } from "../../../rollout/gate/criteria.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import { weightsOf } from "../../../rollout/plan/plan.ts";
import { errorsBelowHalfPercent, healthyEvidence, histogram, seen, withCandidate, withStable } from "./judge/evidence.ts";
import { profile } from "../../../service/profile.ts";
import { rollbackAtOnce } from "../../../service/criteria/standing.ts";
import { successCriteria } from "../../../service/criteria/steps.ts";
import { plan } from "../../../service/plan.ts";

const weights = weightsOf(plan);

const errors = errorsBelowHalfPercent;

describe("a judgement", () => {
    it.each(weights)("passes a candidate at %i %% that keeps every bound, at a hundred requests a second", (weight) => {
        const { verdict, reasons } = judge(everyCriterionAt(profile, weight), healthyEvidence(weight));
        expect(reasons.filter((reason) => reason.verdict !== "pass")).toEqual([]);
        expect(verdict).toBe("pass");
    });

    it("passes a finished rollout that keeps the success metrics", () => {
        const { candidate, ...alone } = healthyEvidence(0);
        expect(candidate).toBeDefined();
        expect(judge(successCriteria, alone).verdict).toBe("pass");
    });

    it("holds without any criteria", () => {
        expect(judge([], healthyEvidence(10))).toEqual({ verdict: "hold", reasons: [] });
    });

    it("has one reason for each criterion, in their order", () => {
        const criteria = everyCriterionAt(profile, 50);
        expect(judge(criteria, healthyEvidence(50)).reasons.map(({ criterion }) => criterion)).toEqual(criteria.map(({ id }) => id));
    });

    it("is the worst of its reasons", () => {
        const failing = withCandidate(healthyEvidence(25), { requests: seen({ total: 45_000, failed: 22_500, timedOut: 0 }) });
        const holding = withCandidate(healthyEvidence(25), { cpuUtilisation: seen(0.6) });
        expect([judge(everyCriterionAt(profile, 25), failing).verdict, judge(everyCriterionAt(profile, 25), holding).verdict]).toEqual(["rollback", "hold"]);
    });

    it("depends on nothing but the evidence: a copy is judged the same", () => {
        const evidence = healthyEvidence(10);
        expect(judge([errors], structuredClone(evidence))).toEqual(judge([errors], evidence));
    });

    it("says in numbers what was measured, against which bound, and on how many samples", () => {
        const evidence = withCandidate(healthyEvidence(10), { requests: seen({ total: 9_000, failed: 18, timedOut: 0 }) });
        expect(judge([errors], evidence).reasons).toEqual([
            {
                criterion: "error-ratio",
                verdict: "pass",
                value: 0.002,
                bound: 0.005,
                samples: 9_000,
                neededSamples: 686,
                text: "errors 0.2 % of 9,000 requests, at most 0.381 % as shown, bound 0.5 %",
            },
        ]);
    });
});

describe("a rollback at once", () => {
    const verdictsOf = (evidence: ReturnType<typeof healthyEvidence>, weight: 25 | 100 = 25) =>
        judge(criteriaAt(profile, weight).atOnce, evidence)
            .reasons.filter(({ verdict }) => verdict !== "pass")
            .map(({ criterion, verdict }) => `${criterion}: ${verdict}`);
    const requests = (failed: number, total = 45_000) => ({ requests: seen({ total, failed, timedOut: 0 }) });

    it("follows errors above 5 %", () => {
        expect(verdictsOf(withCandidate(healthyEvidence(25), requests(2_300)))).toContain("error-ratio-at-once: rollback");
    });

    it("does not follow errors of 2 % on a quarter of the traffic: the service as a whole keeps its 99 %, and the gate holds", () => {
        const evidence = withCandidate(healthyEvidence(25), requests(900));
        expect(verdictsOf(evidence)).toEqual([]);
        expect(judge(criteriaAt(profile, 25).investigate, evidence).verdict).toBe("hold");
    });

    it("follows errors of 2 % on all of the traffic, since the service is below 99 % then", () => {
        expect(verdictsOf(withCandidate(healthyEvidence(100), requests(14_400, 720_000)), 100)).toEqual(["uptime-at-once: rollback"]);
    });

    it("follows errors of the stable revision too: the service is unwell, and no rollout goes on", () => {
        expect(verdictsOf(withStable(healthyEvidence(25), requests(2_800, 135_000)))).toEqual(["uptime-at-once: rollback"]);
    });

    it("follows a 95th percentile above a second", () => {
        expect(verdictsOf(withCandidate(healthyEvidence(25), { latency: seen(histogram(45_000, 2_300, 2)) }))).toEqual(["latency-p95-at-once: rollback"]);
    });

    it("follows a crash loop of one pod", () => {
        const pods = [1, 2, 3].map((pod) => ({
            name: `v2-${String(pod)}`,
            ready: pod > 1,
            restarts: 4,
            recentRestarts: 2,
            ...(pod === 1 ? { waitingReason: "CrashLoopBackOff" } : {}),
        }));
        expect(verdictsOf(withCandidate(healthyEvidence(25), { pods: seen(pods) }))).toEqual(["crash-loop-at-once: rollback"]);
    });

    it("follows database connections that go on failing", () => {
        expect(verdictsOf(withCandidate(healthyEvidence(25), { databaseConnectionErrors: seen(60) }))).toEqual(["database-connections-at-once: rollback"]);
    });

    it("needs few requests when half of them fail", () => {
        const early = (failed: number, total: number) =>
            judge(rollbackAtOnce, withCandidate(healthyEvidence(25), requests(failed, total))).reasons.find(
                ({ criterion }) => criterion === "error-ratio-at-once",
            );
        expect([early(2, 4)?.verdict, early(3, 6)?.verdict, early(4, 8)?.verdict]).toEqual(["hold", "hold", "rollback"]);
    });
});
