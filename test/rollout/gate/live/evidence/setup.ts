import { afterEach, beforeEach } from "vitest";

import { defined } from "../../../../../rollout/defined.ts";
import { type EvidenceScope, type LivePod, type PodReader, collectEvidence } from "../../../../../rollout/gate/live/evidence.ts";
import type { PodSeries } from "../../../../../rollout/gate/pod-series.ts";
import type { GatewayStatistics } from "../../../../../rollout/settings/gateway-statistics.ts";
import { podSeries } from "../../../pod-series.ts";
import type { ProbeRunner } from "../../../../../rollout/gate/live/probes.ts";
import { prometheusClient } from "../../../../../rollout/gate/live/prometheus.ts";
import type { Evidence, Observation, RevisionEvidence } from "../../../../../rollout/gate/evidence.ts";
import { PrometheusPlayer } from "./prometheus-player.ts";
import { type WorldProcess, type WorldSeries, every, seriesOf, worldScope } from "./world.ts";

/** The present, in seconds since the epoch, by Prometheus' clock and by the API server's. */
export const now = 1_800_000_000;

/** A step that was entered ten minutes ago. */
export const scope: EvidenceScope = {
    ...worldScope,
    stable: "v1",
    candidate: "v2",
    enteredAt: new Date((now - 600) * 1_000).toISOString(),
    scrapeIntervalSeconds: 15,
};

/** Two stable pods and a candidate, all older than the step, each scraped every 15 s at moments of its own. */
export const processes: readonly WorldProcess[] = [
    { pod: "v1-a", revision: "v1", startedAtSeconds: now - 5_000, scrapes: every(15, now - 3_000 + 1, now) },
    { pod: "v1-b", revision: "v1", startedAtSeconds: now - 5_000, scrapes: every(15, now - 3_000 + 8, now) },
    { pod: "v2-a", revision: "v2", startedAtSeconds: now - 900, scrapes: every(15, now - 870 + 4, now), failuresPerSecond: 2 },
];

/** A pod as the API server has it. */
export function pod(name: string, changes: Partial<LivePod> = {}): LivePod {
    return { name, ready: true, restarts: 0, recentRestarts: 0, address: "10.0.0.1", readySinceSeconds: now - 800, cpuRequestCores: 0.5, ...changes };
}

/** An API server with the pods of {@link processes}. */
export class FixedPods implements PodReader {
    byRevision: Readonly<Record<string, readonly LivePod[]>> = { v1: [pod("v1-a"), pod("v1-b")], v2: [pod("v2-a")] };
    nowSeconds = now;
    failure: Error | undefined;

    pods(revision: string): Promise<readonly LivePod[]> {
        return this.#orFailure(this.byRevision[revision] ?? []);
    }

    autoscaler(): Promise<undefined> {
        return this.#orFailure(undefined);
    }

    serverNow(): Promise<Date> {
        return this.#orFailure(new Date(this.nowSeconds * 1_000));
    }

    #orFailure<T>(value: T): Promise<T> {
        return this.failure === undefined ? Promise.resolve(value) : Promise.reject(this.failure);
    }
}

/** A service with two revisions, Prometheus and the API server: sound before each test. */
export class Setup {
    readonly player = new PrometheusPlayer();
    pods = new FixedPods();
    podSeries: PodSeries | undefined = podSeries;
    gateway: GatewayStatistics | undefined;
    url = "";

    constructor() {
        beforeEach(async () => {
            this.url = await this.player.start();
            this.player.series = processes.flatMap(seriesOf);
            this.player.nowSeconds = now;
            this.player.tamper = () => undefined;
            this.player.queries.length = 0;
            this.pods = new FixedPods();
            this.podSeries = podSeries;
            this.gateway = undefined;
        });
        afterEach(() => this.player.stop());
    }

    /** Evidence about {@link scope}. */
    collect(changes: Partial<EvidenceScope> = {}, probes?: ProbeRunner): Promise<Evidence> {
        const prometheus = prometheusClient({ url: this.url, timeoutMs: 1_000 });
        return collectEvidence(
            { ...scope, ...changes },
            { prometheus, pods: this.pods, podSeries: this.podSeries, gateway: this.gateway, ...defined({ probes }) },
        );
    }

    /** The candidate's part of it. */
    async candidate(changes: Partial<EvidenceScope> = {}): Promise<RevisionEvidence> {
        return candidateOf(await this.collect(changes));
    }

    /** Replaces series of the world. */
    change(how: (series: WorldSeries) => WorldSeries): void {
        this.player.series = this.player.series.map(how);
    }

    /** Replaces the samples of those series that `of` holds for. */
    resample(of: (labels: WorldSeries["labels"]) => boolean, how: (samples: WorldSeries["samples"]) => WorldSeries["samples"]): void {
        this.change(({ labels, samples }) => ({ labels, samples: of(labels) ? how(samples) : samples }));
    }
}

export function candidateOf({ candidate }: Evidence): RevisionEvidence {
    if (candidate === undefined) {
        throw new Error("the evidence holds no candidate");
    }
    return candidate;
}

export function valueOf<T>(observation: Observation<T>): T {
    if (observation.kind === "missing") {
        throw new Error(observation.reason);
    }
    return observation.value;
}

export function reasonOf(observation: Observation<unknown>): string {
    if (observation.kind === "observed") {
        throw new Error(`it was observed: ${JSON.stringify(observation.value)}`);
    }
    return observation.reason;
}

/** The fields that come from Prometheus. */
export const measured = [
    "scrapes",
    "requests",
    "recentRequests",
    "latency",
    "latencyOnHit",
    "latencyOnMiss",
    "cache",
    "cpuUtilisation",
    "memory",
    "databasePool",
    "databaseConnectionErrors",
    "criticalLogLines",
    "events",
] as const satisfies readonly (keyof RevisionEvidence)[];

/** A field that comes from Prometheus. */
export type Measured = (typeof measured)[number];

/** Fields that are not missing for a reason like `reason`. */
export function otherwise(evidence: RevisionEvidence, reason: RegExp): readonly string[] {
    return measured.filter((field) => evidence[field].kind === "observed" || !reason.test(reasonOf(evidence[field])));
}
