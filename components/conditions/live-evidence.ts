import { type EvidenceSources, collectEvidence } from "../../adapters/evidence.ts";
import { podPages } from "../../adapters/pod-metrics/page.ts";
import { metricWitness, probeRunner } from "../../adapters/probes.ts";
import { prometheusClient } from "../../adapters/prometheus.ts";
import type { MetricsConfig } from "../../config.ts";
import type { Criterion, ProbeName } from "../../rollout/criterion.ts";
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
    const { prometheusUrl, gatewayUrl, podProxyUrl, scrapeIntervalSeconds } = metrics;
    return async (move, enteredAt, criteria) => {
        const pages = podPages(podProxyUrl === undefined ? {} : { proxyUrl: podProxyUrl });
        const probes = probeRunner({ gatewayUrl, hostname, events: metricWitness({ pods, pages }) });
        const scope = { namespace, service, stable: move.stable.name, candidate: move.candidate.name, enteredAt, scrapeIntervalSeconds };
        try {
            return await collectEvidence({ ...scope, probes: probesOf(criteria) }, { prometheus: prometheusClient({ url: prometheusUrl }), pods, probes });
        } finally {
            await Promise.all([probes.close(), pages.close()]);
        }
    };
}

function probesOf(criteria: readonly Criterion[]): readonly ProbeName[] {
    return criteria.flatMap(({ measure }) => (measure.kind === "probe" ? [measure.probe] : []));
}
