import { documented as example } from "../../../../config/observability-pages.ts";
import { select } from "../../../../rollout/gate/gateway-series/promql.ts";
import type { GatewayStatistics } from "../../../../rollout/settings/gateway-statistics.ts";

/** A gateway of each kind, and how it counts: what the tests of rules and dashboards go through. */
export interface GatewayKind {
    readonly gateway: GatewayStatistics & { readonly kind: "envoy" | "istio" | "custom" };
    /** The series of answers with a status of one backend, called as its Service: `video-ranking-v1-0-0`. */
    readonly answers: (service: string, status: string) => string;
    /** The series of what fails besides answers of 500 to 599, where the gateway counts it apart. */
    readonly broken?: (service: string) => string;
}

const { namespace } = example;
const scraped = { namespace: "gateway-system", job: "gateway", instance: "gateway-a:8002" };

/** Every kind that can be read. */
export const gatewayKinds: readonly GatewayKind[] = [
    {
        gateway: { kind: "envoy", clusterName: "{namespace}/{service}-{revision}:8080 (public)" },
        answers: (service, status) =>
            select("envoy_cluster_upstream_rq_xx", {
                ...scraped,
                envoy_cluster_name: `${namespace}/${service}:8080 (public)`,
                envoy_response_code_class: status.charAt(0),
            }),
    },
    {
        gateway: { kind: "istio" },
        answers: (service, status) => select("istio_requests_total", { ...scraped, ...ofIstio(service), response_code: status, response_flags: "-" }),
        broken: (service) => select("istio_requests_total", { ...scraped, ...ofIstio(service), response_code: "200", response_flags: "UPE,UC" }),
    },
    {
        gateway: {
            kind: "custom",
            queries: {
                requests: {
                    metric: "traefik_service_requests_total",
                    labels: { service: "{namespace}-{service}-{revision}-80@kubernetes" },
                    statusLabel: "code",
                },
                latency: { metric: "traefik_latency_bucket", labels: { backend: "{namespace}.{service}-{revision}" }, unit: "seconds" },
                unanswered: { metric: "traefik_broken_total", labels: { backend: "{namespace}.{service}-{revision}", side: "upstream" } },
            },
        },
        answers: (service, status) =>
            select("traefik_service_requests_total", { job: scraped.job, service: `${namespace}-${service}-80@kubernetes`, code: status }),
        broken: (service) => select("traefik_broken_total", { job: scraped.job, backend: `${namespace}.${service}`, side: "upstream" }),
    },
];

function ofIstio(service: string): Readonly<Record<string, string>> {
    return { reporter: "source", destination_service_namespace: namespace, destination_service_name: service };
}
