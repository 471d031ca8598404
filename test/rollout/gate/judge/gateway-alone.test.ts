import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Criterion, Measure } from "../../../../rollout/gate/criterion.ts";
import { type Evidence, type GatewayView, type RevisionEvidence, requestsOf, unseenGateway } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { unseenRevision } from "../../../../rollout/gate/live/evidence/revision-evidence.ts";
import { evidenceSchema } from "../../../../rollout/ledger/evidence-schema.ts";
import { canonicalJson } from "../../../../rollout/ledger/canonical.ts";
import { blindnessOf } from "../../../../rollout/watch/decide.ts";
import { gatewayView, healthyEvidence, seen, unseen } from "./evidence.ts";

const reason = "the profile says that the pods show no metrics";

/** A revision whose pods show nothing by the profile. The API server has them all the same. */
const silent = (one: RevisionEvidence): RevisionEvidence => ({
    ...unseenRevision(one.revision, reason),
    ownMetrics: { kind: "waived", reason },
    gateway: one.gateway,
    pods: one.pods,
    autoscaler: one.autoscaler,
});

function alone(weight: number, gateway: (of: RevisionEvidence) => GatewayView = ({ gateway: seenAs }) => seenAs): Evidence {
    const { stable, candidate = stable, ...rest } = healthyEvidence(weight);
    return { ...rest, stable: silent({ ...stable, gateway: gateway(stable) }), candidate: silent({ ...candidate, gateway: gateway(candidate) }) };
}

const judging = (measure: Measure, onBreach: Criterion["onBreach"] = "hold"): Criterion => ({
    id: measure.kind,
    title: "all is well",
    subject: "candidate",
    measure,
    onBreach,
    source: "the plan",
});

const ofUsers: readonly Criterion[] = [
    judging({ kind: "error-ratio", below: 0.01 }, "rollback"),
    { ...judging({ kind: "availability", atLeast: 0.99 }), subject: "service" },
    judging({ kind: "latency-p95", below: 0.5 }),
    judging({ kind: "timeout-ratio", below: 0.01 }),
    judging({ kind: "error-ratio-against-stable" }),
    judging({ kind: "client-errors-against-stable" }),
    judging({ kind: "latency-against-stable" }),
    judging({ kind: "observed-split", weightPercent: 10 }),
];
const ofPods: readonly Criterion[] = [judging({ kind: "restarts", atMost: 0 }), judging({ kind: "ready-pods", atLeast: 1 }), judging({ kind: "autoscaling" })];

describe("a service whose pods show no metrics", () => {
    it("passes by the gateway's view and the API server's alone, and says so", () => {
        const { verdict, reasons } = judge([...ofUsers, ...ofPods], alone(10));
        expect(reasons.filter((one) => one.verdict !== "pass")).toEqual([]);
        expect(verdict).toBe("pass");
        expect(reasons.slice(0, ofUsers.length).every(({ text }) => text.endsWith(`(by the gateway alone: ${reason})`))).toBe(true);
    });

    it("is rolled back by what users got", () => {
        const failing = alone(10, (of) => {
            const requests = requestsOf(of);
            const total = requests.kind === "observed" ? requests.value : 0;
            return gatewayView(total, { failed: of.revision === "v2" ? Math.round(total / 10) : 0 });
        });
        expect(judge(ofUsers, failing).verdict).toBe("rollback");
    });

    it("holds for every measure that only its pods could show", () => {
        const own: readonly Criterion[] = [
            judging({ kind: "cpu-utilisation", below: 0.5 }),
            judging({ kind: "memory", below: 1e12 }),
            judging({ kind: "cache-hit-ratio", above: 0.1 }),
            judging({ kind: "latency-p95", cache: "hit", below: 1 }),
            judging({ kind: "critical-log-lines", atMost: 0 }),
            judging({ kind: "events-recorded", atLeast: 0.1 }),
        ];
        expect(judge(own, alone(10)).reasons.map(({ verdict, shortfall }) => `${verdict}: ${shortfall ?? ""}`)).toEqual(own.map(() => "hold: unseen"));
    });

    it("never passes a criterion on requests without the gateway's view of both", () => {
        const nothing: fc.Arbitrary<GatewayView> = fc.constantFrom<GatewayView>(
            unseenGateway("Prometheus does not scrape the gateway"),
            { kind: "waived", reason: "a lab without a gateway" },
            { ...gatewayView(0), scrapes: unseen() },
            { ...gatewayView(9_000), requests: unseen(), latency: unseen() },
            { ...gatewayView(9_000), recentRequests: seen(0) },
            { ...gatewayView(9_000), scrapes: seen({ newestAgeSeconds: 400, fewestDistinct: 60, pods: 2 }) },
        );
        fc.assert(
            fc.property(nothing, fc.constantFrom(...ofUsers), (gateway, criterion) => {
                expect(
                    judge(
                        [criterion],
                        alone(10, () => gateway),
                    ).verdict,
                ).not.toBe("pass");
            }),
        );
    });

    it("holds where a profile promises the pods' view and it is missing: nothing is waived by being absent", () => {
        const { stable, candidate = stable, ...rest } = healthyEvidence(10);
        const missing = (one: RevisionEvidence): RevisionEvidence => ({
            ...one,
            requests: unseen(),
            scrapes: unseen(),
            latency: unseen(),
            recentRequests: unseen(),
        });
        expect(judge(ofUsers, { ...rest, stable: missing(stable), candidate: missing(candidate) }).verdict).toBe("hold");
        expect(judge(ofUsers, { ...rest, stable: silent(stable), candidate: missing(candidate) }).verdict).toBe("hold");
    });

    it("is not blind while the gateway sees, and is without it", () => {
        expect(blindnessOf(alone(10))).toBeUndefined();
        expect(blindnessOf(alone(10, () => unseenGateway("no gateway is scraped")))).toBe("no gateway is scraped");
        expect(blindnessOf(alone(10, () => ({ kind: "waived", reason: "a lab" })))).toBe(reason);
    });

    it("is the same evidence after it was kept in a ledger", () => {
        expect(evidenceSchema.parse(JSON.parse(canonicalJson(alone(10))))).toEqual(alone(10));
    });
});

it("a record from before events had their name can be read, and shows no events", () => {
    const { stable, ...rest } = healthyEvidence(10);
    const { events, ...others } = stable;
    const before = { ...rest, stable: { ...others, formerEvents: events } };
    expect(evidenceSchema.parse(JSON.parse(canonicalJson(before))).stable.events).toEqual({
        kind: "missing",
        reason: "the record is from before events had this name",
    });
});
