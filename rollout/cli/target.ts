import { readFileSync } from "node:fs";

import { z } from "zod";

import { defined } from "../defined.ts";
import { communicationSchema } from "../settings/communication.ts";
import { gatewaySchema, testersSchema } from "../settings/gateway.ts";
import { metricsSchema } from "../settings/metrics.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import { sightProblem } from "../profile/metrics.ts";
import { profileSchema } from "../profile/schema.ts";
import { variableName } from "../profile/variables.ts";
import { environments } from "../settings/environment.ts";
import { checklistSchema, gatesSchema, ledgerSchema } from "../settings/gates.ts";
import { resolvePlaceholders } from "../settings/placeholders.ts";
import type { RolloutSettings } from "../settings/settings.ts";

const targetSchema = z
    .strictObject({
        /** How the service is rolled out. */
        profile: profileSchema,
        environment: z.enum(environments),
        namespace: z.string().min(1),
        /** Name of the service, and of its HTTPRoute. */
        service: z.string().min(1),
        /** Host name that users call. */
        hostname: z.string().min(1),
        /** The gateway, and what the program writes on the route. */
        gateway: gatewaySchema.pick({ name: true, namespace: true, listener: true, testers: true, retry: true }),
        /** Context of the kubeconfig. Defaults to a pod's own service account. */
        kubeContext: z.string().min(1).exactOptional(),
        metrics: metricsSchema,
        gates: gatesSchema,
        /** Factor on every soak and time limit. 1 outside a lab. */
        timeScale: z.number().gt(0).max(1),
        approvals: z.strictObject({
            roles: z.record(z.string(), z.array(z.string()).readonly()),
            requireVerifiedIdentity: z.boolean(),
            /** Absent in what an earlier version wrote. */
            identities: z.record(z.string(), z.string()).default({}),
        }),
        /** What the checklist asks of a step. Defaults to: no box that the step needs is open. */
        checklist: checklistSchema.exactOptional(),
        /** Who may write which records of the ledger. @default every user, every kind */
        ledger: ledgerSchema.exactOptional(),
        /** How messages are sent. @default no messages */
        communication: communicationSchema.exactOptional(),
    })
    .refine(({ profile, approvals }) => Object.keys(approvals.roles).every((role) => profile.plan.roles.includes(role)), {
        path: ["approvals", "roles"],
        message: "names a role that the plan does not have",
    })
    .superRefine(({ profile, metrics }, context) => {
        const blind = sightProblem(profile.metrics, metrics?.gateway);
        if (blind !== undefined) {
            context.addIssue({ code: "custom", path: ["metrics", "gateway", "kind"], message: blind });
        }
    });

/** The rollout that a command is about: what it needs to know of the stack, and no secret. */
export type RolloutTarget = z.infer<typeof targetSchema>;

/** What the commands need of a stack's config. @throws {Error} where the profile and the stack together see no request. */
export function targetOf(profile: ServiceProfile, config: RolloutSettings): RolloutTarget {
    const blind = sightProblem(profile.metrics, config.metrics?.gateway);
    if (blind !== undefined) {
        throw new Error(blind);
    }
    const { environment, namespace, serviceName: service, cluster, metrics, gates, timeScale, approvals, checklist, ledger, communication } = config;
    const { hostname, name, namespace: gatewayNamespace, listener, testers, retry } = config.gateway;
    const gateway = { name, namespace: gatewayNamespace, ...defined({ listener }), testers, retry };
    const common = { profile, environment, namespace, service, hostname, gateway, kubeContext: cluster.kubeContext, gates, timeScale, approvals, checklist };
    return { ...common, ...defined({ metrics, ledger, communication }) };
}

/**
 * What a rollback, and what only reads, needs to know of a stack whose config can't be used: where the route is. What else of it can be read is read, and nothing wrong in it is in the way: users must not stay on a bad
 * release for a typo.
 *
 * @param values the config's values, by key without the project's name.
 * @throws {ZodError} where they don't say where the route is.
 */
export function wayBackTarget(
    profile: ServiceProfile,
    values: Readonly<Record<string, unknown>>,
    variables: Readonly<Record<string, string | undefined>>,
): RolloutTarget {
    const { config } = resolvePlaceholders(values, values.environment === "lab", variables);
    const context = variables[variableName(profile, "KUBECONTEXT")];
    const { environment, namespace, serviceName: service, cluster, gateway, communication, metrics, ledger, timeScale } = wayBackSchema.parse(config);
    return {
        profile,
        environment,
        namespace,
        service,
        hostname: gateway.hostname,
        gateway,
        kubeContext: context === undefined || context === "" ? cluster.kubeContext : context,
        gates: { kind: "order-only", reason: "the stack's config can't be used" },
        timeScale,
        approvals: { roles: {}, requireVerifiedIdentity: false, identities: {} },
        ...defined({ communication, metrics, ledger }),
    };
}

const testersAlone = z.object({ testers: testersSchema.catch({ kind: "header" }) });
const wayBackSchema = z.object({
    environment: z.enum(environments).catch("prod"),
    namespace: z.string().min(1),
    serviceName: z.string().min(1),
    cluster: z.object({ kubeContext: z.string().min(1) }),
    // Of the gateway, only the way of testers is looked at: it ends with the rollback.
    gateway: gatewaySchema.catch(({ value }) => ({
        name: "-",
        namespace: "-",
        hostname: "-",
        retry: false,
        ...testersAlone.catch({ testers: { kind: "header" } }).parse(value),
    })),
    communication: communicationSchema.optional().catch(undefined),
    metrics: metricsSchema.optional().catch(undefined),
    ledger: ledgerSchema.optional().catch(undefined),
    timeScale: z.coerce.number().gt(0).max(1).catch(1),
});

/**
 * Reads a target that the program wrote for the watchdog, as JSON.
 *
 * @throws {Error} when it is not one: a watchdog must not guess which rollout it watches.
 */
export function readTarget(file: string): RolloutTarget {
    const parsed = targetSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (!parsed.success) {
        throw new Error(`${file} is not a rollout target: ${z.prettifyError(parsed.error)}`);
    }
    return parsed.data;
}
