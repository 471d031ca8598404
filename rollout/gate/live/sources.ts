import { defined } from "../../defined.ts";
import type { EvidenceSources, LivePod } from "./evidence.ts";
import { type PodPages, podPages } from "../../watch/live/pod-metrics/page.ts";
import type { PodSeries } from "../pod-series.ts";
import type { Probes } from "../probe.ts";
import { type ProbeRunner, probeRunner } from "./probes.ts";
import type { ProbedPod } from "./probes/context.ts";
import type { TesterAccess } from "../../route/live/tester-access.ts";
import { type PrometheusLocation, stackPrometheus } from "./stack-prometheus.ts";
import type { GatewayStatistics } from "../../settings/gateway-statistics.ts";

/** Where a stack's evidence is to be found. */
export interface EvidenceSourcesArgs extends PrometheusLocation {
    /** Where the gateway that probes go through is reached. */
    readonly gatewayUrl: string;
    /** Whose statistics say what users got. If omitted, every view of the gateway is missing. */
    readonly gateway?: GatewayStatistics | undefined;
    /** What the pods show. */
    readonly podSeries: PodSeries | undefined;
    /** The probes that there are. */
    readonly probes: Probes;
    /** Where modules of the program are: functions among the probes are loaded from there. */
    readonly folder: string;
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

/** Opens all that evidence of a stack comes from. @throws where an address is not valid. */
export function openEvidenceSources({
    gatewayUrl,
    gateway,
    podSeries,
    probes: known,
    folder,
    hostname,
    testers,
    podProxyUrl,
    pods,
    ...location
}: EvidenceSourcesArgs): OpenEvidenceSources {
    const pages = podPages(defined({ proxyUrl: podProxyUrl }));
    const probes = probeRunner({
        probes: known,
        folder,
        gatewayUrl,
        hostname,
        testers,
        pods: async (revision) => podsWithPages(await pods.pods(revision), pages),
    });
    return {
        prometheus: stackPrometheus(location),
        pods,
        podSeries,
        gateway,
        probes,
        close: async () => {
            await Promise.all([probes.close(), pages.close()]);
        },
    };
}

/** Pods as probes see them. One that has no address yet can't be asked. */
export function podsWithPages(pods: readonly LivePod[], pages: PodPages): readonly ProbedPod[] {
    return pods.flatMap(({ name, address }) => (address === undefined ? [] : [{ name, metrics: () => pages.read(address) }]));
}
