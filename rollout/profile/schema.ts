import { z } from "zod";

import type { Criterion, Measure } from "../gate/criterion.ts";
import { type ServiceProfile, defineProfile } from "./profile.ts";

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
    z.strictObject({ kind: kind("engagement-events-recorded"), atLeast: bound }),
    z.strictObject({ kind: kind("autoscaling") }),
    z.strictObject({ kind: kind("ready-pods"), atLeast: bound }),
    z.strictObject({ kind: kind("observed-split"), weightPercent: bound }),
    z.strictObject({ kind: kind("error-ratio-against-stable") }),
    z.strictObject({ kind: kind("client-errors-against-stable") }),
    z.strictObject({ kind: kind("latency-against-stable") }),
    z.strictObject({ kind: kind("cache-against-stable") }),
    z.strictObject({
        kind: kind("probe"),
        probe: z.enum(["health", "api", "cache", "engagement-events", "search", "trending", "creator-recommendations", "similar-videos"]),
    }),
]);

const criterionSchema: z.ZodType<Criterion> = z.strictObject({
    id: z.string(),
    title: z.string(),
    subject: z.enum(["candidate", "stable", "service"]),
    measure: measureSchema,
    onBreach: z.enum(["hold", "rollback"]),
    windowMinutes: z.number().exactOptional(),
    source: z.string(),
});

const criteriaSchema = z.tuple([criterionSchema], criterionSchema);
const rolesSchema = z.array(z.string());

/** A profile as a program writes it down for its watchdog: JSON. It is checked as {@link defineProfile} checks it where it is written. */
export const profileSchema: z.ZodType<ServiceProfile> = z
    .strictObject({
        plan: z.strictObject({
            steps: z.array(
                z.strictObject({
                    name: z.string(),
                    weightPercent: z.number(),
                    candidateReplicas: z.number(),
                    sparePods: z.number(),
                    soakMinutes: z.number(),
                    approvals: rolesSchema,
                }),
            ),
            roles: rolesSchema,
            finishApprovals: rolesSchema,
            fullReplicas: z.number(),
            steadyReplicas: z.strictObject({ minimum: z.number(), maximum: z.number() }),
            watchLimits: z.strictObject({
                holdMinutes: z.number(),
                blindMinutes: z.number(),
                statusUpdateMinutes: z.number(),
                approvalMinutes: z.number(),
            }),
        }),
        criteria: z.array(
            z.strictObject({
                weightPercent: z.number(),
                gate: criteriaSchema,
                atOnce: z.array(criterionSchema),
                investigate: z.array(criterionSchema),
            }),
        ),
        successCriteria: criteriaSchema,
    })
    .superRefine((profile, context) => {
        try {
            defineProfile(profile);
        } catch (error) {
            context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
        }
    });
