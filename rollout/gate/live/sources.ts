import { defined } from "../../defined.ts";
import type { EvidenceSources } from "./evidence.ts";
import { podPages } from "../../watch/live/pod-metrics/page.ts";
import { type ProbeRunner, metricWitness, probeRunner } from "./probes.ts";
import type { TesterAccess } from "../../route/live/tester-access.ts";
import { type PrometheusLocation, stackPrometheus } from "./stack-prometheus.ts";
import type { GatewayStatistics } from "../../settings/gateway-statistics.ts";

/** Where a stack's evidence is to be found. */
export interface EvidenceSourcesArgs extends PrometheusLocation {
    /** Where the gateway that probes go through is reached. */
    readonly gatewayUrl: string;
    /** Whose statistics say what users got. If omitted, every view of the gateway is missing. */
    readonly gateway?: GatewayStatistics | undefined;
    /** Host name that probes ask for. */
    readonly hostname: string;
    /** How probes reach the candidate. */
    readonly testers: TesterAccess;
    /**
     * HTTP proxy that leads to pods' addresses.
     *
     * @default none: pods are reached directly
     */
    readonly podProxyUrl?: string | undefined;
    readonly pods: EvidenceSources["pods"];
}

/** Sources with connections that are kept from look to look. The caller closes them. */
export interface OpenEvidenceSources extends EvidenceSources {
    readonly probes: ProbeRunner;
    close(): Promise<void>;
}

/**
 * Opens all that evidence of a stack comes from. Probes find their engagement events in the pods' own metrics.
 *
 * @throws where an address is not valid.
 */
export function openEvidenceSources({ gatewayUrl, gateway, hostname, testers, podProxyUrl, pods, ...location }: EvidenceSourcesArgs): OpenEvidenceSources {
    const pages = podPages(defined({ proxyUrl: podProxyUrl }));
    const probes = probeRunner({ gatewayUrl, hostname, testers, events: metricWitness({ pods, pages }) });
    return {
        prometheus: stackPrometheus(location),
        pods,
        gateway,
        probes,
        close: async () => {
            await Promise.all([probes.close(), pages.close()]);
        },
    };
}
