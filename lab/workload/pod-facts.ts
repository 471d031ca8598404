import type { V1Pod } from "@kubernetes/client-node";

import { quantity } from "../../policies/shapes/quantity.ts";
import { revisionLabels, serviceLabel } from "./revision-labels.ts";

/** What the simulator needs to know of a pod. */
export interface PodFacts {
    readonly uid: string;
    readonly namespace: string;
    readonly name: string;
    /** Name of the service: label `app.kubernetes.io/name`. */
    readonly service: string;
    readonly revision: string;
    /** Label `app.kubernetes.io/version`. */
    readonly version: string;
    readonly address: string;
    /** ConfigMap with the revision's settings. Undefined: it mounts none. */
    readonly configMapName: string | undefined;
    readonly memoryLimitBytes: number;
    /** How long it goes on serving after its end was decided, in milliseconds: the sleep of its preStop hook. */
    readonly drainMs: number;
    readonly startedAtMs: number;
    readonly restarts: number;
    /** `by-force`: deleted with a grace period of 0, so there is no drain. */
    readonly deletion: "none" | "graceful" | "by-force";
}

/** Reads a pod; undefined where it does not run yet, runs no more, or belongs to no revision. */
export function podFacts({ metadata, spec, status }: V1Pod): PodFacts | undefined {
    const revision = revisionLabels.map((label) => metadata?.labels?.[label]).find((value) => value !== undefined);
    const service = metadata?.labels?.[serviceLabel];
    const container = spec?.containers[0];
    if (revision === undefined || service === undefined || container === undefined || status?.phase !== "Running" || status.podIP === undefined) {
        return undefined;
    }
    return {
        uid: metadata?.uid ?? "",
        namespace: metadata?.namespace ?? "",
        name: metadata?.name ?? "",
        service,
        revision,
        version: metadata?.labels?.["app.kubernetes.io/version"] ?? revision,
        address: status.podIP,
        configMapName: spec?.volumes?.find(({ configMap }) => configMap !== undefined)?.configMap?.name,
        memoryLimitBytes: quantity(container.resources?.limits?.memory) ?? Number.POSITIVE_INFINITY,
        drainMs: (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1_000,
        // The watch gives times as text, whatever the types say.
        startedAtMs: status.startTime === undefined ? Date.now() : new Date(status.startTime).getTime(),
        restarts: status.containerStatuses?.find(({ name }) => name === container.name)?.restartCount ?? 0,
        deletion: metadata?.deletionTimestamp === undefined ? "none" : metadata.deletionGracePeriodSeconds === 0 ? "by-force" : "graceful",
    };
}
