import { setTimeout as sleep } from "node:timers/promises";

import { ApiException, CoreV1Api, type Informer, type KubeConfig, type V1Pod, makeInformer } from "@kubernetes/client-node";

import type { PodFacts } from "./pod-facts.ts";
import { serviceLabel } from "./revision-labels.ts";
import { type RevisionSettings, defaultSettings, revisionSettings } from "./revision-settings.ts";

/** How long to wait before trying the API server again, in milliseconds. */
const againAfterMs = 500;

/** What the watch reports of pods. */
export interface PodListener {
    readonly onSeen: (pod: V1Pod) => void;
    readonly onGone: (pod: V1Pod) => void;
}

/** Watches the pods of all revisions in all namespaces. While the API server is away it keeps what it knows, and catches up afterwards. */
export class ClusterWatch {
    readonly #api: CoreV1Api;
    readonly #informer: Informer<V1Pod> & { readonly get: (name: string, namespace?: string) => V1Pod | undefined };
    #again: NodeJS.Timeout | undefined;
    #stopped = false;
    #listed = false;

    constructor(config: KubeConfig, listener: PodListener) {
        this.#api = config.makeApiClient(CoreV1Api);
        this.#informer = makeInformer(
            config,
            "/api/v1/pods",
            async () => {
                const list = await this.#api.listPodForAllNamespaces({ labelSelector: serviceLabel });
                this.#listed = true;
                return list;
            },
            // A selector knows no "or": podFacts leaves out the pods of no revision.
            serviceLabel,
        );
        this.#informer.on("add", listener.onSeen);
        this.#informer.on("update", listener.onSeen);
        this.#informer.on("delete", listener.onGone);
        // A watch that broke stays broken until it is started again; it goes on from the last version that it saw.
        this.#informer.on("error", () => {
            this.#startLater();
        });
    }

    /** Whether the pods were listed at least once. */
    get listed(): boolean {
        return this.#listed;
    }

    async start(): Promise<void> {
        await this.#informer.start();
    }

    async stop(): Promise<void> {
        this.#stopped = true;
        clearTimeout(this.#again);
        await this.#informer.stop();
    }

    /** The pod as it was last seen. */
    pod(namespace: string, name: string): V1Pod | undefined {
        return this.#informer.get(name, namespace);
    }

    /** What the settings of a pod's revision say. Undefined where the pod goes before its ConfigMap could be read. */
    async settingsOf(facts: PodFacts): Promise<RevisionSettings | undefined> {
        if (facts.configMapName === undefined) {
            return defaultSettings;
        }
        for (;;) {
            try {
                const { data } = await this.#api.readNamespacedConfigMap({ namespace: facts.namespace, name: facts.configMapName });
                return revisionSettings(data ?? {});
            } catch (error) {
                // As a kubelet would: a pod whose ConfigMap is missing waits for it.
                if (
                    this.#stopped ||
                    (error instanceof ApiException && error.code === 404 && this.pod(facts.namespace, facts.name)?.metadata?.uid !== facts.uid)
                ) {
                    return undefined;
                }
            }
            await sleep(againAfterMs);
        }
    }

    #startLater(): void {
        clearTimeout(this.#again);
        if (!this.#stopped) {
            this.#again = setTimeout(() => void this.#informer.start(), againAfterMs);
        }
    }
}
