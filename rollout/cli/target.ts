import { readFileSync } from "node:fs";

import { z } from "zod";

import type { StackConfig } from "../../config.ts";
import { type CommunicationConfig, communicationSchema } from "../../config/communication.ts";
import { gatewaySchema } from "../../config/gateway.ts";
import { metricsSchema } from "../../config/metrics.ts";
import { roles } from "../plan/plan.ts";

/** The rollout that a command is about: what it needs to know of the stack, and no secret. */
export interface RolloutTarget {
    readonly environment: StackConfig["environment"];
    readonly namespace: string;
    /** Name of the service, and of its HTTPRoute. */
    readonly service: string;
    /** Host name that users call. */
    readonly hostname: string;
    /** The gateway, and what the program writes on the route. */
    readonly gateway: Pick<StackConfig["gateway"], "name" | "namespace" | "testers" | "retry">;
    /** Context of the kubeconfig. Left out inside a pod: its own service account. */
    readonly kubeContext?: string;
    readonly metrics?: StackConfig["metrics"];
    readonly gates: StackConfig["gates"];
    /** Factor on every soak and time limit. 1 outside a lab. */
    readonly timeScale: number;
    readonly approvals: StackConfig["approvals"];
    /** What the checklist asks of a step. Left out: that no box which the step needs is open. */
    readonly checklist?: StackConfig["checklist"];
    /** How people are told. Left out: they are not. */
    readonly communication?: CommunicationConfig;
}

/** What the commands need of a stack's config. */
export function targetOf(config: StackConfig): RolloutTarget {
    const { environment, namespace, serviceName: service, cluster, metrics, gates, timeScale, approvals, checklist, communication } = config;
    const { hostname, name, namespace: gatewayNamespace, testers, retry } = config.gateway;
    const gateway = { name, namespace: gatewayNamespace, testers, retry };
    const common = { environment, namespace, service, hostname, gateway, kubeContext: cluster.kubeContext, gates, timeScale, approvals, checklist };
    return { ...common, ...(metrics === undefined ? {} : { metrics }), ...(communication === undefined ? {} : { communication }) };
}

/**
 * Reads a target that the program wrote for the watchdog, as JSON.
 *
 * @throws {Error} when it is none: a watchdog must not guess which rollout it watches.
 */
export function readTarget(file: string): RolloutTarget {
    const parsed = targetSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (!parsed.success) {
        throw new Error(`${file} is not a rollout target: ${z.prettifyError(parsed.error)}`);
    }
    return parsed.data;
}

const targetSchema = z.strictObject({
    environment: z.enum(["lab", "staging", "prod"]),
    namespace: z.string().min(1),
    service: z.string().min(1),
    hostname: z.string().min(1),
    gateway: gatewaySchema.pick({ name: true, namespace: true, testers: true, retry: true }),
    kubeContext: z.string().min(1).exactOptional(),
    metrics: metricsSchema,
    gates: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("full") }),
        z.strictObject({ kind: z.literal("order-only"), reason: z.string().min(1) }),
    ]),
    timeScale: z.number().gt(0).max(1),
    approvals: z.strictObject({
        roles: z.partialRecord(z.enum(roles), z.array(z.string())),
        requireVerifiedIdentity: z.boolean(),
    }),
    checklist: z
        .discriminatedUnion("enforced", [
            z.strictObject({ enforced: z.literal(true), signatureDays: z.int().min(1) }),
            z.strictObject({ enforced: z.literal(false), reason: z.string().min(1), signatureDays: z.int().min(1) }),
        ])
        .exactOptional(),
    communication: communicationSchema.exactOptional(),
}) satisfies z.ZodType<RolloutTarget>;
