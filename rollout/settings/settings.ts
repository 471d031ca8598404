import { z } from "zod";

import { type RolloutPlan, weightsOf } from "../plan/plan.ts";
import { clusterSchema } from "./cluster.ts";
import { communicationSchema } from "./communication.ts";
import { environments } from "./environment.ts";
import { forgeSchema } from "./forge.ts";
import { type ApprovalsConfig, approvalsSchema, type ChecklistConfig, checklistSchema, gatesSchema, ledgerSchema } from "./gates.ts";
import { gatewaySchema } from "./gateway.ts";
import { metricsSchema } from "./metrics.ts";
import { preflightSchema } from "./preflight.ts";
import { revisionSchema } from "./revision.ts";
import { storesSchema } from "./stores.ts";
import { dnsLabel, dnsLabelFix, image, shortDnsLabel, shortDnsLabelFix, text } from "./text.ts";

/**
 * The keys of a stack's config that every rollout needs, whatever its plan.
 *
 * `description`, `examples` and `fix` of each field feed the error messages and docs/configuration.md. Rules that look at two keys at once are in rules.ts.
 */
export const commonShape = {
    environment: z.literal(environments).meta({
        description: "What the stack is for. It decides how strict the other rules are.",
        examples: ["staging"],
        fix: "use lab, staging or prod",
    }),
    namespace: text.regex(dnsLabel, "is not a DNS label").meta({ description: "Namespace of everything.", examples: ["shop-prod"], fix: dnsLabelFix }),
    serviceName: text.regex(shortDnsLabel, "is not a DNS label of at most 30 characters").meta({
        description: "Name of the service: prefix of every object's name.",
        examples: ["checkout"],
        fix: shortDnsLabelFix,
    }),
    stable: revisionSchema.meta({ description: "The revision that users have.", fix: "set its name, image and config" }),
    candidate: revisionSchema
        .exactOptional()
        .meta({ description: "The revision being rolled out. If omitted (or `{}`), there is none.", fix: "set its name, image and config, or remove it" }),
    cluster: clusterSchema,
    metrics: metricsSchema,
    gates: gatesSchema.meta({ description: "What a step forward needs.", fix: "use kind full, or kind order-only with a reason in a lab" }),
    timeScale: z
        .number()
        .gt(0, "is not above 0")
        .max(1, "is above 1")
        .default(1)
        .meta({
            description: "Factor on every soak and time limit of the plan, above 0 and at most 1. 1 outside a lab. It never scales a threshold.",
            examples: ["0.01"],
            fix: "use a number above 0 and at most 1; 1 outside a lab",
        }),
    checklist: checklistSchema
        .exactOptional()
        .meta({ description: "What the checklist (docs/checklist.md) asks of a step.", fix: "set enforced to true, or to false with a reason" }),
    forge: forgeSchema.exactOptional().meta({
        description:
            "The forge that says who made a change and who reviewed it: docs/approvals.md. If omitted, the pipeline says who made it, in the variable CHANGE_AUTHOR.",
        fix: "set kind, repository and tokenVariable, or remove it",
    }),
    ledger: ledgerSchema.exactOptional().meta({
        description: "Who may write which records of the ledger (docs/ledger.md). Needed in prod. Defaults to every user, every kind.",
        fix: "set writers.deployers to the users that run `pulumi up`",
    }),
    watchdog: z
        .strictObject({ image: image("Release watchdog, which watches a step from inside the cluster.") })
        .exactOptional()
        .meta({ description: "The watchdog between two runs. Defaults to none.", fix: "set its image, or remove it" }),
    preflight: preflightSchema.exactOptional().meta({
        description: "Where `rollout preflight` looks. What is left out is not checked, which counts as failed in prod.",
        fix: "set what the preflight should read, or remove it",
    }),
    communication: communicationSchema.exactOptional().meta({
        description: "How messages about a rollout are sent: docs/communication.md. If omitted, no messages are sent.",
        fix: "set slack, webhook, email or statusPage",
    }),
    gateway: gatewaySchema,
    stores: storesSchema.partial().exactOptional().meta({
        description: "Stores that the service has, for the preflight to look at. Defaults to none.",
        fix: "set redis, clickhouse, kafka or postgres, or remove it",
    }),
} as const;

/** The keys of a stack's config that a rollout by `plan` needs. A program spreads them into its own schema, beside keys of its own. */
export function settingsShape(plan: RolloutPlan) {
    const weights = weightsOf(plan);
    const known = weights.join(", ");
    return {
        ...commonShape,
        rolloutPercent: z.literal(weights).meta({
            description: `Share of user requests for the candidate, in percent: a step of the plan, ${known}. 0 puts all traffic on the stable revision.`,
            examples: [10],
            fix: `use a step of the plan: ${known}`,
        }),
        approvals: approvalsSchema(plan.roles),
    };
}

/** The schema of {@link settingsShape} alone: for a program with no keys of its own. */
export function settingsSchema(plan: RolloutPlan) {
    return z.strictObject(settingsShape(plan));
}

/** A stack's config as its schema gives it, before defaults that depend on the environment. */
export type ParsedSettings = z.infer<ReturnType<typeof settingsSchema>>;

/** What a rollout needs of a stack's config, validated, with the defaults that depend on the environment filled in. */
export type RolloutSettings = WithDefaults<ParsedSettings>;

/** A validated config in which what the environment decides is filled in. */
export type WithDefaults<Config> = Omit<Config, "approvals" | "checklist"> & {
    readonly approvals: ApprovalsConfig;
    readonly checklist: ChecklistConfig;
};
