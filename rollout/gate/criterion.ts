import { z } from "zod";

import type { Role, Weight } from "../plan/plan.ts";

/** Whose behaviour a criterion is about. `service` is what users meet: both revisions together. */
export type Subject = "candidate" | "stable" | "service";

/**
 * What a criterion measures, and the bound that goes with it. Ratios are from 0 to 1, never percent. A bound is exclusive for `below` and `above`, as the
 * plan writes `<` and `>`, and inclusive for `atMost` and `atLeast`, as it writes `<=` and `>=`.
 */
export type Measure =
    /** Failed requests over all requests of the subject. What counts as failed: docs/gate.md. */
    | { readonly kind: "error-ratio"; readonly below: number }
    /** Answered requests over all requests, of the service: what 'uptime' and 'availability' mean here. */
    | { readonly kind: "availability"; readonly atLeast: number }
    /** 95th percentile of the time to answer, in seconds. `cache` narrows it to answers from the cache, or to those that missed it. */
    | { readonly kind: "latency-p95"; readonly cache?: "hit" | "miss"; readonly below?: number; readonly atMost?: number }
    /** Lookups that found something over all lookups that worked. */
    | { readonly kind: "cache-hit-ratio"; readonly above?: number; readonly atLeast?: number }
    /** Mean CPU use of the subject's pods over what they request. */
    | { readonly kind: "cpu-utilisation"; readonly below: number }
    /** Memory of the subject's fullest pod, in bytes. */
    | { readonly kind: "memory"; readonly below: number }
    /** Steady growth of a pod's memory, in bytes an hour, by a trend test. */
    | { readonly kind: "memory-growth"; readonly below: number }
    /** Container restarts since the step was entered, over all pods of the subject. */
    | { readonly kind: "restarts"; readonly atMost: 0 }
    /** Containers that wait in CrashLoopBackOff, or restarted three times within ten minutes. */
    | { readonly kind: "crash-loop"; readonly atMost: 0 }
    /**
     * Connections to the database that failed or broke, over the window. With `shareAbove`, more than `atMost` are no breach as long as they are shown to be
     * rarer than that share of the subject's requests, so that a long window doesn't add up what is rare.
     */
    | { readonly kind: "database-connection-errors"; readonly atMost: number; readonly shareAbove?: number }
    /** Connections in use over the size of the pool, fullest pod. */
    | { readonly kind: "database-pool-utilisation"; readonly below: number }
    /** Critical lines in the log, over the window. */
    | { readonly kind: "critical-log-lines"; readonly atMost: 0 }
    /** Requests that ran into a time limit over all requests. */
    | { readonly kind: "timeout-ratio"; readonly below: number }
    /** Events that were recorded for good over those accepted from users. */
    | { readonly kind: "events-recorded"; readonly atLeast: number }
    /** The autoscaler's own conditions say that it can scale, and it isn't stuck below what it wants. */
    | { readonly kind: "autoscaling" }
    /** Ready pods of the subject: at least what the plan asks for at the step. */
    | { readonly kind: "ready-pods"; readonly atLeast: number }
    /** The share of requests that really reached the candidate, against the weight of the step: both ends of an interval must lie near it. */
    | { readonly kind: "observed-split"; readonly weightPercent: Weight }
    /** Failed requests over all, candidate against stable in the same window: the candidate must not be significantly worse. */
    | { readonly kind: "error-ratio-against-stable" }
    /** Answers with a status from 400 to 499 over all, candidate against stable in the same window; 401, 403 and 404 apart as well. */
    | { readonly kind: "client-errors-against-stable" }
    /** Time to answer, candidate against stable in the same window, over the buckets of both histograms. */
    | { readonly kind: "latency-against-stable" }
    /** Cache hits, candidate against stable in the same window: 'cache kept', 'cache normal'. */
    | { readonly kind: "cache-against-stable" }
    /** A functional probe of the profile passed, by its name. */
    | { readonly kind: "probe"; readonly probe: string };

/**
 * What a breach leads to.
 *
 * `hold`: the step is not left, and when the hold lasts longer than the plan's limit, the watcher rolls back. `rollback`: the watcher rolls back at once.
 */
export type OnBreach = "hold" | "rollback";

/** One condition on live evidence. */
export interface Criterion {
    /** Unique within the plan; a word in URLs, alerts and reports: `error-ratio`, `latency-p95-at-once`. */
    readonly id: string;
    /** What people read: `errors below 0.5 %`. */
    readonly title: string;
    readonly subject: Subject;
    readonly measure: Measure;
    readonly onBreach: OnBreach;
    /**
     * What the evidence must cover at the least, in minutes of the plan. Never more than the soak of the step.
     *
     * @default 0: the number of samples decides alone
     */
    readonly windowMinutes?: number;
    /** Section of the checklist that the number comes from. */
    readonly source: string;
}

/** At least one criterion: a list that judges nothing is no gate. */
export type Criteria = readonly [Criterion, ...Criterion[]];

/** What has to be known before a step may be left, and what rolls back. */
export interface StepCriteria {
    readonly weightPercent: Weight;
    /** All must pass, with enough evidence, before the next step. */
    readonly gate: Criteria;
    /** What rolls all traffic back at once while the step lasts. Empty at 0, where the candidate has no traffic to take. */
    readonly atOnce: readonly Criterion[];
    /** What is to be looked into while the step lasts, long before the gate is checked. Empty at 0. */
    readonly investigate: readonly Criterion[];
}

/** A signer, as records name it: a role, and who acted for it where that is known. */
export interface Actor {
    readonly role?: Role;
    /** Who acted, such as `ci:release-pipeline` or a subject of an identity token. */
    readonly identity: string;
    /** Whether something other than the person's own word vouches for the identity: an OIDC token, a signature. */
    readonly verified: boolean;
}

const bound = z.number();

const kind = <const Kind extends Measure["kind"]>(name: Kind) => z.literal(name);

const measureSchema: z.ZodType<Measure> = z.discriminatedUnion("kind", [
    z.strictObject({ kind: kind("error-ratio"), below: bound }),
    z.strictObject({ kind: kind("availability"), atLeast: bound }),
    z.strictObject({
        kind: kind("latency-p95"),
        cache: z.enum(["hit", "miss"]).exactOptional(),
        below: bound.exactOptional(),
        atMost: bound.exactOptional(),
    }),
    z.strictObject({ kind: kind("cache-hit-ratio"), above: bound.exactOptional(), atLeast: bound.exactOptional() }),
    z.strictObject({ kind: kind("cpu-utilisation"), below: bound }),
    z.strictObject({ kind: kind("memory"), below: bound }),
    z.strictObject({ kind: kind("memory-growth"), below: bound }),
    z.strictObject({ kind: kind("restarts"), atMost: z.literal(0) }),
    z.strictObject({ kind: kind("crash-loop"), atMost: z.literal(0) }),
    z.strictObject({ kind: kind("database-connection-errors"), atMost: bound, shareAbove: bound.exactOptional() }),
    z.strictObject({ kind: kind("database-pool-utilisation"), below: bound }),
    z.strictObject({ kind: kind("critical-log-lines"), atMost: z.literal(0) }),
    z.strictObject({ kind: kind("timeout-ratio"), below: bound }),
    z.strictObject({ kind: kind("events-recorded"), atLeast: bound }),
    z.strictObject({ kind: kind("autoscaling") }),
    z.strictObject({ kind: kind("ready-pods"), atLeast: bound }),
    z.strictObject({ kind: kind("observed-split"), weightPercent: bound }),
    z.strictObject({ kind: kind("error-ratio-against-stable") }),
    z.strictObject({ kind: kind("client-errors-against-stable") }),
    z.strictObject({ kind: kind("latency-against-stable") }),
    z.strictObject({ kind: kind("cache-against-stable") }),
    z.strictObject({
        kind: kind("probe"),
        probe: z.string(),
    }),
]);

/** A {@link Criterion} as JSON. Bounds are checked by checkCriteria, not here. */
export const criterionSchema: z.ZodType<Criterion> = z.strictObject({
    id: z.string(),
    title: z.string(),
    subject: z.enum(["candidate", "stable", "service"]),
    measure: measureSchema,
    onBreach: z.enum(["hold", "rollback"]),
    windowMinutes: z.number().exactOptional(),
    source: z.string(),
});
