import type { GatewayName } from "./gateways.ts";
import type { Behaviour } from "./pod-behaviour.ts";

/** What becomes of one request, and what Envoy counts for it. */
export interface CounterRow {
    /** Name of the row's own Service. */
    readonly service: string;
    /** What happens, in words. */
    readonly happens: string;
    /** How the pods treat a request; or that no connection can be made, that there is no endpoint, or no Service. */
    readonly pods: Behaviour | "refuse" | "unreachable" | "none" | "no Service";
    /** Whether a failed try is repeated once, which Contour's HTTPProxy can ask for and its HTTPRoute can't. @default false */
    readonly retried?: true;
    /** The user waits no longer than this, in milliseconds. @default until the end */
    readonly patienceMs?: number;
    /** What the user gets. */
    readonly got: string;
    /** What one request adds to each counter of the backend's cluster, by its name without `envoy_cluster_upstream_`. What is left out stays. */
    readonly counts: Readonly<Record<string, number>>;
    /** What differs on Envoy Gateway. @default nothing */
    readonly elsewhere?: Partial<Pick<CounterRow, "got" | "counts">>;
}

const answered = (status: number): CounterRow["counts"] => ({
    rq_total: 1,
    rq_completed: 1,
    [`rq_xx{${String(Math.floor(status / 100))}}`]: 1,
    [`rq{${String(status)}}`]: 1,
});

/** An answer that the pod gave whole. */
const whole = (status: number): CounterRow["counts"] => ({ ...answered(status), rq_time_count: 1 });

/** An answer of Envoy itself, without a request to any pod. */
const unsent = (status: number): CounterRow["counts"] => ({ ...answered(status), rq_total: 0 });

/** Every kind of request, measured on the real gateway: gateway-counters.test.ts sends them, and docs/gateway-counters.md shows them. */
export const counterTable: readonly CounterRow[] = [
    { service: "ok", happens: "the pod answers 200", pods: "says-200", got: "200", counts: whole(200) },
    { service: "error", happens: "the pod answers 500", pods: "says-500", got: "500", counts: whole(500) },
    { service: "unavailable", happens: "the pod answers 503", pods: "says-503", got: "503", counts: whole(503) },
    { service: "bad-request", happens: "the pod answers 400", pods: "says-400", got: "400", counts: whole(400) },
    { service: "not-found", happens: "the pod answers 404", pods: "says-404", got: "404", counts: whole(404) },
    {
        service: "nonsense",
        happens: "the pod answers what is not HTTP",
        pods: "says-nonsense",
        got: "502",
        counts: { ...answered(502), cx_protocol_error: 1, cx_destroy_local_with_active_rq: 1 },
    },
    { service: "refused", happens: "the connection is refused", pods: "refuse", got: "503", counts: { ...unsent(503), cx_connect_fail: 1 } },
    {
        service: "unreachable",
        happens: "the connection is not made within 2 s",
        pods: "unreachable",
        got: "503",
        counts: { ...unsent(503), cx_connect_fail: 1, cx_connect_timeout: 1 },
        // It waits 10 s for a connection, so the route's own limit, of 4 s in this row, comes first.
        elsewhere: { got: "504", counts: { ...unsent(504), rq_timeout: 1, rq_cancelled: 1 } },
    },
    { service: "reset", happens: "a reset before the headers", pods: "resets", got: "503", counts: { ...answered(503), cx_destroy_remote_with_active_rq: 1 } },
    {
        service: "closed",
        happens: "an orderly end before the headers",
        pods: "closes",
        got: "503",
        counts: { ...answered(503), cx_destroy_remote_with_active_rq: 1 },
    },
    {
        service: "reset-late",
        happens: "a reset after the headers",
        pods: "resets-late",
        got: "200, cut off",
        counts: { ...answered(200), cx_protocol_error: 1, cx_destroy_remote_with_active_rq: 1 },
    },
    {
        service: "closed-late",
        happens: "an end amid the body",
        pods: "closes-late",
        got: "200, cut off",
        counts: { ...answered(200), cx_protocol_error: 1, cx_destroy_remote_with_active_rq: 1 },
    },
    {
        service: "hanging",
        happens: "no answer within `backendRequest`",
        pods: "hangs",
        got: "504",
        counts: { ...answered(504), rq_timeout: 1, cx_destroy_local_with_active_rq: 1 },
    },
    {
        service: "hanging-late",
        happens: "headers, and no whole body within `backendRequest`",
        pods: "hangs-late",
        got: "200, cut off",
        counts: { ...answered(200), rq_timeout: 1, cx_destroy_local_with_active_rq: 1 },
    },
    {
        service: "no-endpoint",
        happens: "no ready endpoint",
        pods: "none",
        got: "503",
        counts: { ...unsent(503), cx_none_healthy: 1 },
        elsewhere: { counts: {} },
    },
    { service: "no-service", happens: "no such Service, and no other backend", pods: "no Service", got: "500", counts: {} },
    {
        service: "impatient",
        happens: "the user goes away before the answer",
        pods: "takes-1-s",
        patienceMs: 300,
        got: "nothing",
        counts: { rq_total: 1, cx_destroy_local_with_active_rq: 1 },
    },
    {
        service: "retried",
        happens: "503, and 200 at the second try",
        pods: "says-503-then-200",
        retried: true,
        got: "200",
        counts: { ...whole(200), rq_total: 2, rq_retry: 1, rq_retry_success: 1, cx_destroy_local_with_active_rq: 1 },
    },
    {
        service: "retried-in-vain",
        happens: "503 at both tries",
        pods: "says-503",
        retried: true,
        got: "503",
        counts: { ...whole(503), rq_total: 2, rq_retry: 1, cx_destroy_local_with_active_rq: 1 },
    },
    {
        service: "retried-resets",
        happens: "a reset at both tries",
        pods: "resets",
        retried: true,
        got: "503",
        counts: { ...answered(503), rq_total: 2, rq_retry: 1, cx_destroy_remote_with_active_rq: 2 },
        elsewhere: { counts: { ...answered(503), cx_destroy_remote_with_active_rq: 1 } },
    },
    {
        service: "retried-hanging",
        happens: "no answer within 1 s at both tries",
        pods: "hangs",
        retried: true,
        got: "504",
        counts: { ...answered(504), rq_total: 2, rq_retry: 1, rq_per_try_timeout: 2, cx_destroy_local_with_active_rq: 2 },
        elsewhere: { counts: { ...answered(504), rq_per_try_timeout: 1, cx_destroy_local_with_active_rq: 1 } },
    },
];

/** The table as it is on a gateway. */
export function counterTableOf(gateway: GatewayName): readonly CounterRow[] {
    return counterTable.map(({ elsewhere, ...row }) => ({ ...row, ...(gateway === "contour" ? {} : elsewhere) }));
}

/** Counters that the table tells of. Those of Envoy's own making that follow from these, or say the same in other words, are left out. */
export const tabledCounters = [
    "rq_total",
    "rq_completed",
    "rq_xx",
    "rq",
    "rq_time_count",
    "rq_timeout",
    "rq_per_try_timeout",
    "rq_rx_reset",
    "rq_tx_reset",
    "rq_cancelled",
    "rq_retry",
    "rq_retry_success",
    "cx_connect_fail",
    "cx_connect_timeout",
    "cx_none_healthy",
    "cx_protocol_error",
    "cx_destroy_local_with_active_rq",
    "cx_destroy_remote_with_active_rq",
] as const;

const heading = ["| what happens | the user gets | what counts up, of `envoy_cluster_upstream_...` |", "| --- | --- | --- |"];

/** The table as docs/gateway-counters.md shows it. */
export function shownCounterTable(): readonly string[] {
    return [...heading, ...counterTable.map(shown)];
}

/** The rows that differ on Envoy Gateway, as docs/gateway-counters.md shows them. */
export function shownDifferences(): readonly string[] {
    const different = counterTable.filter(({ elsewhere }) => elsewhere !== undefined).map(({ service }) => service);
    return [
        ...heading,
        ...counterTableOf("envoy-gateway")
            .filter(({ service }) => different.includes(service))
            .map(shown),
    ];
}

function shown({ happens, retried, got, counts }: CounterRow): string {
    const up = Object.entries(counts).filter(([, by]) => by > 0);
    const names = up.map(([name, by]) => `\`${name}\`${by === 1 ? "" : ` ${String(by)} times`}`).join(", ");
    return `| ${retried ? "retried: " : ""}${happens} | ${got} | ${names === "" ? "nothing" : names} |`;
}
