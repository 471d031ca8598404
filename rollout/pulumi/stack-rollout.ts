import * as pulumi from "@pulumi/pulumi";

import type { PolicyJudge } from "../checklist/live/stack-resources.ts";
import { type RolloutTarget, targetOf } from "../cli/target.ts";
import { defined } from "../defined.ts";
import { apiServer } from "../kubernetes/api-server.ts";
import { liveRollout } from "../kubernetes/live-rollout.ts";
import { writersIn } from "../ledger/writers.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import type { RolloutSettings } from "../settings/settings.ts";
import type { ProgressiveRolloutArgs } from "./progressive-rollout.ts";
import { stackGates } from "./stack-gates.ts";

export interface StackRolloutArgs {
    readonly profile: ServiceProfile;
    /** The stack's config, validated. */
    readonly config: RolloutSettings;
    /** Judges the program's policies, for boxes of the checklist that name a rule. @default such boxes stay open */
    readonly judgePolicies?: PolicyJudge;
}

/** What a stack's config says of its rollout. */
export interface StackRollout {
    /** What a {@link RolloutWatchdog} is told of the rollout. */
    readonly target: RolloutTarget;
    /** What a {@link ProgressiveRollout} needs, but for what the program declares around it: the namespace, the service account, what pods mount. */
    readonly args: Omit<ProgressiveRolloutArgs, "namespace" | "serviceAccountName" | "secretFiles" | "authorities" | "testerKey">;
}

/**
 * The rollout that the config of the running stack asks for, with its guard, its gates and its ledger.
 *
 * Call it before any object of the service is declared: it reads the live route, which decides the order in which they change. A route that can't be read is no
 * error here; the guard refuses a step forward then.
 */
export async function stackRollout({ profile, config, judgePolicies }: StackRolloutArgs): Promise<StackRollout> {
    const { serviceName: service, namespace, gateway, cluster } = config;
    const target = targetOf(profile, config);
    const stack = { name: pulumi.getStack(), folder: process.cwd(), ...defined({ forge: config.forge }) };
    const live = liveRollout({
        api: apiServer({ kubeContext: cluster.kubeContext }),
        namespace,
        design: target,
        stack,
        ...defined({ writers: writersIn(target) }),
    });
    return {
        target,
        args: {
            namespaceName: namespace,
            stable: config.stable,
            ...defined({ candidate: config.candidate }),
            profile,
            weightPercent: config.rolloutPercent,
            design: { service, hostname: gateway.hostname, gateway: target.gateway },
            awaitTimeoutSeconds: cluster.awaitTimeoutSeconds,
            cluster: live.cluster,
            seen: await live.cluster.readRoute(namespace, service),
            ...stackGates({ ...live, target, stack: { ...stack, ...defined({ judgePolicies }) } }),
        },
    };
}
