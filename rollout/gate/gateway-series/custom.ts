import { type Matchers, like } from "./promql.ts";
import type { GatewayCounter, GatewaySeries } from "./counter.ts";
import type { GatewayCounter as ConfiguredCounter, GatewayStatistics } from "../../settings/gateway-statistics.ts";

type Queries = (GatewayStatistics & { readonly kind: "custom" })["queries"];

/** Counters of one's own, as the stack's config names them. */
export function customSeries({ requests, latency, timedOut, unanswered, retries }: Queries): GatewaySeries {
    const counter = ({ metric, labels }: ConfiguredCounter, matchers: Matchers = {}): GatewayCounter => ({ metric, backend: labels, matchers });
    const { statusLabel } = requests;
    const broken = unanswered === undefined ? [] : [counter(unanswered)];
    const timeLimits = counter(requests, { [statusLabel]: "504" });
    return {
        presence: counter(requests),
        requests: [counter(requests), ...broken],
        answers: { ...counter(requests), statusLabel },
        // A time limit that gave no 504 cut an answer off.
        failed: [
            counter(requests, { [statusLabel]: like("5..") }),
            ...broken,
            ...(timedOut === undefined ? [] : [{ ...counter(timedOut), beyond: [timeLimits] }]),
        ],
        timedOut: [timedOut === undefined ? timeLimits : counter(timedOut)],
        unanswered: broken,
        ...(retries === undefined ? {} : { retries: counter(retries) }),
        latency: { ...counter(latency), unitSeconds: latency.unit === "seconds" ? 1 : 0.001 },
    };
}
