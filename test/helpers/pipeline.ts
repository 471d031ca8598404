import { execa } from "execa";

import type { TrialStack } from "./engine.ts";

/** How a pipeline has a target run. */
export interface TargetRun {
    /** Text of a kubeconfig. @default none */
    readonly kubeconfig?: string;
    /** Whether it has what opens the stack's secrets. @default false */
    readonly opensSecrets?: boolean;
    /** Further arguments of make. */
    readonly options?: readonly string[];
}

/** Runs a target of the Makefile as a pipeline does: with a kubeconfig that is text in a variable and no file. */
export async function runTarget(stack: TrialStack, target: string, { kubeconfig, opensSecrets = false, options = [] }: TargetRun = {}) {
    const kept = Object.entries(stack.environment).filter(([name]) => name !== "KUBECONFIG" && (opensSecrets || name !== "PULUMI_CONFIG_PASSPHRASE"));
    const { exitCode, all } = await execa("make", [target, `STACK=${stack.name}`, "POLICIES=policies/config/lab.json", ...options], {
        cwd: stack.checkout,
        extendEnv: false,
        env: { ...Object.fromEntries(kept), ...(kubeconfig === undefined ? {} : { NOVA_KUBECONFIG: kubeconfig }) },
        all: true,
        reject: false,
    });
    return { exitCode, output: all };
}

/** Rights of an account of the cluster. */
export interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
}
