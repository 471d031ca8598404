import { withoutTesters } from "./audience.ts";
import { added, ofUsers, withRevision } from "../rollout/gate/gateway-series/backend.ts";
import { gatewaySeries } from "../rollout/gate/gateway-series/series.ts";
import { type Matchers, like, number, select } from "../rollout/gate/gateway-series/promql.ts";
import { countWindowSeconds, rateWindowSeconds, recorded } from "./recorded.ts";
import type { Recording } from "./rule.ts";
import { type Scope, ofService } from "./scope.ts";
import type { GatewayCounter, GatewayPart } from "../rollout/gate/gateway-series/counter.ts";

/** Who counted the requests: the label `view`. The gateway has what users got, the pods what the service says of itself. */
export type View = "gateway" | "pods";

/** Whose counts are what users got: the pods' only where the stack says that it has no gateway to read. */
export function usersView({ gateway }: Pick<Scope, "gateway">): View {
    return gateway.kind === "none" ? "pods" : "gateway";
}

/** Statuses of client errors that are told apart: the label `status`. All others are `other`. */
export const clientStatuses = ["401", "403", "404", "other"] as const;

type Growth = "rate" | "increase";

/** How one view counts. Each gives one series a revision. */
interface Counting {
    /** Labels that all that is recorded of it gets. */
    readonly labels: Readonly<Record<string, string>>;
    readonly requests: (growth: Growth, windowSeconds: number) => string;
    readonly failed: (growth: Growth, windowSeconds: number) => string;
    readonly timedOut: (growth: Growth, windowSeconds: number) => string;
    /** One series for each status of {@link clientStatuses} that there was. */
    readonly clientErrors: (growth: Growth, windowSeconds: number) => string;
    readonly p95: string;
}

/** Requests of each revision, as the gateway and as the pods counted them. */
export function requestRecordings(scope: Scope): readonly Recording[] {
    const own = ofService(scope);
    const views = [podsCounting(scope), ...gatewayCounting(scope)];
    const ratio = (part: string): string =>
        `sum by (namespace, service, view) (${select(part, own)}) / sum by (namespace, service, view) (${select(recorded.requests, own)})`;
    return [
        ...views.flatMap(recordedOf),
        { record: recorded.errorRatio, expression: `${select(recorded.failed, own)} / ${select(recorded.requests, own)}` },
        { record: recorded.availability, expression: `1 - ${ratio(recorded.failed)}` },
    ];
}

function recordedOf({ labels, requests, failed, timedOut, clientErrors, p95 }: Counting): readonly Recording[] {
    const [rate, count] = [["rate", rateWindowSeconds] as const, ["increase", countWindowSeconds] as const];
    const expressions = {
        [recorded.requests]: requests(...rate),
        [recorded.failed]: failed(...rate),
        [recorded.requestCount]: requests(...count),
        [recorded.failedCount]: failed(...count),
        [recorded.timeoutRatio]: `${timedOut(...rate)} / ${requests(...rate)}`,
        [recorded.clientErrorCount]: clientStatuses.reduce(
            (all, status) => orZero(all, `label_replace(${requests(...count)}, "status", "${status}", "", "")`),
            clientErrors(...count),
        ),
        [recorded.p95]: p95,
    };
    return Object.entries(expressions).map(([record, expression]) => ({ record, expression, labels }));
}

/** What never happened has no series: where there were requests, it is 0. */
function orZero(part: string, all: string): string {
    return `${part} or ${all} * 0`;
}

function podsCounting(scope: Scope): Counting {
    const summed = (metric: string, matchers: Matchers, growth: Growth, windowSeconds: number): string =>
        `sum by (namespace, service, revision) (${growth}(${select(metric, { ...ofService(scope), ...withoutTesters(metric), ...matchers }, windowSeconds)}))`;
    const buckets = select(
        "http_request_duration_seconds_bucket",
        { ...ofService(scope), ...withoutTesters("http_request_duration_seconds") },
        rateWindowSeconds,
    );
    return {
        labels: { view: "pods" },
        requests: (growth, windowSeconds) => summed("http_requests_total", {}, growth, windowSeconds),
        failed: (...over) => orZero(summed("http_requests_total", { code: like("5..") }, ...over), summed("http_requests_total", {}, ...over)),
        timedOut: (growth, windowSeconds) => summed("http_request_timeouts_total", {}, growth, windowSeconds),
        clientErrors: (growth, windowSeconds) => {
            const counted = `${growth}(${select("http_requests_total", { ...ofService(scope), ...withoutTesters("http_requests_total"), code: like("4..") }, windowSeconds)})`;
            return `sum by (namespace, service, revision, status) (${byStatus(counted, "code")})`;
        },
        p95: `histogram_quantile(0.95, sum by (namespace, service, revision, le) (rate(${buckets})))`,
    };
}

/** None where the stack has no gateway whose statistics can be read. */
function gatewayCounting(scope: Scope): readonly Counting[] {
    const series = gatewaySeries(scope.gateway);
    if (series === undefined) {
        return [];
    }
    const ofRevisions = (counter: GatewayCounter, growth: Growth, windowSeconds: number, more: Matchers = {}): string =>
        withRevision(counter, scope, `${growth}(${ofUsers(counter, scope, more, windowSeconds)})`);
    const summed = (counters: readonly GatewayCounter[], growth: Growth, windowSeconds: number): string =>
        `sum by (revision) (${counters.map((counter) => ofRevisions(counter, growth, windowSeconds)).join(" or ")})`;
    const of = (parts: readonly GatewayPart[], growth: Growth, windowSeconds: number): string =>
        added(parts, (counter) => summed([counter], growth, windowSeconds), summed(series.requests, growth, windowSeconds));
    const { answers, latency } = series;
    return [
        {
            // The series have the gateway's own namespace.
            labels: { namespace: scope.namespace, service: scope.service, view: "gateway" },
            requests: (growth, windowSeconds) => summed(series.requests, growth, windowSeconds),
            failed: (growth, windowSeconds) => of(series.failed, growth, windowSeconds),
            timedOut: (growth, windowSeconds) => of(series.timedOut, growth, windowSeconds),
            clientErrors: (growth, windowSeconds) => {
                const counted = ofRevisions(answers, growth, windowSeconds, { [answers.statusLabel]: like("4..") });
                return `sum by (revision, status) (${byStatus(counted, answers.statusLabel)})`;
            },
            p95: `histogram_quantile(0.95, sum by (revision, le) (${ofRevisions(latency, "rate", rateWindowSeconds)})) * ${number(latency.unitSeconds)}`,
        },
    ];
}

/** `expression` with the label `status` made of the label that holds it. */
function byStatus(expression: string, label: string): string {
    return `label_replace(label_replace(${expression}, "status", "other", "", ""), "status", "$1", "${label}", "(401|403|404)")`;
}
