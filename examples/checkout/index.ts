import * as k8s from "@pulumi/kubernetes";
import { weightOf } from "progressive-rollout";
import { ProgressiveRollout, stackConfig, stackRollout } from "progressive-rollout/pulumi";

import program from "./rollout.config.ts";

const config = stackConfig(program.parse);
const { args } = await stackRollout({ profile: program.profile, config });

const provider = new k8s.Provider("cluster", { context: config.cluster.kubeContext });
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: config.namespace } }, { provider });
const account = new k8s.core.v1.ServiceAccount(
    "account",
    { metadata: { name: config.serviceName, namespace: namespace.metadata.name }, automountServiceAccountToken: false },
    { provider },
);
const rollout = new ProgressiveRollout(
    config.serviceName,
    { ...args, namespace: namespace.metadata.name, serviceAccountName: account.metadata.name },
    { providers: [provider] },
);

/** Share of user requests that the stack asks for, in percent. */
export const rolloutPercent = weightOf(rollout.record);
