import type { Criteria } from "../../rollout/gate/criterion.ts";
import { stepAt } from "../../rollout/plan/plan.ts";
import { plan } from "../plan.ts";
import { probeNames } from "../probes.ts";
import { Gate } from "./gate.ts";
import { againstStable } from "./standing.ts";

const [baseline, canary, quarter, half, full, success] = [
    new Gate("baseline"),
    new Gate("canary"),
    new Gate("quarter"),
    new Gate("half"),
    new Gate("full"),
    new Gate("success"),
];

const metricsValidation = "Metrics Validation";
const canaryValidation = "07:15 - Canary Validation";
const quarterMonitoring = "08:30 - Sustained Monitoring (25 %)";
const halfMonitoring = "09:45 - Sustained Monitoring (50 %)";
const postDeployment = "10:45 - Immediate Post-Deployment";
const extendedMonitoring = "11:00 - Extended Monitoring";
const successMetrics = "Success Metrics";

/**
 * Gate of weight 0: what a rollout is begun on.
 *
 * The thresholds judge the stable revision as it serves now, since no rollout is begun on a service that is unwell. The candidate runs dark, so only
 * probes and its pods speak for it. The checklist's 24 h baseline in staging is a report of its own, checked before the first step: it is not judged here.
 */
export const baselineGate: Criteria = [
    baseline.criterion("availability", "stable", { kind: "availability", atLeast: 0.999 }, "uptime at least 99.9 %", metricsValidation),
    baseline.errorRatio("stable", 0.001, metricsValidation),
    ...baseline.latencyByCache("stable", metricsValidation),
    baseline.criterion("cache-hit", "stable", { kind: "cache-hit-ratio", atLeast: 0.95 }, "cache hits at least 95 %", metricsValidation),
    ...baseline.resources("stable", metricsValidation),
    baseline.restarts("stable", metricsValidation),
    baseline.criterion("candidate-restarts", "candidate", { kind: "restarts", atMost: 0 }, "no container of the candidate restarted", metricsValidation),
    baseline.criterion(
        "ready-pods",
        "candidate",
        { kind: "ready-pods", atLeast: stepAt(plan, 0).candidateReplicas },
        "the dark candidate is ready",
        metricsValidation,
    ),
    ...baseline.probes("candidate", probeNames, metricsValidation),
];

/** Gate of weight 10. */
export const canaryGate: Criteria = [
    canary.errorRatio("candidate", 0.005, canaryValidation),
    canary.criterion("latency-p95", "candidate", { kind: "latency-p95", below: 0.4 }, "p95 below 400 ms", canaryValidation),
    ...againstStable,
    canary.databaseConnections(canaryValidation),
    canary.restarts("candidate", canaryValidation),
    canary.criticalLogLines(canaryValidation),
    ...canary.probes("candidate", ["health", "api", "cache", "engagement-events", "search"], canaryValidation),
    ...canary.traffic(10, stepAt(plan, 10).candidateReplicas, "07:00 - Canary Deployment Start"),
    stablePods(canary),
];

/** Gate of weight 25. */
export const quarterGate: Criteria = [
    quarter.errorRatio("candidate", 0.001, quarterMonitoring),
    quarter.criterion("latency-p95", "candidate", { kind: "latency-p95", below: 0.3 }, "p95 below 300 ms", quarterMonitoring),
    quarter.criterion("cache-hit", "candidate", { kind: "cache-hit-ratio", above: 0.9 }, "cache hits above 90 %", quarterMonitoring),
    ...againstStable,
    ...quarter.resources("candidate", quarterMonitoring),
    quarter.memoryGrowth("candidate", 15, quarterMonitoring),
    quarter.databasePool(quarterMonitoring),
    quarter.recordedEvents(quarterMonitoring),
    ...quarter.probes("candidate", ["engagement-events", "search", "trending", "creator-recommendations", "similar-videos"], quarterMonitoring),
    ...quarter.traffic(25, stepAt(plan, 25).candidateReplicas, "08:00 - Scale to 25%"),
    stablePods(quarter),
];

/** Gate of weight 50. Where its section names no number, the numbers are those of 'Success Metrics'. */
export const halfGate: Criteria = [
    half.errorRatio("candidate", 0.001, `${halfMonitoring}: no error rate spike; ${successMetrics}`),
    ...half.latencyByCache("candidate", `${halfMonitoring}: latency within SLA; ${successMetrics}`),
    ...againstStable,
    ...half.resources("candidate", `${halfMonitoring}: no resource constraints; ${successMetrics}`),
    half.databasePool(`${halfMonitoring}: no resource constraints`),
    half.criterion(
        "autoscaling",
        "candidate",
        { kind: "autoscaling" },
        "the autoscaler has what it wants",
        `${halfMonitoring}: pod autoscaling working correctly`,
    ),
    half.criticalLogLines(halfMonitoring),
    ...half.traffic(50, stepAt(plan, 50).candidateReplicas, "09:15 - Scale to 50%"),
    stablePods(half),
];

/** Gate of weight 100: what must be known before the candidate becomes the stable revision. 'No cascading failures' is every pod ready and none restarted. */
export const fullGate: Criteria = [
    full.errorRatio("candidate", 0.01, postDeployment),
    full.criterion("latency-p95", "candidate", { kind: "latency-p95", below: 0.5 }, "p95 below 500 ms", postDeployment),
    // 'No service timeouts', in the sense of the plan's bound on errors: to a user a timeout is one.
    full.criterion("timeouts", "candidate", { kind: "timeout-ratio", below: 0.001 }, "timeouts below 0.1 %", `${postDeployment}: no service timeouts`),
    full.databaseConnections(postDeployment),
    full.databasePool(postDeployment),
    full.criterion(
        "cache-hit",
        "candidate",
        { kind: "cache-hit-ratio", above: 0.9 },
        "cache hits above 90 %",
        `${postDeployment}: cache performing; ${quarterMonitoring}`,
    ),
    full.restarts("candidate", `${postDeployment}: no cascading failures`),
    ...full.probes("candidate", probeNames, `${postDeployment}; ${metricsValidation}`),
    full.memoryGrowth("candidate", 60, `${extendedMonitoring}: resource trends (no leaks)`),
    ...full.traffic(100, stepAt(plan, 100).candidateReplicas, "10:30 - Remove Traffic Splitting"),
];

/**
 * What a finished rollout is declared a success by, on the stable revision that the candidate has become: at the 24 h and 48 h checkpoints and in the
 * hourly reviews between.
 */
export const successCriteria: Criteria = [
    success.criterion("availability", "stable", { kind: "availability", atLeast: 0.999 }, "availability above 99.9 %", successMetrics),
    success.errorRatio("stable", 0.001, successMetrics),
    ...success.latencyByCache("stable", successMetrics),
    success.criterion("cache-hit", "stable", { kind: "cache-hit-ratio", above: 0.95 }, "cache hits above 95 %", successMetrics),
    ...success.resources("stable", `${successMetrics}: performance baseline`),
    success.memoryGrowth("stable", 60, "48-Hour Checkpoint: no memory leaks detected"),
    ...success.probes("stable", probeNames, `${successMetrics}: all endpoints functional`),
];

/** While there is a candidate with a share of the traffic, the stable revision keeps the pods that a rollback needs. */
function stablePods(gate: Gate) {
    return gate.criterion(
        "stable-pods",
        "stable",
        { kind: "ready-pods", atLeast: plan.fullReplicas },
        `at least ${String(plan.fullReplicas)} stable pods are ready to take over all traffic`,
        "10:30 - Remove Traffic Splitting: 6 replicas carry all traffic",
    );
}
