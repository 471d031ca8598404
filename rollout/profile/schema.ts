import { z } from "zod";

import { checklistSchema } from "../checklist/schema.ts";
import { criterionSchema } from "../gate/criterion.ts";
import { probesSchema } from "../gate/probe.ts";
import { serviceMetricsSchema } from "../gate/service-metrics.ts";
import { wordsOf } from "../words.ts";
import { type ServiceProfile, defineProfile } from "./profile.ts";

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
        labelPrefix: z.string().exactOptional(),
        variablePrefix: z.string().exactOptional(),
        checklist: checklistSchema.exactOptional(),
        metrics: serviceMetricsSchema.exactOptional(),
        probes: probesSchema.exactOptional(),
    })
    .superRefine((profile, context) => {
        try {
            defineProfile(profile);
        } catch (error) {
            context.addIssue({ code: "custom", message: wordsOf(error) });
        }
    });
