import { describe, expect, it } from "vitest";

import type { Criterion, Measure } from "../../../rollout/gate/criterion.ts";
import type { ServiceMetrics } from "../../../rollout/gate/service-metrics.ts";
import { defineProfile } from "../../../rollout/profile/profile.ts";
import { metricProblems, sightProblem } from "../../../rollout/profile/metrics.ts";
import { profileSchema } from "../../../rollout/profile/schema.ts";
import { metrics as ownMetrics } from "../../../service/metrics.ts";

const judging = (measure: Measure): Criterion => ({
    id: "own",
    title: "all is well",
    subject: "candidate",
    measure,
    onBreach: "hold",
    source: "the team's promise",
});

const gatewayAlone: ServiceMetrics = { kind: "gateway-alone" };
const bare: ServiceMetrics = { kind: "prometheus" };
const openTelemetry: ServiceMetrics = { kind: "opentelemetry" };

/** What a gateway sees of every service. */
const ofUsers: readonly Measure[] = [
    { kind: "error-ratio", below: 0.01 },
    { kind: "availability", atLeast: 0.999 },
    { kind: "latency-p95", below: 0.3 },
    { kind: "error-ratio-against-stable" },
    { kind: "client-errors-against-stable" },
    { kind: "latency-against-stable" },
    { kind: "observed-split", weightPercent: 10 },
];

/** What the API server or a probe sees of every service. */
const ofPods: readonly Measure[] = [
    { kind: "restarts", atMost: 0 },
    { kind: "crash-loop", atMost: 0 },
    { kind: "ready-pods", atLeast: 1 },
    { kind: "autoscaling" },
];

const ofParts: readonly Measure[] = [
    { kind: "latency-p95", cache: "hit", below: 0.1 },
    { kind: "cache-hit-ratio", atLeast: 0.9 },
    { kind: "cache-against-stable" },
    { kind: "database-connection-errors", atMost: 0 },
    { kind: "database-pool-utilisation", below: 0.8 },
    { kind: "critical-log-lines", atMost: 0 },
    { kind: "events-recorded", atLeast: 0.99 },
];

const ofProcesses: readonly Measure[] = [
    { kind: "cpu-utilisation", below: 0.5 },
    { kind: "memory", below: 1e8 },
    { kind: "memory-growth", below: 1e6 },
];

const timeouts: Measure = { kind: "timeout-ratio", below: 0.01 };

describe("the metrics of a profile", () => {
    it.each<{ readonly metrics: ServiceMetrics | undefined; readonly seen: readonly Measure[]; readonly unseen: readonly Measure[] }>([
        { metrics: undefined, seen: [...ofUsers, ...ofPods, timeouts], unseen: [...ofParts, ...ofProcesses] },
        { metrics: gatewayAlone, seen: [...ofUsers, ...ofPods, timeouts], unseen: [...ofParts, ...ofProcesses] },
        { metrics: bare, seen: [...ofUsers, ...ofPods, ...ofProcesses], unseen: [...ofParts, timeouts] },
        { metrics: openTelemetry, seen: [...ofUsers, ...ofPods], unseen: [...ofParts, ...ofProcesses, timeouts] },
        { metrics: { kind: "opentelemetry", shows: ["cpu", "memory"] }, seen: ofProcesses, unseen: ofParts },
        { metrics: ownMetrics, seen: [...ofUsers, ...ofPods, ...ofParts, ...ofProcesses, timeouts], unseen: [] },
    ])("take criteria on what they show, and refuse others: $metrics", ({ metrics, seen, unseen }) => {
        expect(seen.flatMap((measure) => metricProblems(metrics, [judging(measure)]))).toEqual([]);
        expect(unseen.map((measure) => metricProblems(metrics, [judging(measure)]).length)).toEqual(unseen.map(() => 1));
    });

    it.each<{ readonly metrics: ServiceMetrics; readonly measure: Measure; readonly problem: string }>([
        {
            metrics: gatewayAlone,
            measure: { kind: "cpu-utilisation", below: 0.5 },
            problem:
                "own judges cpu-utilisation, which metrics (gateway-alone) does not show: use kind 'prometheus', or 'opentelemetry' with 'cpu' in metrics.shows, or remove the criterion",
        },
        {
            metrics: bare,
            measure: { kind: "events-recorded", atLeast: 0.99 },
            problem:
                "own judges events-recorded, which metrics (prometheus) does not show: name metrics.names.events with kind 'prometheus', or remove the criterion",
        },
    ])("say what to name: $problem", ({ metrics, measure, problem }) => {
        expect(metricProblems(metrics, [judging(measure), judging(measure)])).toEqual([problem]);
    });

    it.each<{ readonly what: string; readonly metrics: unknown; readonly problem: RegExp }>([
        { what: "a kind that there is not", metrics: { kind: "statsd" }, problem: /^metrics\.kind: / },
        { what: "a name that is none", metrics: { kind: "prometheus", names: { requests: "a b" } }, problem: /^metrics\.names\.requests: is no name/ },
        {
            what: "half a pool",
            metrics: { kind: "prometheus", names: { databasePool: { connections: "a" } } },
            problem: /^metrics\.names\.databasePool\.maximum/,
        },
        { what: "a part that there is not", metrics: { kind: "opentelemetry", shows: ["disk"] }, problem: /^metrics\.shows\.0: / },
        { what: "a key that it does not know", metrics: { kind: "gateway-alone", names: {} }, problem: /^metrics: Unrecognized key/ },
    ])("are refused with $what, by key", ({ metrics, problem }) => {
        expect(metricProblems(metrics as ServiceMetrics, []).join("\n")).toMatch(problem);
    });

    it("and the stack must not both go without: nothing would see a request", () => {
        expect(sightProblem(undefined, { kind: "none" })).toMatch(
            /^metrics\.gateway\.kind is 'none' and the profile's metrics\.kind is 'gateway-alone'.*What to do/,
        );
        expect(sightProblem(gatewayAlone, { kind: "none" })).toBeDefined();
        expect(sightProblem(bare, { kind: "none" })).toBeUndefined();
        expect(sightProblem(gatewayAlone, { kind: "envoy" })).toBeUndefined();
    });
});

describe("a profile of a few lines", () => {
    const below = (id: string, ratio: number, onBreach: Criterion["onBreach"] = "hold"): Criterion => ({
        id,
        title: `errors below ${String(ratio * 100)} %`,
        subject: "candidate",
        measure: { kind: "error-ratio", below: ratio },
        onBreach,
        source: "the team's promise to its users",
    });
    const step = (name: string, weightPercent: number) =>
        ({ name, weightPercent, candidateReplicas: 2, sparePods: 0, soakMinutes: 10, approvals: [] }) as const;
    const ready: Criterion = { ...below("ready", 0.1), title: "a pod is ready", measure: { kind: "ready-pods", atLeast: 1 } };

    /** Twenty lines: a plan, criteria, and nothing else. */
    const minimal = defineProfile({
        plan: {
            steps: [step("dark", 0), step("tenth", 10), step("all", 100)],
            roles: [],
            finishApprovals: [],
            fullReplicas: 2,
            steadyReplicas: { minimum: 2, maximum: 4 },
            watchLimits: { holdMinutes: 20, blindMinutes: 5, statusUpdateMinutes: 15, approvalMinutes: 60 },
        },
        criteria: [
            { weightPercent: 0, gate: [ready], atOnce: [], investigate: [] },
            { weightPercent: 10, gate: [below("errors", 0.01)], atOnce: [below("errors-at-once", 0.05, "rollback")], investigate: [] },
            { weightPercent: 100, gate: [below("errors", 0.01)], atOnce: [below("errors-at-once", 0.05, "rollback")], investigate: [] },
        ],
        successCriteria: [{ ...below("errors", 0.01), subject: "stable" }],
    });

    it("is enough, by the gateway's view alone, and is the same as JSON", () => {
        expect(minimal.metrics).toBeUndefined();
        expect(profileSchema.parse(JSON.parse(JSON.stringify(minimal)))).toEqual(minimal);
    });

    it("is refused, with everything at once, when it asks for what nobody shows", () => {
        const asking = (measure: Measure): Criterion => ({ ...below("other", 0.1), measure });
        expect(() =>
            defineProfile({
                ...minimal,
                successCriteria: [asking({ kind: "cache-hit-ratio", above: 0.9 }), { ...asking({ kind: "probe", probe: "cart" }), id: "cart" }],
            }),
        ).toThrow(/other judges cache-hit-ratio[^]*criteria ask for the probe 'cart'/);
    });
});
