import type { GatewayStatistics } from "../../config.ts";
import { histogramOf } from "../evidence/observation.ts";
import { type BackendScope, type GatewaySeries, type Grown, filledIn, sumOf } from "./series.ts";

/**
 * Envoy's statistics of the cluster that is a revision's backend. What each counter says for each kind of fault is measured in docs/gate.md, under 'What the
 * gateway's counters say'.
 *
 * An answer is charged to the codes when its headers come, and Envoy's own answers are too. So the codes carry what users got, but for answers that were cut off
 * after their headers: a time limit without a 504, a broken protocol without a 502, and with HTTP/2 a reset of a stream without a 503.
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
            // HTTP/1.1 has no reset of a stream: the backend closes the connection in the middle of an answer, or before one.
            brokenProtocol: counter("cx_protocol_error"),
            connectionsBroken: counter("cx_destroy_remote_with_active_rq"),
            streamResets: counter("rq_rx_reset"),
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
    const timedOut = counted("timeouts") + Math.max(0, counted("triesTimedOut") - retries);
    const cutByTime = Math.max(0, timedOut - coded("504"));
    const cutByReset = Math.max(0, counted("brokenProtocol") - coded("502")) + Math.max(0, counted("streamResets") - coded("503") - retries);
    const failed = Math.min(total, classed("5") + cutByTime + cutByReset);
    const brokenBefore = Math.max(0, counted("connectionsBroken") + counted("streamResets") - cutByReset) + counted("connectionsRefused");
    const [unauthorized, forbidden, notFound] = [coded("401"), coded("403"), coded("404")];
    return {
        total,
        failed,
        timedOut: Math.min(failed, timedOut),
        unanswered: Math.min(failed, cutByReset + Math.min(coded("503"), brokenBefore)),
        clientErrors: { unauthorized, forbidden, notFound, other: Math.max(0, classed("4") - unauthorized - forbidden - notFound) },
        retries,
    };
}
