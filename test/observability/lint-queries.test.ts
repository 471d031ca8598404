import { describe, expect, it } from "vitest";

import { type Expression, parseExpression } from "../../observability/lint/expression.ts";
import { checkQuery } from "../../observability/lint/queries.ts";
import { catalogueVocabulary, withRecorded } from "../../observability/lint/vocabulary.ts";

const own = 'namespace="n",service="s"';
/** The same without what testers asked. */
const users = `${own},audience!="testers"`;
const vocabulary = withRecorded(catalogueVocabulary(), "revision:errors:ratio_rate5m", new Set(["namespace", "service", "revision"]));

describe("the lint of queries finds", () => {
    it.each([
        ["a bracket too few", `sum(rate(http_requests_total{${users}}[5m])`, "no PromQL from character"],
        ["a word that is no PromQL", "errors are too many", "no PromQL from character"],
        ["a metric that nobody shows", `sum(rate(http_request_total{${own}}[5m]))`, "no metric is called 'http_request_total'"],
        ["a label that the metric does not have", `sum(rate(http_requests_total{${users},status="500"}[5m]))`, "http_requests_total has no label 'status'"],
        ["another service's series", 'sum(rate(http_requests_total{namespace="n"}[5m]))', "selected without 'service'"],
        ["what testers asked", `sum(rate(http_requests_total{${own}}[5m]))`, "http_requests_total is selected without 'audience'"],
        ["another namespace's pods", 'max by (pod) (kube_pod_status_phase{phase="Pending"})', "selected without 'namespace'"],
        ["another server's exporter", "max(pg_up)", "selected without 'job'"],
        ["another service's recordings", "revision:errors:ratio_rate5m > 1", "selected without 'namespace'"],
        ["a counter read as it is", `sum(http_requests_total{${users}}) > 100`, "the counter http_requests_total is read as it is"],
        ["a counter averaged over time", `avg_over_time(http_requests_total{${users}}[5m])`, "the counter http_requests_total is read as it is"],
        [
            "the bucket of a histogram read as it is",
            `sum(http_request_duration_seconds_bucket{${users}})`,
            "http_request_duration_seconds_bucket is read as it is",
        ],
        ["the rate of a gauge", `rate(process_resident_memory_bytes{${own}}[5m])`, "rate of process_resident_memory_bytes, which is a gauge"],
        ["the trend of a counter", `deriv(http_requests_total{${users}}[5m])`, "deriv of the counter http_requests_total"],
        ["the rate of a sum", `rate(sum(http_requests_total{${users}})[5m:1m])`, "take the rate first, then aggregate"],
        ["a window with too few scrapes", `sum(rate(http_requests_total{${users}}[30s]))`, "a window needs 4 scrapes of 15 s"],
        [
            "a quantile without buckets",
            `histogram_quantile(0.95, sum by (revision) (rate(http_request_duration_seconds_bucket{${users}}[5m])))`,
            "gets series without 'le'",
        ],
        [
            "gauges of a moment in a ratio",
            `database_pool_connections{${own}} / database_pool_connections_max{${own}}`,
            "the ratio takes database_pool_connections bare",
        ],
        [
            "two sides whose labels differ",
            `sum by (pod) (rate(http_request_timeouts_total{${users}}[5m])) / sum by (pod, code) (rate(http_requests_total{${users}}[5m]))`,
            "'/' meets pod on its left and code, pod on its right, so nothing matches",
        ],
        [
            "matching on a label that one side has lost",
            `sum by (namespace) (rate(http_requests_total{${users}}[5m])) > on (namespace, revision) sum by (namespace, revision) (rate(http_requests_total{${users}}[5m]))`,
            "'>' matches on 'revision', which the left side does not have: there are namespace",
        ],
        [
            "many series where one is needed",
            `sum by (namespace) (rate(http_requests_total{${users}}[5m])) / on (namespace) sum by (namespace, pod) (rate(http_requests_total{${users}}[5m]))`,
            "'/' may meet several series on its right side, told apart by pod",
        ],
        [
            "ignoring too little",
            `max by (pod) (up{${own},job="j"}) - ignoring (job) max by (instance) (up{${own},job="j"})`,
            "'-' ignores job, and pod and instance still differ",
        ],
        ["grouping by a label that nothing has", `sum by (cluster) (rate(http_requests_total{${users}}[5m]))`, "groups by 'cluster', which nothing here has"],
        ["a pattern without a pattern in it", `sum(rate(http_requests_total{${users},code=~"500"}[5m]))`, "compares 'code' as a pattern with plain text"],
    ])("%s", (_, query, problem) => {
        expect(checkQuery(query, vocabulary).problems.join("\n")).toContain(problem);
    });
});

describe("the lint of queries takes", () => {
    it.each([
        [
            "a ratio of rates",
            `sum by (revision) (rate(http_requests_total{${users},code=~"5.."}[5m])) / sum by (revision) (rate(http_requests_total{${users}}[5m]))`,
        ],
        ["an aggregated ratio of gauges", `sum by (pod) (database_pool_connections{${own}}) / sum by (pod) (database_pool_connections_max{${own}})`],
        ["a recording, which is aggregated already", `revision:errors:ratio_rate5m{${own}} / revision:errors:ratio_rate5m{${own}} > 1`],
        ["a quantile that keeps its buckets", `histogram_quantile(0.95, sum by (revision, le) (rate(http_request_duration_seconds_bucket{${users}}[5m])))`],
        [
            "one revision against all",
            `revision:errors:ratio_rate5m{${own}} - on (namespace, service) group_left () revision:errors:ratio_rate5m{${own},revision="a"}`,
        ],
        ["the absence of a counter", `absent(sum(http_requests_total{${users}}))`],
        ["a trend of a gauge", `max by (pod) (deriv(process_resident_memory_bytes{${own}}[1h])) > 1`],
        ["what a label is joined from", `label_replace(max by (pod) (up{${own},job="j"}), "revision", "$1", "pod", "s-(.+)") == 0`],
    ])("%s", (_, query) => {
        expect(checkQuery(query, vocabulary).problems).toEqual([]);
    });
});

describe("the labels of a query", () => {
    const labelsOf = (query: string): readonly string[] => {
        const { shape } = checkQuery(query, vocabulary);
        return shape.kind === "vector" ? [...shape.labels].sort() : ["a number"];
    };

    it.each([
        [`sum(rate(http_requests_total{${users}}[5m]))`, []],
        [`sum by (revision) (rate(http_requests_total{${users}}[5m]))`, ["revision"]],
        [`sum without (pod, instance, job, route, code, cache, audience) (rate(http_requests_total{${users}}[5m]))`, ["namespace", "revision", "service"]],
        [`absent(up{job="a",pod=~"b.+"})`, ["job"]],
        [`max by (pod) (up{${own},job="j"}) and on () vector(1)`, ["pod"]],
        [`sum by (pod) (up{${own},job="j"}) * on (pod) group_left (version) max by (pod, version) (service_info{${own}})`, ["pod", "version"]],
        ["time()", ["a number"]],
    ])("%s", (query, labels) => {
        expect(labelsOf(query)).toEqual(labels);
    });
});

describe("a parsed expression", () => {
    it("keeps matching, windows and arguments", () => {
        const expected: Expression = {
            kind: "binary",
            operator: "/",
            left: {
                kind: "call",
                name: "rate",
                args: [{ kind: "selector", metric: "a", conditions: [{ label: "b", operator: "!~", value: "c|d" }], windowSeconds: 5_400 }],
            },
            right: { kind: "aggregate", operator: "sum", grouping: { kind: "by", labels: ["e"] }, args: [{ kind: "selector", metric: "f", conditions: [] }] },
            matching: { kind: "on", labels: ["e"], group: "left", included: ["g"] },
        };
        expect(parseExpression('rate(a{b!~"c|d"}[1h30m]) / on (e) group_left (g) (sum by (e) (f))')).toEqual(expected);
    });
});
