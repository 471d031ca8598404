import { setTimeout as sleep } from "node:timers/promises";

import {
    ApiException,
    CoreV1Api,
    type KubeConfig,
    PatchStrategy,
    V1DeleteOptions,
    type V1Pod,
    V1Preconditions,
    setHeaderOptions,
} from "@kubernetes/client-node";

import { statusPatch } from "./pod-status.ts";
import type { SimulatedPod } from "./simulated-pod.ts";

/** How long to wait before trying the API server again, in milliseconds. */
const againAfterMs = 1_000;

/** Keeps the status of pods in the API server as their containers live. One change of a pod at a time, and always the latest. */
export class StatusWriter {
    readonly #api: CoreV1Api;
    readonly #seen: (namespace: string, name: string) => V1Pod | undefined;
    readonly #busy = new Set<SimulatedPod>();
    readonly #changedMeanwhile = new Set<SimulatedPod>();

    /** @param seen the pod as the API server last showed it. */
    constructor(config: KubeConfig, seen: (namespace: string, name: string) => V1Pod | undefined) {
        this.#api = config.makeApiClient(CoreV1Api);
        this.#seen = seen;
    }

    /** Writes the status where it differs from the life of the container. */
    async reconcile(pod: SimulatedPod): Promise<void> {
        if (this.#busy.has(pod)) {
            this.#changedMeanwhile.add(pod);
            return;
        }
        this.#busy.add(pod);
        try {
            do {
                this.#changedMeanwhile.delete(pod);
                await this.#write(pod);
            } while (this.#changedMeanwhile.has(pod));
        } finally {
            this.#busy.delete(pod);
        }
    }

    /** Deletes a pod that has lost its address to another one, as a network that finds two of a kind would: its controller makes another. */
    async remove({ facts: { namespace, name, uid } }: SimulatedPod): Promise<void> {
        // One that is gone already, or of the same name only, is left alone.
        const preconditions = Object.assign(new V1Preconditions(), { uid });
        const body = Object.assign(new V1DeleteOptions(), { gracePeriodSeconds: 0, preconditions });
        await this.#api.deleteNamespacedPod({ namespace, name, body }).catch(() => undefined);
    }

    async #write(pod: SimulatedPod): Promise<void> {
        const { namespace, name, uid } = pod.facts;
        const seen = this.#seen(namespace, name);
        const body = seen?.metadata?.uid === uid ? statusPatch(seen, pod.life) : undefined;
        if (body === undefined) {
            return;
        }
        try {
            await this.#api.patchNamespacedPodStatus({ namespace, name, body }, setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch));
        } catch (error) {
            if (!(error instanceof ApiException && error.code === 404)) {
                await sleep(againAfterMs);
                this.#changedMeanwhile.add(pod);
            }
        }
    }
}
