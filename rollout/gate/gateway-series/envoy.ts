import type { Matchers } from "./promql.ts";
import type { GatewayCounter, GatewaySeries } from "./counter.ts";

/** Bounds of Envoy's default buckets, in seconds. https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--stats */
export const envoyBoundsSeconds: readonly number[] = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1_800, 3_600];

/**
 * Envoy's statistics of its clusters, one for each backend, as under Contour and Envoy Gateway. docs/gateway-counters.md has a table of what each counter says.
 *
 * Answers that Envoy gives in a backend's place (a time limit, a refused or reset connection, no pod) are in `upstream_rq_xx` too. An answer that is cut off
 * after its headers stands there as what the headers said: a time limit without a 504, a broken protocol without a 502, and with HTTP/2 a reset of a stream
 * without a 503.
 *
 * @param clusterName label `envoy_cluster_name` of a revision's backend, with placeholders.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
 */
export function envoySeries(clusterName: string): GatewaySeries {
    const counter = (name: string, matchers: Matchers = {}): GatewayCounter => ({
        metric: `envoy_cluster_upstream_${name}`,
        backend: { envoy_cluster_name: clusterName },
        matchers,
    });
    const answered = (status: string): GatewayCounter => counter("rq", { envoy_response_code: status });
    const retries = counter("rq_retry");
    /** A try has a time limit of its own: where it is not repeated, users get a 504 or half of an answer. */
    const cutOffInTry = { ...counter("rq_per_try_timeout"), beyond: [retries, answered("504")] };
    // The same definition as in rollout/gate/live/gateway/envoy.ts.
    const cutOff = [
        { ...counter("rq_timeout"), beyond: [answered("504")] },
        cutOffInTry,
        { ...counter("cx_protocol_error"), beyond: [answered("502")] },
        { ...counter("rq_rx_reset"), beyond: [answered("503"), retries] },
    ];
    return {
        presence: counter("rq_total"),
        requests: [counter("rq_xx")],
        answers: { ...counter("rq"), statusLabel: "envoy_response_code" },
        failed: [counter("rq_xx", { envoy_response_code_class: "5" }), ...cutOff],
        timedOut: [counter("rq_timeout"), { ...answered("504"), beyond: [counter("rq_timeout")] }, cutOffInTry],
        unanswered: [counter("cx_connect_fail"), counter("cx_destroy_remote_with_active_rq")],
        retries,
        latency: { ...counter("rq_time_bucket"), unitSeconds: 0.001, boundsSeconds: envoyBoundsSeconds },
    };
}
