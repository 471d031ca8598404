import { type BackendScope, filledIn } from "../../backend-scope.ts";
import { histogramOf } from "../evidence/observation.ts";
import { type CounterSelector, type GatewaySeries, type Grown, sumOf } from "./series.ts";
import type { GatewayCounter, GatewayStatistics } from "../../../settings/gateway-statistics.ts";

type Queries = (GatewayStatistics & { readonly kind: "custom" })["queries"];

/** Counters of one's own gateway, as the stack's config names them. */
export function customSeries(queries: Queries, scope: BackendScope): GatewaySeries {
    const counter = ({ metric, labels }: GatewayCounter): CounterSelector => ({
        metric,
        labels: Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, filledIn(value, scope)])),
    });
    const { requests, latency, timedOut, unanswered, retries } = queries;
    return {
        marker: counter(requests),
        counters: {
            requests: counter(requests),
            latency: counter(latency),
            ...(timedOut === undefined ? {} : { timedOut: counter(timedOut) }),
            ...(unanswered === undefined ? {} : { unanswered: counter(unanswered) }),
            ...(retries === undefined ? {} : { retries: counter(retries) }),
        },
        labels: [requests.statusLabel, "le"],
        requests: (grown) => countsOf(queries, grown),
        latency: (grown) => histogramOf(latency.metric, grown("latency"), latency.unit === "seconds" ? 1 : 0.001),
    };
}

function countsOf(
    { requests: { metric, statusLabel }, timedOut: timeLimits, unanswered: broken }: Queries,
    grown: Grown,
): ReturnType<GatewaySeries["requests"]> {
    const answers = grown("requests").map(({ labels, amount }) => ({ labels, amount, status: statusOf(metric, statusLabel, labels[statusLabel]) }));
    const between = (from: number, to: number): number =>
        sumOf(
            metric,
            answers.filter(({ status }) => status >= from && status <= to),
        );
    const unanswered = broken === undefined ? 0 : sumOf(broken.metric, grown("unanswered"));
    const gatewayTimeouts = between(504, 504);
    const timedOut = timeLimits === undefined ? gatewayTimeouts : sumOf(timeLimits.metric, grown("timedOut"));
    const total = between(200, 599) + unanswered;
    // A time limit that gave no 504 cut an answer off.
    const failed = Math.min(total, between(500, 599) + unanswered + Math.max(0, timedOut - gatewayTimeouts));
    const [unauthorized, forbidden, notFound] = [between(401, 401), between(403, 403), between(404, 404)];
    return {
        total,
        failed,
        timedOut: Math.min(failed, timedOut),
        unanswered,
        clientErrors: { unauthorized, forbidden, notFound, other: between(400, 499) - unauthorized - forbidden - notFound },
        retries: sumOf("retries", grown("retries")),
    };
}

function statusOf(metric: string, label: string, status = ""): number {
    if (!/^[1-5]\d\d$/.test(status)) {
        throw new Error(`${metric} has a series with ${label}="${status}": the gate needs the status of every answer`);
    }
    return Number(status);
}
