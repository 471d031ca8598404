import type { LiveService } from "../../lab/trial/live.ts";
import { isRecord } from "./wire.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** One change of an object, as the API server made it. */
export interface RecordedChange {
    /** `Kind/name`. */
    readonly object: string;
    readonly kind: "HTTPRoute" | "HorizontalPodAutoscaler" | "Deployment" | "ConfigMap" | "Pod";
    readonly change: "created" | "updated" | "deleted";
    /** Revision of etcd: it counts over all kinds, so comparing it tells which change came first. */
    readonly version: number;
    readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Writes down in which order the API server changed the objects of a namespace.
 *
 * Only what somebody wants counts (spec, data, labels, annotations), not what controllers report in the status; for pods, whether they are ready counts too.
 */
export class ChangeRecorder {
    readonly #changes: RecordedChange[] = [];
    readonly #known = new Map<string, string>();
    /** Every state of every pod since the watch began, by version. */
    readonly #pods: { readonly name: string; readonly version: number; readonly revision: string; readonly ready: boolean }[] = [];
    readonly #watches: AbortController[] = [];
    #recording = false;
    #broken: unknown;

    /** Starts to watch. What is there already is noted, not recorded. @throws when a watch can't be opened within 10 s. */
    static async start(live: LiveService): Promise<ChangeRecorder> {
        const recorder = new ChangeRecorder();
        for (const [kind, path] of Object.entries(paths(live.namespace))) {
            recorder.#watches.push(
                await live.watch().watch(
                    path,
                    // Bookmarks come once a minute: a connection on which nothing comes for five is closed.
                    { allowWatchBookmarks: true },
                    (type: string, object: unknown) => {
                        if (type !== "BOOKMARK") {
                            recorder.#note(kind, type, object);
                        }
                    },
                    (error: unknown) => {
                        if (recorder.#recording) {
                            recorder.#broken = error ?? new Error("the watch ended");
                        }
                    },
                ),
            );
        }
        // A watch without a version begins with what is there, and nothing marks the end of that: it is over when nothing comes any more.
        for (let seen = -1; seen !== recorder.#known.size;) {
            seen = recorder.#known.size;
            await new Promise((resolve) => setTimeout(resolve, 300));
        }
        recorder.#recording = true;
        return recorder;
    }

    /** The changes so far, in the order in which the API server made them. @throws when a watch broke, since changes may be missing then. */
    get changes(): readonly RecordedChange[] {
        if (this.#broken !== undefined) {
            throw new Error("a watch broke: the record has a gap", { cause: this.#broken });
        }
        return this.#changes.toSorted((left, right) => left.version - right.version);
    }

    /** Forgets the changes so far. */
    clear(): void {
        this.#changes.length = 0;
    }

    /** Waits until a change comes that matches, or came already. @throws after `withinMs` milliseconds. */
    async next(matches: (change: RecordedChange) => boolean, withinMs = 60_000): Promise<RecordedChange> {
        const deadline = Date.now() + withinMs;
        for (;;) {
            const found = this.changes.find(matches);
            if (found !== undefined) {
                return found;
            }
            if (Date.now() > deadline) {
                throw new Error(
                    `no such change within ${String(withinMs)} ms; recorded: ${this.changes.map(({ object, change }) => `${object} ${change}`).join(", ")}`,
                );
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }

    /** How many pods of a revision were ready when the API server was at `version`. */
    readyPodsAt(version: number, revision: string): number {
        const states = new Map(
            this.#pods
                .filter((pod) => pod.version <= version)
                .toSorted((left, right) => left.version - right.version)
                .map((pod) => [pod.name, pod]),
        );
        return [...states.values()].filter((pod) => pod.revision === revision && pod.ready).length;
    }

    stop(): void {
        this.#recording = false;
        for (const watch of this.#watches) {
            watch.abort();
        }
    }

    #note(kind: string, type: string, object: unknown): void {
        const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : undefined;
        if (!isKind(kind) || metadata === undefined || !isRecord(object)) {
            return;
        }
        // What a rollout writes down, such as its ledger, is no change that a program makes.
        if (isRecord(metadata.labels) && metadata.labels["app.kubernetes.io/managed-by"] === "rollout") {
            return;
        }
        const name = `${kind}/${String(metadata.name)}`;
        const version = Number(metadata.resourceVersion);
        if (kind === "Pod") {
            const revision = isRecord(metadata.labels) ? String(metadata.labels[labelKeys.revision]) : "";
            this.#pods.push({ name, version, revision, ready: type !== "DELETED" && isReady(object) });
        }
        const wanted = JSON.stringify([object.spec, object.data, metadata.labels, annotationsOf(metadata), kind === "Pod" ? isReady(object) : undefined]);
        const before = this.#known.get(name);
        const change = type === "DELETED" ? "deleted" : before === undefined ? "created" : "updated";
        if (change === "deleted") {
            this.#known.delete(name);
        } else {
            this.#known.set(name, wanted);
        }
        if (this.#recording && (change !== "updated" || wanted !== before)) {
            this.#changes.push({ object: name, kind, change, version, value: object });
        }
    }
}

function paths(namespace: string): Readonly<Record<RecordedChange["kind"], string>> {
    return {
        HTTPRoute: `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`,
        HorizontalPodAutoscaler: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
        Deployment: `/apis/apps/v1/namespaces/${namespace}/deployments`,
        ConfigMap: `/api/v1/namespaces/${namespace}/configmaps`,
        Pod: `/api/v1/namespaces/${namespace}/pods`,
    };
}

function isKind(kind: string): kind is RecordedChange["kind"] {
    return Object.keys(paths("")).includes(kind);
}

/** Annotations, without the one that the deployment controller writes for itself. */
function annotationsOf(metadata: Readonly<Record<string, unknown>>): unknown {
    const annotations = isRecord(metadata.annotations) ? metadata.annotations : {};
    return Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== "deployment.kubernetes.io/revision"));
}

/** Whether a pod's Ready condition is true. */
function isReady(pod: Readonly<Record<string, unknown>>): boolean {
    const conditions = isRecord(pod.status) && Array.isArray(pod.status.conditions) ? pod.status.conditions : [];
    return conditions.some((condition: unknown) => isRecord(condition) && condition.type === "Ready" && condition.status === "True");
}
