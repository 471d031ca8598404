import { type BackendScope, filledIn } from "../../backend-scope.ts";
import { histogramOf } from "../evidence/observation.ts";
import { type GatewaySeries, type Grown, sumOf } from "./series.ts";
import type { GatewayStatistics } from "../../../settings/gateway-statistics.ts";

/**
 * Envoy's statistics of the cluster that is a revision's backend. What each counter says for each kind of fault is measured in docs/gateway-counters.md.
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

/** Growth of Envoy's counters that tell of answers cut off after their headers. Statuses are those that users got. */
export interface CutOffCounts {
    readonly timeouts: number;
    readonly triesTimedOut: number;
    /** Status 504. */
    readonly gatewayTimeouts: number;
    readonly brokenProtocol: number;
    /** Status 502. */
    readonly badGateways: number;
    readonly streamResets: number;
    /** Status 503. */
    readonly unavailable: number;
    readonly retries: number;
}

/**
 * Answers that users got in part: Envoy counts these under the status of their headers. The one definition for the gate and the quick alarm.
 *
 * `timedOut` are all requests that ran into a time limit, those that were cut off included.
 */
export function cutOffAnswers(grown: CutOffCounts): { readonly timedOut: number; readonly cutByTime: number; readonly cutByReset: number } {
    const timedOut = grown.timeouts + Math.max(0, grown.triesTimedOut - grown.retries);
    return {
        timedOut,
        cutByTime: Math.max(0, timedOut - grown.gatewayTimeouts),
        cutByReset: Math.max(0, grown.brokenProtocol - grown.badGateways) + Math.max(0, grown.streamResets - grown.unavailable - grown.retries),
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
    const { timedOut, cutByTime, cutByReset } = cutOffAnswers({
        timeouts: counted("timeouts"),
        triesTimedOut: counted("triesTimedOut"),
        gatewayTimeouts: coded("504"),
        brokenProtocol: counted("brokenProtocol"),
        badGateways: coded("502"),
        streamResets: counted("streamResets"),
        unavailable: coded("503"),
        retries,
    });
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
