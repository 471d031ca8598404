import type { Criterion } from "../../rollout/gate/criterion.ts";

import { rareConnectionErrors } from "./gate.ts";

const atOnceSource = "Rollback Criteria - Immediate Action";
const investigateSource = "Rollback Criteria - Investigative";

/**
 * What takes all traffic off a candidate at once, at every weight above 0. Checklist, 'Rollback Criteria - Immediate Action'.
 *
 * One entry of that list is not here: a critical security issue is a person's signal, and the rollback command is how it is given.
 *
 * Uptime is the whole service's, errors are the candidate's. So a candidate at 10 % that fails 3 of 100 requests is looked into, and one at 100 % that
 * does the same is rolled back: it costs the service its 99 %.
 */
export const rollbackAtOnce = [
    {
        id: "uptime-at-once",
        title: "uptime at least 99 %",
        subject: "service",
        measure: { kind: "availability", atLeast: 0.99 },
        onBreach: "rollback",
        source: atOnceSource,
    },
    {
        id: "error-ratio-at-once",
        title: "errors at most 5 %",
        subject: "candidate",
        measure: { kind: "error-ratio", below: 0.05 },
        onBreach: "rollback",
        source: atOnceSource,
    },
    {
        id: "latency-p95-at-once",
        title: "p95 at most 1000 ms",
        subject: "candidate",
        measure: { kind: "latency-p95", atMost: 1 },
        onBreach: "rollback",
        source: atOnceSource,
    },
    {
        id: "crash-loop-at-once",
        title: "no pod in a crash loop",
        subject: "candidate",
        measure: { kind: "crash-loop", atMost: 0 },
        onBreach: "rollback",
        source: atOnceSource,
    },
    {
        // The checklist names no number. A pool that is cut off once, and connects again, is looked into; one that goes on failing is rolled back.
        id: "database-connections-at-once",
        title: "database connections hold",
        subject: "candidate",
        measure: { kind: "database-connection-errors", atMost: 3, shareAbove: 0.001 },
        onBreach: "rollback",
        source: atOnceSource,
    },
] as const satisfies readonly Criterion[];

/** What is looked into before it gets worse, at every weight above 0. Checklist, 'Rollback Criteria - Investigative'. */
export const holdAndInvestigate = [
    {
        id: "error-ratio-investigate",
        title: "errors below 1 %",
        subject: "candidate",
        measure: { kind: "error-ratio", below: 0.01 },
        onBreach: "hold",
        source: `${investigateSource}: error rate 1-5%`,
    },
    {
        id: "latency-p95-investigate",
        title: "p95 at most 500 ms",
        subject: "candidate",
        measure: { kind: "latency-p95", atMost: 0.5 },
        onBreach: "hold",
        source: `${investigateSource}: latency P95 > 500ms`,
    },
    {
        id: "restarts-investigate",
        title: "no container restarted",
        subject: "candidate",
        measure: { kind: "restarts", atMost: 0 },
        onBreach: "hold",
        source: `${investigateSource}: intermittent issues`,
    },
    {
        id: "database-connections-investigate",
        title: "no database connection failed, or next to none",
        subject: "candidate",
        measure: { kind: "database-connection-errors", atMost: 0, shareAbove: rareConnectionErrors },
        onBreach: "hold",
        source: `${investigateSource}: intermittent issues`,
    },
    {
        id: "critical-log-lines-investigate",
        title: "no critical line in the log",
        subject: "candidate",
        measure: { kind: "critical-log-lines", atMost: 0 },
        onBreach: "hold",
        source: `${investigateSource}: unknown anomalies`,
    },
] as const satisfies readonly Criterion[];

/**
 * The candidate against the stable revision, in the same window. At 100 % the stable revision has no traffic, so there is nothing to compare with, and
 * only absolute bounds are left.
 */
export const againstStable = [
    {
        id: "error-ratio-against-stable",
        title: "errors not worse than the stable revision's",
        subject: "candidate",
        measure: { kind: "error-ratio-against-stable" },
        onBreach: "hold",
        source: `${investigateSource}: performance degradation`,
    },
    {
        // A candidate that refuses what the stable revision accepts fails its users with a status that no bound on errors knows.
        id: "client-errors-against-stable",
        title: "answers 400 to 499 not more than the stable revision's",
        subject: "candidate",
        measure: { kind: "client-errors-against-stable" },
        onBreach: "hold",
        source: `${investigateSource}: performance degradation`,
    },
    {
        id: "latency-against-stable",
        title: "answers not slower than the stable revision's",
        subject: "candidate",
        measure: { kind: "latency-against-stable" },
        onBreach: "hold",
        source: `${investigateSource}: performance degradation`,
    },
    {
        id: "cache-against-stable",
        title: "cache hits not fewer than the stable revision's",
        subject: "candidate",
        measure: { kind: "cache-against-stable" },
        onBreach: "hold",
        source: "Canary Validation: cache performance normal",
    },
] as const satisfies readonly Criterion[];
