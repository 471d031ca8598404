/** What the metrics API says of one pod (metrics.k8s.io/v1beta1 PodMetrics). */
export interface PodMetrics {
    readonly apiVersion: "metrics.k8s.io/v1beta1";
    readonly kind: "PodMetrics";
    readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
    /** When the use was measured: RFC 3339. */
    readonly timestamp: string;
    /** Time over which the processor's use is an average. */
    readonly window: string;
    readonly containers: readonly { readonly name: string; readonly usage: { readonly cpu: string; readonly memory: string } }[];
}

/** A pod, as far as it is named here. */
export interface MeasuredPod {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** The container that shows the metrics. */
    readonly container: string;
}

/** What one pod uses. */
export interface PodUse {
    /** Processor, in cores, on average over the window. */
    readonly cpuCores: number;
    readonly memoryBytes: number;
}

/**
 * Time over which the processor's use is averaged, in seconds. An autoscaler does not count a pod before it has been ready for so long. Two scrapes must fall into it: where Prometheus
 * scrapes every 8 s or more rarely, nothing is known of any pod.
 */
export const windowSeconds = 15;

/** Queries to Prometheus for the use of all pods of a namespace; of all namespaces, where none is named. */
export function useQueries(namespace: string | undefined): { readonly cpuCores: string; readonly memoryBytes: string } {
    const place = namespace === undefined ? "" : `, namespace=${JSON.stringify(namespace)}`;
    const series = (...names: readonly string[]): string => `{__name__=~"${names.join("|")}"${place}}`;
    return {
        // A process shows the names of Prometheus' client libraries, or those of OpenTelemetry's conventions.
        cpuCores: `sum by (namespace, pod) (rate(${series("process_cpu_seconds_total", "process_cpu_time_seconds_total")}[${String(windowSeconds)}s]))`,
        memoryBytes: `sum by (namespace, pod) (${series("process_resident_memory_bytes", "process_memory_usage_bytes")})`,
    };
}

/** The metrics of those pods whose processor and memory use are both known. A pod without them is left out: "not measured" is not "uses nothing". */
export function podMetrics(pods: readonly MeasuredPod[], useOf: (pod: MeasuredPod) => Partial<PodUse>, measuredAt: Date): readonly PodMetrics[] {
    return pods.flatMap((pod) => {
        const { cpuCores, memoryBytes } = useOf(pod);
        if (cpuCores === undefined || memoryBytes === undefined) {
            return [];
        }
        return [
            {
                apiVersion: "metrics.k8s.io/v1beta1",
                kind: "PodMetrics",
                metadata: { name: pod.name, namespace: pod.namespace, labels: pod.labels },
                timestamp: measuredAt.toISOString(),
                window: `${String(windowSeconds)}s`,
                containers: [
                    { name: pod.container, usage: { cpu: `${String(Math.round(cpuCores * 1e9))}n`, memory: `${String(Math.round(memoryBytes / 1_024))}Ki` } },
                ],
            },
        ];
    });
}
