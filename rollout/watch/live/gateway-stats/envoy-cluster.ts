import type { Observation } from "../../../gate/evidence.ts";
import { type TimedState, slowSeconds, timedSince } from "../../overdue.ts";
import type { NewCounts } from "../../sequential.ts";
import { cutOffAnswers } from "../../../gate/live/gateway/envoy.ts";
import type { ExposedSample } from "../pod-metrics/exposition.ts";
import type { ReadingTime } from "../pod-metrics/process-look.ts";

/** What one Envoy has counted for one cluster since it began. What each counter says for each kind of fault is in docs/gateway-counters.md, measured. */
export interface EnvoyReading extends ReadingTime {
    readonly counters: {
        /** Answers that users got, those of Envoy itself included. Attempts that were repeated are not. */
        readonly completed: number;
        /** Of these, 500 to 599. A time limit, a refusal and a reset before the headers are among them. */
        readonly serverErrors: number;
        /** Of these, 504, 502 and 503. */
        readonly gatewayTimeouts: number;
        readonly badGateways: number;
        readonly unavailable: number;
        readonly timeouts: number;
        readonly triesTimedOut: number;
        /** Answers that broke, before their headers (502) or after them. */
        readonly brokenProtocol: number;
        /** With HTTP/2, streams that the backend reset, before their headers (503) or after them. */
        readonly streamResets: number;
        readonly retries: number;
        /** Requests that were handed to a connection. */
        readonly started: number;
        /** Requests that never got a connection. */
        readonly unconnected: number;
        /** Answers in the histogram of times, which Envoy renews every 5 s. */
        readonly timed: number;
        readonly slow: number;
    };
    /** Requests on a connection now. */
    readonly active: number;
    /** Requests that wait for a connection now. */
    readonly pending: number;
}

/** What is remembered of one Envoy from one look to the next. */
export interface EnvoySeen {
    readonly reading: EnvoyReading;
    readonly timed: TimedState;
}

const counterNames = [
    "rq_completed",
    "rq_5xx",
    "rq_504",
    "rq_502",
    "rq_503",
    "rq_timeout",
    "rq_per_try_timeout",
    "cx_protocol_error",
    "rq_rx_reset",
    "rq_retry",
    "rq_total",
    "rq_pending_failure_eject",
    "rq_cancelled",
    "rq_time",
];
const gaugeNames = ["rq_active", "rq_pending_active"];

/**
 * Expression that leaves of all statistics those of one cluster that are read here; and one that is always there, since an empty page can't be told from one that
 * was cut off. It is matched on Envoy's own names, before they become Prometheus': https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--stats?filter=regex
 */
export function filterOf(cluster: string): string {
    const name = cluster.replaceAll(/[^a-zA-Z0-9_]/g, String.raw`\$&`);
    return String.raw`^(server\.live|cluster\.${name}\.upstream_(${[...counterNames, ...gaugeNames].join("|")}))$`;
}

/** Reads a page of statistics. @throws when there is no such cluster, or a count is not a number. */
export function readingOf(cluster: string, samples: readonly ExposedSample[], time: ReadingTime): EnvoyReading {
    const own = samples.filter(({ labels }) => labels.envoy_cluster_name === cluster);
    const all = (name: string, labels: Readonly<Record<string, string>> = {}) =>
        own.filter(
            (sample) => sample.name === `envoy_cluster_upstream_${name}` && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
        );
    // Envoy shows a counter of answers from the first such answer on.
    const count = (name: string, labels?: Readonly<Record<string, string>>) => {
        const sum = all(name, labels).reduce((total, { value }) => total + value, 0);
        if (!Number.isSafeInteger(sum) || sum < 0) {
            throw new Error(`its envoy_cluster_upstream_${name} is ${String(sum)}`);
        }
        return sum;
    };
    if (all("rq_total").length === 0 || all("rq_active").length === 0) {
        throw new Error(
            `it has no cluster ${cluster}: no traffic is routed there yet, or the gateway names its clusters in another way (metrics.gateway.clusterName)`,
        );
    }
    const timed = count("rq_time_bucket", { le: "+Inf" });
    const bound = { le: String(slowSeconds * 1_000) };
    if (all("rq_time_bucket").length > 0 && all("rq_time_bucket", bound).length === 0) {
        throw new Error(`its envoy_cluster_upstream_rq_time has no bound at ${bound.le} ms`);
    }
    return {
        ...time,
        counters: {
            completed: count("rq_completed"),
            serverErrors: count("rq_xx", { envoy_response_code_class: "5" }),
            gatewayTimeouts: count("rq", { envoy_response_code: "504" }),
            badGateways: count("rq", { envoy_response_code: "502" }),
            unavailable: count("rq", { envoy_response_code: "503" }),
            timeouts: count("rq_timeout"),
            triesTimedOut: count("rq_per_try_timeout"),
            brokenProtocol: count("cx_protocol_error"),
            streamResets: count("rq_rx_reset"),
            retries: count("rq_retry"),
            started: count("rq_total"),
            unconnected: count("rq_pending_failure_eject") + count("rq_cancelled"),
            timed,
            slow: timed - count("rq_time_bucket", bound),
        },
        active: count("rq_active"),
        pending: count("rq_pending_active"),
    };
}

/** Requests that are new since the reading before. Missing at the first one, and when the instance began to count anew. */
export function countsSince(before: EnvoySeen | undefined, reading: EnvoyReading): { readonly counts: Observation<NewCounts>; readonly seen: EnvoySeen } {
    const first = { reading, timed: timedOf(undefined, reading).state };
    if (before === undefined) {
        return { counts: { kind: "missing", reason: "they were read once, and counts flow from the second time on" }, seen: first };
    }
    const [earlier, later] = [before.reading.counters, reading.counters];
    const grown = (name: keyof EnvoyReading["counters"]) => later[name] - earlier[name];
    const fallen = countedOnce.find((name) => grown(name) < 0);
    if (fallen !== undefined) {
        return { counts: { kind: "missing", reason: `the count of ${fallen} fell: it began anew` }, seen: first };
    }
    const { cutByTime, cutByReset } = cutOffAnswers({
        timeouts: grown("timeouts"),
        triesTimedOut: grown("triesTimedOut"),
        gatewayTimeouts: grown("gatewayTimeouts"),
        brokenProtocol: grown("brokenProtocol"),
        badGateways: grown("badGateways"),
        streamResets: grown("streamResets"),
        unavailable: grown("unavailable"),
        retries: grown("retries"),
    });
    const failed = grown("serverErrors") + cutByTime + cutByReset;
    const { state, timed, slow } = timedOf(before.timed, reading);
    // What breaks amid an answer is counted after the answer was.
    const total = Math.max(grown("completed"), failed);
    return { counts: { kind: "observed", value: { total, failed, timed, slow } }, seen: { reading, timed: state } };
}

function timedOf(state: TimedState | undefined, { counters, active, pending, ...time }: EnvoyReading) {
    return timedSince(state, {
        askedAtSeconds: time.askedAtSeconds,
        answeredAtSeconds: time.answeredAtSeconds,
        underWay: active + pending,
        // The histogram is seconds behind, so how long those took that have just ended isn't known.
        ended: { boundsSeconds: [Infinity], counts: [counters.started + counters.unconnected - active] },
        timed: counters.timed,
        slow: counters.slow,
    });
}

const countedOnce = [
    "completed",
    "serverErrors",
    "gatewayTimeouts",
    "badGateways",
    "unavailable",
    "timeouts",
    "triesTimedOut",
    "brokenProtocol",
    "streamResets",
    "retries",
    "started",
    "unconnected",
    "timed",
    "slow",
] as const;
