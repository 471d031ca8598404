import { readFileSync, rmSync, writeFileSync } from "node:fs";

import * as kubernetes from "@kubernetes/client-node";
import { expect } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";

import type { TrialStack } from "../../lab/trial/trial-stack.ts";

/** Config of a stack whose candidate was taken out. */
export const withdrawn = { rolloutPercent: 0, candidate: undefined } as const;

/** A stack in the middle of a rollout, and what must still be there after a command that was refused. */
export class LiveRollout {
    readonly #stack: TrialStack;
    readonly #state: string;
    readonly #resources: readonly StateEntry[];
    readonly #objects: Readonly<Record<string, string>>;
    readonly #weights: Readonly<Record<string, number>>;
    readonly #minimums: Readonly<Record<string, number>>;

    private constructor(stack: TrialStack, state: string, found: Found) {
        this.#stack = stack;
        this.#state = state;
        this.#resources = stateSchema.parse(JSON.parse(state)).deployment.resources;
        ({ objects: this.#objects, weights: this.#weights, minimums: this.#minimums } = found);
    }

    /** As it is now. */
    static async of(stack: TrialStack): Promise<LiveRollout> {
        return new LiveRollout(stack, await stack.exportState(), await lookAt(stack));
    }

    /** URN of the one object of a kind whose id ends like that. @throws where it is not one. */
    urn(kind: string, idEnd = ""): string {
        const matches = this.#resources.filter(({ type, id }) => type.split(":").at(-1) === kind && id?.endsWith(idEnd) === true);
        const [match] = matches;
        if (match === undefined || matches.length > 1) {
            throw new Error(`${String(matches.length)} resources are a ${kind} '${idEnd}': ${matches.map(({ id }) => id).join(", ")}`);
        }
        return match.urn;
    }

    /** URN of the one resource of a type. */
    urnOf(type: string): string {
        const match = this.#resources.find((resource) => resource.type === type);
        if (match === undefined) {
            throw new Error(`there is no ${type}`);
        }
        return match.urn;
    }

    /** Runs with another config, and puts the file back. `key`: the object that the changes are for; empty for the whole config. */
    async withConfig(key: string, changes: Readonly<Record<string, unknown>>, run: () => Promise<void>): Promise<void> {
        const text = readFileSync(this.#stack.configFile, "utf8");
        const config = parseDocument(text);
        for (const [name, value] of Object.entries(changes)) {
            const path = ["config", ...(key === "" ? [`video-ranking:${name}`] : [`video-ranking:${key}`, name])];
            if (value === undefined) {
                config.deleteIn(path);
            } else {
                config.setIn(path, config.createNode(value));
            }
        }
        writeFileSync(this.#stack.configFile, config.toString());
        try {
            await run();
        } finally {
            writeFileSync(this.#stack.configFile, text);
        }
    }

    /** Expects that every object is the very same one, each revision has its users, and no autoscaler has lower bounds. */
    async expectUntouched(): Promise<void> {
        const { objects, weights, minimums } = await lookAt(this.#stack);
        expect(weights).toEqual(this.#weights);
        expect(objects).toMatchObject(this.#objects);
        for (const [revision, minimum] of Object.entries(this.#minimums)) {
            expect(minimums[revision], revision).toBeGreaterThanOrEqual(minimum);
        }
    }

    /** Puts the engine's state back as it was. */
    async restoreState(): Promise<void> {
        const file = `${this.#stack.configFile}.state`;
        writeFileSync(file, this.#state);
        try {
            const restored = await this.#stack.run(["stack", "import", "--file", file]);
            expect(restored.exitCode, restored.output).toBe(0);
        } finally {
            rmSync(file, { force: true });
        }
    }
}

interface Found {
    /** Unique ids by kind and name. */
    readonly objects: Readonly<Record<string, string>>;
    readonly weights: Readonly<Record<string, number>>;
    /** Fewest pods of each revision's autoscaler, by its name. */
    readonly minimums: Readonly<Record<string, number>>;
}

type StateEntry = z.infer<typeof stateSchema>["deployment"]["resources"][number];

const stateSchema = z.object({
    deployment: z.object({ resources: z.array(z.object({ urn: z.string(), type: z.string(), id: z.string().optional() })) }),
});

/** Every object in the stack's namespace of the kinds that users depend on. What a migration needed is gone when it is done. */
async function lookAt({ live }: TrialStack): Promise<Found> {
    const query = { namespace: live.namespace };
    const [core, apps, autoscaling] = [live.client(kubernetes.CoreV1Api), live.client(kubernetes.AppsV1Api), live.client(kubernetes.AutoscalingV2Api)];
    const [policy, networking] = [live.client(kubernetes.PolicyV1Api), live.client(kubernetes.NetworkingV1Api)];
    const autoscalers = await autoscaling.listNamespacedHorizontalPodAutoscaler(query);
    const lists = {
        Namespace: [await core.readNamespace({ name: live.namespace })],
        Deployment: (await apps.listNamespacedDeployment(query)).items,
        StatefulSet: (await apps.listNamespacedStatefulSet(query)).items,
        Service: (await core.listNamespacedService(query)).items,
        ServiceAccount: (await core.listNamespacedServiceAccount(query)).items,
        ConfigMap: (await core.listNamespacedConfigMap(query)).items,
        Secret: (await core.listNamespacedSecret(query)).items,
        PodDisruptionBudget: (await policy.listNamespacedPodDisruptionBudget(query)).items,
        NetworkPolicy: (await networking.listNamespacedNetworkPolicy(query)).items,
        HorizontalPodAutoscaler: autoscalers.items,
    };
    const objects = Object.entries(lists).flatMap(([kind, items]) =>
        items.flatMap(({ metadata }): readonly (readonly [string, string])[] =>
            metadata?.labels?.["app.kubernetes.io/component"] === "migration" ? [] : [[`${kind} ${metadata?.name ?? ""}`, metadata?.uid ?? ""]],
        ),
    );
    return {
        objects: Object.fromEntries(objects),
        weights: await live.weights(),
        minimums: Object.fromEntries(autoscalers.items.map(({ metadata, spec }) => [metadata?.name ?? "", spec.minReplicas ?? 1])),
    };
}
