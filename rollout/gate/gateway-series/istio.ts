import { type Matchers, like, not, unlike } from "./promql.ts";
import { envoyBoundsSeconds } from "./envoy.ts";
import type { GatewayCounter, GatewaySeries } from "./counter.ts";

/** Flags of a request that got no answer of a pod: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage */
const [timeLimit, noAnswer] = [flagged("UT|UMSDR|SI"), flagged("UC|UF|UH|UO|UR|UPE|LR|URX")];
/** No status was sent, and it was not the caller who went away. */
const nothingSent: Matchers = { response_code: "0", response_flags: unlike(flagged("DC")) };

/**
 * Istio's standard metrics, as its ingress gateway reports them.
 *
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */
export const istioSeries: GatewaySeries = {
    presence: counter(),
    requests: [counter({ response_code: not("0") }), counter(nothingSent)],
    answers: { ...counter(), statusLabel: "response_code" },
    // A connection that breaks after the status was sent keeps that status.
    failed: [
        counter({ response_code: like("5..") }),
        counter(nothingSent),
        counter({ response_code: unlike("5..|0"), response_flags: like(`${timeLimit}|${noAnswer}`) }),
    ],
    timedOut: [counter({ response_code: "504" }), counter({ response_code: not("504"), response_flags: like(timeLimit) })],
    unanswered: [counter({ response_flags: like(noAnswer) })],
    latency: { ...counter({}, "istio_request_duration_milliseconds_bucket"), unitSeconds: 0.001, boundsSeconds: envoyBoundsSeconds },
};

function counter(matchers: Matchers = {}, metric = "istio_requests_total"): GatewayCounter {
    return {
        metric,
        backend: { reporter: "source", destination_service_namespace: "{namespace}", destination_service_name: "{service}-{revision}" },
        matchers,
    };
}

/** A list of flags, set apart by commas, with one of these in it. */
function flagged(flags: string): string {
    return `(.*,)?(${flags})(,.*)?`;
}
