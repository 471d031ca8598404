import { describe, expect, it } from "vitest";

import { criteriaAt } from "../../../../rollout/gate/criteria.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { errorsBelowHalfPercent, healthyEvidence, seen, unseen, withCandidate, withStable } from "./evidence.ts";
import { profile } from "../../../../service/profile.ts";

const errors = errorsBelowHalfPercent;

describe("evidence that may let a criterion pass", () => {
    it("is as fresh as the scrape interval of the stack makes it", () => {
        const aged = withCandidate(healthyEvidence(10), { scrapes: seen({ newestAgeSeconds: 6, fewestDistinct: 60, pods: 1 }) });
        expect(judge([errors], aged, { scrapeIntervalSeconds: 1 })).toMatchObject({
            verdict: "hold",
            reasons: [{ text: expect.stringContaining("at most 5 s allowed") as string }],
        });
        expect(judge([errors], aged, { scrapeIntervalSeconds: 1, oldestScrapeIntervals: 6 }).verdict).toBe("pass");
    });

    it("covers every pod that is ready", () => {
        const pods = ["v2-1", "v2-2", "v2-3"].map((name) => ({ name, ready: true, restarts: 0, recentRestarts: 0 }));
        const half = withCandidate(healthyEvidence(10), { pods: seen(pods) });
        expect(judge([errors], half)).toMatchObject({
            verdict: "hold",
            reasons: [{ text: expect.stringContaining("only 1 of 3 ready pods are scraped") as string }],
        });
    });

    it("covers the window that the criterion asks for, in minutes of the plan", () => {
        const growth = criteriaAt(profile, 25).gate.filter(({ measure }) => measure.kind === "memory-growth");
        const after = (seconds: number, timeScale = 1) =>
            judge(growth, { ...healthyEvidence(25), windowSeconds: seconds, soakedSeconds: seconds }, { timeScale }).verdict;
        expect([after(899), after(900), after(901)]).toEqual(["hold", "pass", "pass"]);
        expect([after(89, 0.1), after(90, 0.1)]).toEqual(["hold", "pass"]);
    });

    it("is fit on the stable revision too where the two are compared", () => {
        const compared = criteriaAt(profile, 10).gate.filter(({ id }) => id === "error-ratio-against-stable");
        const stale = withStable(healthyEvidence(10), { scrapes: seen({ newestAgeSeconds: 600, fewestDistinct: 60, pods: 6 }) });
        expect(judge(compared, stale)).toMatchObject({
            verdict: "hold",
            reasons: [{ text: expect.stringContaining("v1: the newest sample is 600 s old") as string }],
        });
        expect(judge([errors], stale).verdict).toBe("pass");
    });

    it("has recent requests of both where the two are compared: one side's past says nothing of the other's present", () => {
        const compared = criteriaAt(profile, 10).gate.filter(({ id }) => id === "error-ratio-against-stable");
        const [quiet] = judge(compared, withStable(healthyEvidence(10), { recentRequests: seen(0) })).reasons;
        expect(quiet).toMatchObject({ verdict: "hold", shortfall: "unseen", text: expect.stringContaining("no requests within the last minute") as string });
    });

    it("needs requests of the candidate at 100 %, and none of a stable revision that has no traffic", () => {
        const evidence = withStable(healthyEvidence(100), { recentRequests: seen(0) });
        expect(judge(criteriaAt(profile, 100).gate, evidence).verdict).toBe("pass");
        expect(judge(criteriaAt(profile, 100).gate, withCandidate(evidence, { recentRequests: seen(0) })).verdict).toBe("hold");
    });

    it("plays no part in a breach: what is shown to be bad is bad, also when it is old", () => {
        const stale = withCandidate(healthyEvidence(10), {
            scrapes: seen({ newestAgeSeconds: 600, fewestDistinct: 1, pods: 1 }),
            recentRequests: seen(0),
            requests: seen({ total: 9_000, failed: 4_500, timedOut: 0 }),
        });
        expect(judge(criteriaAt(profile, 10).atOnce, stale).verdict).toBe("rollback");
        expect(judge([errors], stale)).toMatchObject({
            verdict: "hold",
            reasons: [{ shortfall: "breached", text: "errors 50 % of 9,000 requests, bound 0.5 %" }],
        });
    });

    it("keeps what was measured in the reason, so that people see both", () => {
        const stale = withCandidate(healthyEvidence(10), { scrapes: unseen("Prometheus can't be reached") });
        expect(judge([errors], stale).reasons).toMatchObject([
            { value: 0, samples: 9_000, text: "v2: Prometheus can't be reached (errors 0 % of 9,000 requests, at most 0.0382 % as shown, bound 0.5 %)" },
        ]);
    });
});
