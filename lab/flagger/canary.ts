/** How Flagger is to roll out a Deployment. */
export interface CanaryArgs {
    /** Name of the Deployment, and of the HTTPRoute that Flagger makes. */
    readonly name: string;
    readonly hostname: string;
    readonly prometheusUrl: string;
    /** Time between two checks. Flagger raises what is below 10 s to that. */
    readonly intervalSeconds: number;
    /** Failed checks after which it is rolled back. */
    readonly threshold: number;
    /** Window of the query. */
    readonly windowSeconds: number;
    /** Share of failed requests that is allowed, in percent. */
    readonly mostErrorPercent: number;
    /** Time limit that the route gives a backend. */
    readonly backendSeconds: number;
    readonly stepWeights: readonly number[];
}

/**
 * The Canary and its query: what Flagger asks of Contour's Envoy.
 *
 * @see https://github.com/fluxcd/flagger/blob/main/pkg/metrics/observers/contour.go
 * @see https://docs.flagger.app/tutorials/gatewayapi-progressive-delivery
 */
export function canaryObjects(args: CanaryArgs): readonly object[] {
    const { name, hostname, prometheusUrl, intervalSeconds, threshold, windowSeconds, mostErrorPercent, backendSeconds, stepWeights } = args;
    const cluster = 'envoy_cluster_name=~"{{ namespace }}_{{ target }}-canary_[0-9a-zA-Z-]+"';
    const rate = (more: string): string => `sum(rate(envoy_cluster_upstream_rq{${cluster}${more}}[{{ interval }}]))`;
    return [
        {
            apiVersion: "flagger.app/v1beta1",
            kind: "MetricTemplate",
            metadata: { name: "success-percent" },
            spec: { provider: { type: "prometheus", address: prometheusUrl }, query: `100 * ${rate(',envoy_response_code!~"5.*"')} / ${rate("")}` },
        },
        {
            apiVersion: "flagger.app/v1beta1",
            kind: "Canary",
            metadata: { name },
            spec: {
                targetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
                progressDeadlineSeconds: 120,
                service: {
                    port: 80,
                    portName: "http",
                    targetPort: "http",
                    timeout: `${String(backendSeconds)}s`,
                    hosts: [hostname],
                    gatewayRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "gateway-system", name: "public" }],
                },
                analysis: {
                    interval: `${String(intervalSeconds)}s`,
                    threshold,
                    stepWeights: [...stepWeights],
                    metrics: [
                        {
                            name: "success-percent",
                            templateRef: { name: "success-percent" },
                            thresholdRange: { min: 100 - mostErrorPercent },
                            interval: `${String(windowSeconds)}s`,
                        },
                    ],
                },
            },
        },
    ];
}
