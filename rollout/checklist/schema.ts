import { z } from "zod";

import { toldMessages } from "../announce/message.ts";
import { notifierNames } from "../ledger/ledger-record.ts";
import { rollbackCategories } from "../watch/cause.ts";
import type { Box, Checklist } from "./box.ts";
import { preflightChecks } from "./preflight.ts";

const weight = z.number();
const destination = z.union([weight, z.literal("finished")]);
const hours = z.literal([24, 48]);

const event = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal(["entered", "soaked"]), weightPercent: weight }),
    z.strictObject({ kind: z.literal("gate-passed"), weightPercent: weight, afterSoak: z.literal(true).exactOptional() }),
    z.strictObject({ kind: z.literal(["finished", "held", "incident-ended", "tried-again"]) }),
    z.strictObject({ kind: z.literal("rolled-back"), category: z.enum(rollbackCategories).exactOptional() }),
    z.strictObject({ kind: z.literal("figure"), weightPercent: weight, figure: z.literal(["request-rate", "latency-mean"]) }),
    z.strictObject({ kind: z.literal("since-rollback"), what: z.literal(["pods", "traffic"]) }),
    z.strictObject({ kind: z.literal("updates"), during: z.literal(["rollout", "incident"]) }),
    z.strictObject({ kind: z.literal("checkpoint"), hours }),
    z.strictObject({
        kind: z.literal("told"),
        message: z.enum(toldMessages).exclude(["update"]),
        notifier: z.enum(notifierNames).exactOptional(),
        hoursBefore: z.number().positive().exactOptional(),
    }),
    z.strictObject({ kind: z.literal("no-incident"), hours: hours.exactOptional() }),
    z.strictObject({ kind: z.literal("incidents-recorded"), since: weight.exactOptional() }),
]);

const box: z.ZodType<Box> = z.strictObject({
    id: z.string(),
    section: z.string(),
    phase: z.string(),
    text: z.string(),
    establishedBy: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("declared"), resource: z.string() }),
        z.strictObject({ kind: z.literal("policy"), rule: z.string(), resource: z.string() }),
        z.strictObject({
            kind: z.literal("gate"),
            of: z.union([weight, z.literal(["success", "rollback"])]),
            criteria: z.array(z.string()),
        }),
        z.strictObject({
            kind: z.literal("check"),
            check: z.enum(preflightChecks),
            also: z.array(z.enum(preflightChecks)).min(1).exactOptional(),
            of: z.literal("successor").exactOptional(),
        }),
        z.strictObject({ kind: z.literal("alert"), alert: z.string() }),
        z.strictObject({ kind: z.literal("event"), event }),
        z.strictObject({ kind: z.literal("attested"), role: z.string(), approves: destination.exactOptional() }),
    ]),
    blocks: z.union([destination, z.literal("never")]),
    askedAfter: z.enum(["rollback", "incident"]).exactOptional(),
});

/** The boxes of a profile as JSON. `defineProfile` checks what they refer to. */
export const checklistSchema: z.ZodType<Checklist> = z.array(box);
