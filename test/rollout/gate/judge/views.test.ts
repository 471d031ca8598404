import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { criteriaAt, everyCriterionAt } from "../../../../rollout/gate/criteria.ts";
import { type Evidence, type GatewayCounts, type GatewayView, unseenGateway } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { isSeenByGateway } from "../../../../rollout/gate/judge/views.ts";
import { type Weight, weightsOf } from "../../../../rollout/plan/plan.ts";
import { blindnessOf } from "../../../../rollout/watch/decide.ts";
import { gatewayView, healthyEvidence, noClientErrors, seen, unseen, withCandidate, withStable } from "./evidence.ts";
import { profile } from "../../../../service/profile.ts";
import { successCriteria } from "../../../../service/criteria/steps.ts";
import { plan } from "../../../../service/plan.ts";

const weights = weightsOf(plan);

const withTraffic = weights.filter((weight) => weight > 0);

/** Evidence whose candidate says of itself that all is well, and of which the gateway counted `counts` on top, as a share of its requests. */
function usersGot(weight: Weight, share: (total: number) => Partial<GatewayCounts>, evidence = healthyEvidence(weight)): Evidence {
    const total = totalOf(evidence);
    return withCandidate(evidence, { gateway: gatewayView(total, share(total)) });
}

function totalOf({ candidate }: Evidence): number {
    return candidate?.requests.kind === "observed" ? candidate.requests.value.total : 0;
}

const everything = (weight: Weight, evidence: Evidence) => judge(everyCriterionAt(profile, weight), evidence);

describe("a step is judged by what users got, whatever the pods say of themselves", () => {
    it.each(withTraffic)("passes at %i %% when both views are well", (weight) => {
        expect(everything(weight, healthyEvidence(weight)).reasons.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
    });

    it.each([
        { what: "45 % of users get 503 at 100 %", weight: 100, failed: 0.45 },
        { what: "4.5 % get 504 at 100 %", weight: 100, failed: 0.045 },
        { what: "10 % of requests are lost at 50 %", weight: 50, failed: 0.1 },
        { what: "half of the connections are refused at 10 %", weight: 10, failed: 0.5 },
        { what: "0.6 % fail at 10 %", weight: 10, failed: 0.006 },
        { what: "0.2 % fail at 25 %", weight: 25, failed: 0.002 },
    ] as const)("does not pass when $what", ({ weight, failed }) => {
        const evidence = usersGot(weight, (total) => ({ failed: total * failed, unanswered: total * failed }));
        expect(judge(criteriaAt(profile, weight).gate, evidence).verdict).toBe("hold");
    });

    it.each(withTraffic)("rolls back at %i %% when users get more than 5 % failed answers", (weight) => {
        expect(
            everything(
                weight,
                usersGot(weight, (total) => ({ failed: total * 0.06 })),
            ).verdict,
        ).toBe("rollback");
    });

    it.each(withTraffic)("rolls back at %i %% when the pods say so, also without the gateway's view", (weight) => {
        const { total } = { total: totalOf(healthyEvidence(weight)) };
        const failing = withCandidate(healthyEvidence(weight), {
            requests: seen({ total, failed: total / 2, timedOut: 0, clientErrors: noClientErrors }),
            gateway: unseenGateway("Prometheus does not scrape the gateway"),
        });
        expect(everything(weight, failing).verdict).toBe("rollback");
    });

    it("holds for time limits that only the gateway knows of", () => {
        const evidence = usersGot(100, (total) => ({ failed: total * 0.005, timedOut: total * 0.005 }));
        const timeouts = judge(criteriaAt(profile, 100).gate, evidence).reasons.find(({ criterion }) => criterion === "full-timeouts");
        expect(timeouts).toMatchObject({ verdict: "hold", shortfall: "breached" });
    });

    it("holds for answers that are slow at the gateway alone", () => {
        const evidence = withCandidate(healthyEvidence(25), { gateway: gatewayView(totalOf(healthyEvidence(25)), {}, 30_000, 0.8) });
        const broken = everything(25, evidence).reasons.filter(({ shortfall }) => shortfall === "breached");
        expect(broken.map(({ criterion }) => criterion)).toEqual(["quarter-latency-p95", "latency-against-stable", "latency-p95-investigate"]);
    });

    it("is asked at the checkpoints too", () => {
        const { candidate, ...finished } = healthyEvidence(0);
        const total = 1_000_000;
        const stable = withStable(finished, { gateway: gatewayView(total, { failed: 20_000 }) });
        expect(candidate).toBeDefined();
        expect(judge(successCriteria, stable).verdict).toBe("hold");
    });
});

describe("without the gateway's view", () => {
    const views: readonly { readonly what: string; readonly gateway: GatewayView }[] = [
        { what: "missing", gateway: unseenGateway("Prometheus does not scrape the gateway") },
        { what: "old", gateway: { ...gatewayView(9_000), scrapes: seen({ newestAgeSeconds: 600, fewestDistinct: 60, pods: 2 }) } },
        { what: "of one scrape", gateway: { ...gatewayView(9_000), scrapes: seen({ newestAgeSeconds: 4, fewestDistinct: 1, pods: 2 }) } },
        { what: "without its scrapes", gateway: { ...gatewayView(9_000), scrapes: unseen() } },
        { what: "without traffic", gateway: { ...gatewayView(9_000), recentRequests: seen(0) } },
        { what: "not a number", gateway: gatewayView(9_000, { failed: Number.NaN }) },
        { what: "of more failed than there were", gateway: gatewayView(9_000, { failed: 9_001 }) },
        { what: "waived for the candidate alone", gateway: { kind: "waived", reason: "this lab has no gateway" } },
    ];

    it.each(views.flatMap((view) => withTraffic.map((weight) => ({ ...view, weight }))))(
        "the gate holds at $weight % when it is $what",
        ({ gateway, weight }) => {
            const evidence = withCandidate(healthyEvidence(weight), { gateway });
            const asked = criteriaAt(profile, weight).gate.filter(
                ({ measure }) => measure.kind === "error-ratio" || measure.kind === "error-ratio-against-stable",
            );
            const verdicts = judge(asked, evidence).reasons.map(({ verdict }) => verdict);
            expect(new Set(verdicts)).toEqual(new Set(["hold"]));
            expect(judge(criteriaAt(profile, weight).gate, evidence).verdict).toBe("hold");
        },
    );

    it("the watcher is blind, as without the pods' counts", () => {
        expect(blindnessOf(healthyEvidence(10))).toBeUndefined();
        expect(blindnessOf(withCandidate(healthyEvidence(10), { gateway: unseenGateway("no scrape of the gateway") }))).toBe("no scrape of the gateway");
    });

    it("judges by the pods alone where the stack waives it, and says so", () => {
        const waived = { gateway: { kind: "waived", reason: "this lab has no gateway" } } as const;
        const { verdict, reasons } = judge(criteriaAt(profile, 10).gate, withStable(withCandidate(healthyEvidence(10), waived), waived));
        expect(verdict).toBe("pass");
        expect(reasons[0]?.text).toContain("(by the pods alone: this lab has no gateway)");
    });
});

describe("where the two views differ", () => {
    const errors = (evidence: Evidence) => judge(criteriaAt(profile, 25).gate, evidence).reasons[0];
    const total = totalOf(healthyEvidence(25));

    it("the reason names both numbers, beyond the requests under way", () => {
        const reason = errors(usersGot(25, () => ({ failed: 9_000 })));
        expect(reason?.text).toContain("v2: the gateway counted 9,000 failed and the pods 0");
        expect(errors(healthyEvidence(25))?.text).not.toContain("counted");
    });

    it("says nothing of requests that are under way", () => {
        const reason = errors(withCandidate(healthyEvidence(25), { gateway: gatewayView(total + 300) }));
        expect([reason?.verdict, reason?.text.includes("counted")]).toEqual(["pass", false]);
    });

    it("passes where the gateway counted more and all of it went well, and says so", () => {
        const reason = errors(withCandidate(healthyEvidence(25), { gateway: gatewayView(2 * total) }));
        expect(reason).toMatchObject({ verdict: "pass" });
        expect(reason?.text).toContain(`v2: the gateway counted ${(2 * total).toLocaleString("en-US")} requests and the pods ${total.toLocaleString("en-US")}`);
    });

    it.each([1.2, 60])("holds where the pods counted %d times what the gateway sent them: one of the two is wrong", (times) => {
        const counts = { total: Math.round(total * times), failed: 0, timedOut: 0, clientErrors: noClientErrors };
        const reason = errors(withCandidate(healthyEvidence(25), { requests: seen(counts), gateway: gatewayView(total) }));
        expect(reason).toMatchObject({ verdict: "hold", shortfall: "unseen" });
        expect(reason?.text).toContain("more than it sent them");
    });

    it("lets the gateway repeat what pods counted twice", () => {
        const counts = { total: total * 1.2, failed: 0, timedOut: 0, clientErrors: noClientErrors };
        const evidence = withCandidate(healthyEvidence(25), { requests: seen(counts), gateway: gatewayView(total, { retries: total * 0.2 }) });
        expect(errors(evidence)?.verdict).toBe("pass");
    });
});

describe("answers 400 to 499", () => {
    const withErrors = (weight: Weight, candidate: Partial<typeof noClientErrors>, stable: Partial<typeof noClientErrors> = {}): Evidence => {
        const evidence = healthyEvidence(weight);
        const of = (counts: typeof evidence.stable.requests, shares: Partial<typeof noClientErrors>) => {
            const total = counts.kind === "observed" ? counts.value.total : 0;
            const errors = Object.fromEntries(Object.entries(shares).map(([kind, share]) => [kind, Math.round(total * share)]));
            return { requests: seen({ total, failed: 0, timedOut: 0, clientErrors: { ...noClientErrors, ...errors } }) };
        };
        const { requests = unseen() } = evidence.candidate ?? {};
        return withStable(withCandidate(evidence, of(requests, candidate)), of(evidence.stable.requests, stable));
    };
    const reasonAt = (weight: Weight, evidence: Evidence) =>
        everything(weight, evidence).reasons.find(({ criterion }) => criterion === "client-errors-against-stable");

    it.each([10, 25, 50] as const)("hold at %i %% when the candidate has 30 % of them and the stable revision none", (weight) => {
        expect(reasonAt(weight, withErrors(weight, { other: 0.3 }))).toMatchObject({ verdict: "hold", shortfall: "breached" });
    });

    it.each([10, 25, 50] as const)("pass at %i %% when both revisions have as many", (weight) => {
        const shares = { unauthorized: 0.02, notFound: 0.05, other: 0.1 };
        expect(everything(weight, withErrors(weight, shares, shares)).verdict).toBe("pass");
    });

    it.each(["unauthorized", "forbidden", "notFound"] as const)("hold for a rise of one kind alone that all of them hide: %s", (kind) => {
        const evidence = withErrors(25, { [kind]: 0.03, other: 0.17 }, { [kind]: 0.001, other: 0.199 });
        const reason = reasonAt(25, evidence);
        expect(reason).toMatchObject({ verdict: "hold", shortfall: "breached" });
        expect(reason?.text).toMatch(/answers 40[134] /);
    });

    it("are not asked about at 100 %, where there is nothing to compare with", () => {
        expect(reasonAt(100, healthyEvidence(100))).toBeUndefined();
    });

    it("hold when they were not counted", () => {
        const requests = seen({ total: 22_500, failed: 0, timedOut: 0 });
        expect(reasonAt(25, withCandidate(healthyEvidence(25), { requests }))).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });
});

describe("whatever the gateway saw", () => {
    const rank = { pass: 0, hold: 1, rollback: 2 } as const;
    const share = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.01, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    const step = fc
        .record({ weight: fc.constantFrom<Weight>(10, 25, 50, 100), failed: share, timedOut: share, own: share })
        .map(({ weight, failed, timedOut, own }) => {
            const total = totalOf(healthyEvidence(weight));
            const requests = seen({ total, failed: Math.floor(total * own), timedOut: 0, clientErrors: noClientErrors });
            const gateway = gatewayView(total, { failed: Math.floor(total * failed), timedOut: Math.floor(total * timedOut) });
            return { weight, evidence: withCandidate(healthyEvidence(weight), { requests, gateway }), gateway };
        });

    const byBoth = (weight: Weight, evidence: Evidence) => judge(everyCriterionAt(profile, weight).filter(isSeenByGateway), evidence);

    it("more failures in either view never improve a verdict", () => {
        fc.assert(
            fc.property(step, fc.integer({ min: 1, max: 5_000 }), fc.boolean(), ({ weight, evidence, gateway }, more, atGateway) => {
                const { requests = unseen() } = evidence.candidate ?? {};
                const failing = <T extends { readonly total: number; readonly failed: number }>(counts: T): T => ({
                    ...counts,
                    failed: Math.min(counts.total, counts.failed + more),
                });
                const worse = atGateway
                    ? { gateway: gateway.requests.kind === "missing" ? gateway : { ...gateway, requests: seen(failing(gateway.requests.value)) } }
                    : { gateway, requests: requests.kind === "missing" ? requests : seen(failing(requests.value)) };
                const [before, after] = [byBoth(weight, evidence).reasons, byBoth(weight, withCandidate(evidence, worse)).reasons];
                expect(after.filter(({ verdict }, index) => rank[verdict] < rank[before[index]?.verdict ?? "pass"])).toEqual([]);
            }),
            { numRuns: 40 },
        );
    });

    it("nothing passes without its view, and nothing is rolled back for that alone", () => {
        fc.assert(
            fc.property(
                step,
                fc.constantFrom("scrapes" as const, "requests" as const, "recentRequests" as const, "latency" as const),
                ({ weight, evidence, gateway }, field) => {
                    const blind = withCandidate(evidence, { gateway: { ...gateway, [field]: unseen() } });
                    expect(judge(criteriaAt(profile, weight).gate, blind).verdict).not.toBe("pass");
                },
            ),
            { numRuns: 40 },
        );
    });
});
