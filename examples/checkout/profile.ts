import { type Criterion, type Measure, type Subject, defineProfile } from "progressive-rollout";

/** Failed requests that a month may have, as a ratio: the service's objective is 99.5 %. */
const objective = 0.005;

/** A criterion whose breach holds a step. */
function criterion(id: string, title: string, subject: Subject, measure: Measure): Criterion {
    return { id, title, subject, measure, onBreach: "hold", source: "the objectives of the checkout team" };
}

/**
 * What every step with users asks. The fewer users a step has, the less it can show in its time, and the fewer users an error reaches.
 *
 * @param seconds bound on the 95th percentile: one that Envoy's histogram has, and the one that OpenTelemetry advises. Between two bounds a histogram shows nothing.
 */
function gate(step: string, weightPercent: number, errors: number, seconds: number): [Criterion, ...Criterion[]] {
    return [
        criterion(`${step}-errors`, `errors below ${String(errors * 100)} %`, "candidate", { kind: "error-ratio", below: errors }),
        criterion(`${step}-latency`, `p95 below ${String(seconds * 1_000)} ms`, "candidate", { kind: "latency-p95", below: seconds }),
        criterion(`${step}-restarts`, "no container restarted", "candidate", { kind: "restarts", atMost: 0 }),
        criterion(`${step}-split`, `the candidate really gets ${String(weightPercent)} %`, "service", { kind: "observed-split", weightPercent }),
        criterion(`${step}-cart`, "the cart is shown", "candidate", { kind: "probe", probe: "cart" }),
    ];
}

/** What rolls back at once, at any step. */
const atOnce: readonly Criterion[] = [
    { ...criterion("errors-at-once", "errors below 10 %", "candidate", { kind: "error-ratio", below: 0.1 }), onBreach: "rollback" },
    { ...criterion("latency-at-once", "p95 below 2.5 s", "candidate", { kind: "latency-p95", below: 2.5 }), onBreach: "rollback" },
    { ...criterion("crash-loop", "no container crashes again and again", "candidate", { kind: "crash-loop", atMost: 0 }), onBreach: "rollback" },
];

/** The candidate beside the stable revision, over the same minutes. */
const compared: readonly Criterion[] = [
    criterion("errors-against-stable", "not more errors than stable", "candidate", { kind: "error-ratio-against-stable" }),
    criterion("latency-against-stable", "not slower than stable", "candidate", { kind: "latency-against-stable" }),
];

/** How the checkout service is rolled out. */
export const profile = defineProfile({
    plan: {
        steps: [
            { name: "dark", weightPercent: 0, candidateReplicas: 1, sparePods: 0, soakMinutes: 5, approvals: [] },
            { name: "first", weightPercent: 1, candidateReplicas: 1, sparePods: 1, soakMinutes: 15, approvals: [] },
            { name: "few", weightPercent: 5, candidateReplicas: 1, sparePods: 1, soakMinutes: 15, approvals: [] },
            { name: "fifth", weightPercent: 20, candidateReplicas: 2, sparePods: 0, soakMinutes: 15, approvals: ["payments-lead"] },
            { name: "half", weightPercent: 50, candidateReplicas: 3, sparePods: 0, soakMinutes: 15, approvals: [] },
            { name: "all", weightPercent: 100, candidateReplicas: 4, sparePods: 0, soakMinutes: 30, approvals: [] },
        ],
        roles: ["payments-lead"],
        finishApprovals: [],
        fullReplicas: 4,
        steadyReplicas: { minimum: 3, maximum: 8 },
        // 1 % of the users needs an hour on a quiet day until it has shown anything.
        watchLimits: { holdMinutes: 60, blindMinutes: 10, statusUpdateMinutes: 30, approvalMinutes: 24 * 60 },
    },
    criteria: [
        {
            weightPercent: 0,
            gate: [
                criterion("dark-stable-errors", "nothing is begun on a service that is unwell", "stable", { kind: "error-ratio", below: 2 * objective }),
                criterion("dark-pods", "the dark candidate is ready", "candidate", { kind: "ready-pods", atLeast: 1 }),
                criterion("dark-cart", "the cart is shown", "candidate", { kind: "probe", probe: "cart" }),
                criterion("dark-order", "an order is taken", "candidate", { kind: "probe", probe: "order" }),
            ],
            atOnce: [],
            investigate: [],
        },
        { weightPercent: 1, gate: gate("first", 1, 0.05, 1), atOnce, investigate: [] },
        { weightPercent: 5, gate: gate("few", 5, 0.02, 1), atOnce, investigate: compared },
        { weightPercent: 20, gate: gate("fifth", 20, 0.01, 0.5), atOnce, investigate: compared },
        { weightPercent: 50, gate: gate("half", 50, objective, 0.5), atOnce, investigate: compared },
        { weightPercent: 100, gate: gate("all", 100, objective, 0.5), atOnce, investigate: [] },
    ],
    successCriteria: [criterion("success-errors", "errors below 0.5 %", "stable", { kind: "error-ratio", below: objective })],
    metrics: { kind: "opentelemetry", shows: ["active-requests", "cpu", "memory"] },
    probes: {
        cart: { kind: "http", path: "/api/v1/cart", expect: { json: { "/currency": "EUR" } } },
        order: {
            kind: "http",
            method: "POST",
            path: "/api/v1/orders",
            json: { items: [{ sku: "bread", quantity: 2 }] },
            expect: { status: 201, json: { "/totalCents": 700 } },
        },
    },
});
