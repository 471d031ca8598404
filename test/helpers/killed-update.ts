import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as kubernetes from "@kubernetes/client-node";
import { z } from "zod";

import { labLayout } from "../../lab/api.ts";
import { runRollout } from "../../lab/trial/rollout-process.ts";
import type { TrialStack } from "../../lab/trial/trial-stack.ts";

/** When an `up` is killed. */
export interface Moment {
    /** What the engine says that it creates: the type of a resource. */
    readonly creating: RegExp;
    /** How many of them it has begun by then. @default 1 */
    readonly count?: number;
    /** Milliseconds after that. @default 0 */
    readonly afterMs?: number;
}

/** Runs `pulumi up` and kills it with SIGKILL. Gives whether it was, or ended before. */
export async function killedUp(stack: TrialStack, { creating, count = 1, afterMs = 0 }: Moment): Promise<boolean> {
    const kill = new AbortController();
    let begun = 0;
    const { exitCode } = await stack.up({
        kill: kill.signal,
        onLine: (line) => {
            if (/ creating \(\d/.test(line) && creating.test(line)) {
                begun += 1;
                if (begun === count) {
                    void sleep(afterMs).then(() => {
                        kill.abort();
                    });
                }
            }
        },
    });
    return exitCode !== 0;
}

/** What a person does then, by docs/interrupted-update.md. Gives what the command said. */
export async function repaired(stack: TrialStack): Promise<string> {
    const states = join(labLayout().pulumiBackend, ".pulumi/stacks");
    for (const path of readdirSync(states, { recursive: true, encoding: "utf8" }).filter(
        (file) => basename(file).startsWith(`${stack.name}.json`) && file.endsWith(".attrs"),
    )) {
        rmSync(join(states, path), { force: true });
    }
    await stack.run(["cancel", "--yes"]);
    const { checkout, environment, name } = stack;
    const { exitCode, result, said } = await runRollout({ checkout, environment, args: ["repair", "--stack", name] });
    if (exitCode !== 0) {
        throw new Error(`'rollout repair' ended with ${String(exitCode)}: ${JSON.stringify(result)} ${said}`);
    }
    return said;
}

/** ConfigMaps and Secrets that the stack's program made and its state does not have, by name. */
export async function leftovers(stack: TrialStack): Promise<readonly string[]> {
    const { deployment } = stateSchema.parse(JSON.parse(await stack.exportState()));
    const known = new Set(deployment.resources.map(({ id }) => id));
    const core = stack.live.client(kubernetes.CoreV1Api);
    const { namespace } = stack.live;
    const lists = await Promise.all([core.listNamespacedConfigMap({ namespace }), core.listNamespacedSecret({ namespace })]);
    return lists
        .flatMap(({ items }): readonly (kubernetes.V1ConfigMap | kubernetes.V1Secret)[] => items)
        .filter(({ metadata }) => metadata?.managedFields?.some(({ manager }) => manager?.startsWith("pulumi-") === true) === true)
        .map(({ metadata }) => metadata?.name ?? "")
        .filter((name) => !known.has(`${namespace}/${name}`));
}

const stateSchema = z.object({ deployment: z.object({ resources: z.array(z.object({ id: z.string().optional() })) }) });
