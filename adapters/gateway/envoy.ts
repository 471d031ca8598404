import type { GatewayStatistics } from "../../config.ts";
import { histogramOf } from "../evidence/observation.ts";
import { type BackendScope, type GatewaySeries, type Grown, filledIn, sumOf } from "./series.ts";

/**
 * Envoy's statistics of the cluster that is a revision's backend.
 *
 * Envoy charges an answer to the cluster's codes when its headers come, and its own answers too: 504 at the time limit, 503 for a connection that was refused or
 * reset before the headers, 503 without an endpoint. So the codes carry what users got, but for answers that broke off after their headers: these count as
 * what the headers said. A time limit without a 504 and a reset without a 503 are such answers, and are added to the failed ones. Repeated attempts are charged
 * elsewhere. A client that goes away is charged with nothing. https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
 */
export function envoySeries({ clusterName }: GatewayStatistics & { readonly kind: "envoy" }, scope: BackendScope): GatewaySeries {
    const counter = (name: string) => ({ metric: `envoy_cluster_upstream_${name}`, labels: { envoy_cluster_name: filledIn(clusterName, scope) } });
    return {
        marker: counter("rq_total"),
        counters: {
            classes: counter("rq_xx"),
            codes: counter("rq"),
            timeouts: counter("rq_timeout"),
            triesTimedOut: counter("rq_per_try_timeout"),
            resets: counter("rq_rx_reset"),
            // HTTP/1.1 has no reset of a stream: the backend closes the connection in the middle of a request.
            connectionsBroken: counter("cx_destroy_remote_with_active_rq"),
            connectionsRefused: counter("cx_connect_fail"),
            retries: counter("rq_retry"),
            latency: counter("rq_time_bucket"),
        },
        labels: ["envoy_response_code_class", "envoy_response_code", "le"],
        requests: (grown) => countsOf(grown),
        // Envoy's unit is a millisecond.
        latency: (grown) => histogramOf("envoy_cluster_upstream_rq_time_bucket", grown("latency"), 0.001),
    };
}

function countsOf(grown: Grown): ReturnType<GatewaySeries["requests"]> {
    const classed = (digit: string): number =>
        sumOf(
            "upstream_rq_xx",
            grown("classes").filter(({ labels }) => labels.envoy_response_code_class === digit),
        );
    const coded = (code: string): number =>
        sumOf(
            "upstream_rq",
            grown("codes").filter(({ labels }) => labels.envoy_response_code === code),
        );
    const counted = (name: string): number => sumOf(name, grown(name));
    const total = ["2", "3", "4", "5"].reduce((sum, digit) => sum + classed(digit), 0);
    const retries = counted("retries");
    const resets = counted("resets") + counted("connectionsBroken");
    const timedOut = counted("timeouts") + Math.max(0, counted("triesTimedOut") - retries);
    const cutByTime = Math.max(0, timedOut - coded("504"));
    const cutByReset = Math.max(0, resets - coded("503") - retries);
    const failed = Math.min(total, classed("5") + cutByTime + cutByReset);
    const [unauthorized, forbidden, notFound] = [coded("401"), coded("403"), coded("404")];
    return {
        total,
        failed,
        timedOut: Math.min(failed, timedOut),
        unanswered: Math.min(failed, cutByReset + Math.min(coded("503"), resets - cutByReset + counted("connectionsRefused"))),
        clientErrors: { unauthorized, forbidden, notFound, other: Math.max(0, classed("4") - unauthorized - forbidden - notFound) },
        retries,
    };
}
