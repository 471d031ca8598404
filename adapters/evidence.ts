import type { ProbeName } from "../rollout/criterion.ts";
import type { Evidence } from "../rollout/evidence.ts";
import type { PodReader } from "./evidence/pod-reader.ts";
import type { ProbeRunner } from "./probes.ts";
import type { PrometheusClient } from "./prometheus.ts";

export type { LivePod, PodReader } from "./evidence/pod-reader.ts";

/** What evidence is about. */
export interface EvidenceScope {
    readonly namespace: string;
    readonly service: string;
    /** Name of the stable revision. */
    readonly stable: string;
    /** Name of the candidate, if there is one. */
    readonly candidate?: string;
    /** When the step was entered, by the API server's clock: ISO 8601. Metrics from before are never looked at. */
    readonly enteredAt: string;
    /** How far back to look, in seconds. Left out: to the beginning of the step. */
    readonly windowSeconds?: number;
    /** Probes to run against the candidate. @default none */
    readonly probes?: readonly ProbeName[];
}

/** Where evidence comes from. */
export interface EvidenceSources {
    readonly prometheus: PrometheusClient;
    readonly pods: PodReader;
    /** Without one, every probe that is asked for has failed. */
    readonly probes?: ProbeRunner;
}

/** Looks at everything that a step is judged by. Never throws: what can't be seen is `missing` with its reason, and a probe that can't be run has failed. */
export declare function collectEvidence(scope: EvidenceScope, sources: EvidenceSources): Promise<Evidence>;
