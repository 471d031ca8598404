import { defined } from "../../../../rollout/defined.ts";
import type { Criterion } from "../../../../rollout/gate/criterion.ts";
import type { ClientErrors, Evidence, GatewayCounts, GatewayView, LatencyHistogram, Observation, RevisionEvidence } from "../../../../rollout/gate/evidence.ts";
import { type Weight, stepAt } from "../../../../rollout/plan/plan.ts";
import { probeNames } from "../../../../service/probes.ts";
import { plan } from "../../../../service/plan.ts";

const { fullReplicas } = plan;

/** The bound on errors of the first gate. */
export const errorsBelowHalfPercent: Criterion = {
    id: "error-ratio",
    title: "errors below 0.5 %",
    subject: "candidate",
    measure: { kind: "error-ratio", below: 0.005 },
    onBreach: "hold",
    source: "Canary Validation",
};

/** Something that was seen. */
export function seen<T>(value: T): Observation<T> {
    return { kind: "observed", value };
}

/** Something that could not be seen. */
export function unseen(reason = "Prometheus gave no answer"): Observation<never> {
    return { kind: "missing", reason };
}

/** Buckets of the service contract, in seconds. */
export const boundsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, Number.POSITIVE_INFINITY] as const;

/** A histogram of requests that all took about 40 ms, but for `slow` of them, which took about `slowSeconds`. */
export function histogram(total: number, slow = 0, slowSeconds = 2, bounds: readonly number[] = boundsSeconds): LatencyHistogram {
    const fastAt = bounds.findIndex((bound) => bound >= 0.04);
    const slowAt = bounds.findIndex((bound) => bound >= slowSeconds);
    return { boundsSeconds: bounds, counts: bounds.map((_, index) => (index === fastAt ? total - slow : 0) + (index === slowAt ? slow : 0)) };
}

/** Answers that blame nobody who called. */
export const noClientErrors: ClientErrors = { unauthorized: 0, forbidden: 0, notFound: 0, other: 0 };

/** Bounds of Envoy's histogram, in seconds: 300 and 400 ms are none of them. */
const envoyBoundsSeconds = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, Number.POSITIVE_INFINITY];

/** What a gateway saw of a backend that answered `total` requests within 50 ms, `slow` of them after about `slowSeconds`. */
export function gatewayView(total: number, counts: Partial<GatewayCounts> = {}, slow = 0, slowSeconds = 2): GatewayView & { readonly kind: "seen" } {
    return {
        kind: "seen",
        scrapes: seen({ newestAgeSeconds: 4, fewestDistinct: 60, pods: 2 }),
        requests: seen({ total, failed: 0, timedOut: 0, unanswered: 0, clientErrors: noClientErrors, retries: 0, ...counts }),
        recentRequests: seen(Math.ceil(total / 15)),
        latency: seen(histogram(total, slow, slowSeconds, envoyBoundsSeconds)),
    };
}

/** A revision that keeps every bound, with `total` requests. */
export function healthyRevision(revision: string, pods: number, total: number): RevisionEvidence {
    const names = Array.from({ length: pods }, (_, index) => `${revision}-${String(index + 1)}`);
    const hits = Math.round(total * 0.98);
    return {
        revision,
        gateway: gatewayView(total),
        scrapes: seen({ newestAgeSeconds: 4, fewestDistinct: 60, pods }),
        requests: seen({ total, failed: 0, timedOut: 0, clientErrors: noClientErrors }),
        recentRequests: seen(Math.ceil(total / 15)),
        latency: seen(histogram(total)),
        latencyOnHit: seen(histogram(hits)),
        latencyOnMiss: seen(histogram(total - hits)),
        cache: seen({ hits, misses: total - hits, errors: 0 }),
        cpuUtilisation: seen(0.3),
        memory: seen(
            names.map((pod, index) => ({
                pod,
                samples: Array.from({ length: 60 }, (_, sample) => ({ atSeconds: 15 * sample, bytes: 180 * 2 ** 20 + ((sample * 7 + index) % 5) * 4_096 })),
            })),
        ),
        databasePool: seen({ inUse: 4, size: 20, waiting: 0 }),
        databaseConnectionErrors: seen(0),
        criticalLogLines: seen(0),
        events: seen({ accepted: Math.round(total / 10), recorded: Math.round(total / 10), failed: 0 }),
        pods: seen(names.map((name) => ({ name, ready: true, restarts: 0, recentRestarts: 0 }))),
        autoscaler: seen({ minimum: pods, maximum: 10, current: pods, desired: pods, problems: [] }),
    };
}

/** A step whose soak is over, with 100 requests a second that the route splits as it should, and nothing wrong. */
export function healthyEvidence(weightPercent: Weight): Evidence {
    const soakedSeconds = stepAt(plan, weightPercent).soakMinutes * 60;
    const total = 100 * soakedSeconds;
    const onCandidate = Math.round((total * weightPercent) / 100);
    return {
        takenAt: "2026-03-02T08:00:00Z",
        windowSeconds: soakedSeconds,
        soakedSeconds,
        stable: healthyRevision("v1", fullReplicas, total - onCandidate),
        candidate: healthyRevision("v2", stepAt(plan, weightPercent).candidateReplicas, onCandidate),
        probes: Object.fromEntries(probeNames.map((probe) => [probe, { kind: "passed" }])),
    };
}

/** A revision with something else known of it. What its pods counted is what the gateway counted too, where nothing else is said of the gateway. */
export function withChanges(revision: RevisionEvidence, changes: Partial<RevisionEvidence>): RevisionEvidence {
    const { gateway } = revision;
    const { requests, recentRequests, latency, scrapes } = changes;
    return {
        ...revision,
        ...(gateway.kind === "waived"
            ? {}
            : {
                  gateway: {
                      ...gateway,
                      ...(requests === undefined ? {} : { requests: countedByGateway(requests) }),
                      ...defined({ recentRequests, latency, scrapes }),
                  },
              }),
        ...changes,
    };
}

function countedByGateway(requests: RevisionEvidence["requests"]): Observation<GatewayCounts> {
    return requests.kind === "missing" ? requests : seen({ clientErrors: noClientErrors, timedOut: 0, ...requests.value, unanswered: 0, retries: 0 });
}

/** The same evidence with something else known of the candidate, as {@link withChanges} has it. */
export function withCandidate(evidence: Evidence, changes: Partial<RevisionEvidence>): Evidence {
    const { candidate } = evidence;
    if (candidate === undefined) {
        throw new Error("the evidence holds no candidate to change");
    }
    return { ...evidence, candidate: withChanges(candidate, changes) };
}

/** The same evidence with something else known of the stable revision. */
export function withStable(evidence: Evidence, changes: Partial<RevisionEvidence>): Evidence {
    return { ...evidence, stable: withChanges(evidence.stable, changes) };
}
