import { z } from "zod";

import { criterionCellSchema } from "./criterion-cell.ts";
import { figureNames } from "./figures.ts";
import { observedSchema } from "./observed.ts";
import { rollbackAccountSchema } from "./rollback-account.ts";

const destination = z.union([z.number(), z.literal("finished")]);
const role = z.enum(["stable", "candidate"]);

/** A step of the plan on the way of a rollout. `rolled-back`: the step that the candidate had when it lost its users. */
const courseStepSchema = z.strictObject({ destination, state: z.enum(["done", "current", "ahead", "rolled-back"]) }).readonly();

/** What the live page says, as `/view.json` gives it to programs. Nothing in it is newer than `at`. */
export const liveViewSchema = z
    .strictObject({
        /** ISO 8601: when it was read. */
        at: z.string(),
        service: z.string(),
        namespace: z.string(),
        environment: z.string(),
        tone: z.enum(["good", "wait", "bad", "plain"]),
        /** Which step. */
        step: z.string(),
        /** Healthy or not, in a few words. */
        health: z.string(),
        /** Why it is not, or what that rests on. */
        why: z.array(z.string()).readonly(),
        next: z.string(),
        /** How long until that, in words. */
        left: z.string(),
        /** The way through the plan, also after a rollback. Empty where no candidate is known. */
        course: z.array(courseStepSchema).readonly(),
        /** How far the soak is, while it lasts. */
        soak: z.strictObject({ soakedSeconds: z.number(), soakSeconds: z.number() }).readonly().exactOptional(),
        /** All criteria that were judged, the worst first; after a rollback, as they were when it was decided. Empty where nothing was judged. */
        criteria: z.array(criterionCellSchema).readonly(),
        /** Pods of both revisions; after a rollback, as they were when it was decided. Empty where nothing was seen. */
        pods: z
            .array(
                z
                    .strictObject({
                        revision: z.string(),
                        role,
                        count: observedSchema(z.strictObject({ ready: z.int(), wanted: z.int() }).readonly()),
                    })
                    .readonly(),
            )
            .readonly(),
        /** Roles whose approval the next step lacks. Absent where no step comes next. */
        approvals: z
            .strictObject({ to: destination, missing: observedSchema(z.array(z.string()).readonly()) })
            .readonly()
            .exactOptional(),
        observedShare: observedSchema(z.number()),
        figures: z
            .array(z.strictObject({ revision: z.string(), role, values: z.record(z.enum(figureNames), observedSchema(z.number())).readonly() }).readonly())
            .readonly(),
        /** The newest rollback of the candidate that is shown. Absent where it never was rolled back. */
        rollback: rollbackAccountSchema.exactOptional(),
    })
    .readonly();

/** A {@link liveViewSchema}. */
export type LiveView = z.infer<typeof liveViewSchema>;

/** One step of {@link LiveView.course}. */
export type CourseStep = LiveView["course"][number];
