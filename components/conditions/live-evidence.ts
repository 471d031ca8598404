import { type EvidenceSources, collectEvidence } from "../../adapters/evidence.ts";
import { openEvidenceSources } from "../../adapters/evidence-sources.ts";
import type { MetricsConfig } from "../../config.ts";
import { probesOf } from "../../rollout/criteria.ts";
import type { GateParts } from "./gate.ts";

export interface LiveEvidenceArgs {
    readonly namespace: string;
    readonly service: string;
    /** Host name that users call. */
    readonly hostname: string;
    readonly metrics: MetricsConfig;
    readonly pods: EvidenceSources["pods"];
}

/** Collects what a gate is judged on, from the sources that a stack configures. Connections are made for one look and closed after it. */
export function liveEvidence({ namespace, service, hostname, metrics, pods }: LiveEvidenceArgs): GateParts["collect"] {
    return async (move, enteredAt, criteria) => {
        const sources = openEvidenceSources({ ...metrics, hostname, pods });
        const { scrapeIntervalSeconds } = metrics;
        const scope = { namespace, service, stable: move.stable.name, candidate: move.candidate.name, enteredAt, scrapeIntervalSeconds };
        try {
            return await collectEvidence({ ...scope, probes: probesOf(criteria) }, sources);
        } finally {
            await sources.close();
        }
    };
}
