import { describe, expect, it } from "vitest";

import { alertsOf, ruleGroups } from "../../observability/catalogue.ts";
import { candidateLines } from "../../observability/dashboards/lines.ts";
import { dashboardFiles, dashboardsOf } from "../../observability/dashboards/index.ts";
import { dashboardUid } from "../../observability/dashboards/uid.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { type LintedDashboard, dashboardRules, expanded, readDashboard } from "../../observability/lint/dashboards.ts";
import { checkQuery } from "../../observability/lint/queries.ts";
import { catalogueVocabulary } from "../../observability/lint/vocabulary.ts";

const dashboards = dashboardsOf(example);
const files = dashboardFiles(example);

describe.each([...files])("the dashboard '%s'", (name, text) => {
    const dashboard = readDashboard(text);

    it.each(dashboardRules)("keeps $name", ({ check }) => {
        expect(check(dashboard)).toEqual([]);
    });

    it("asks for metrics and labels that there are, in ways that Prometheus answers", () => {
        const problems = dashboard.panels.flatMap(({ title, targets }) =>
            targets.flatMap(({ expr }) => checkQuery(expanded(expr), catalogueVocabulary()).problems.map((problem) => `${title}: ${problem}`)),
        );
        expect(problems).toEqual([]);
    });

    it("has no two panels of one name in a row, and none wider than the screen", () => {
        const spec = dashboards.find((each) => each.name === name);
        for (const { panels } of spec?.rows ?? []) {
            const titles = panels.map(({ title }) => title).filter((title) => title !== "Budget spent");
            expect(new Set(titles).size).toBe(titles.length);
            expect(panels.every(({ width = 8 }) => width <= 24)).toBe(true);
        }
    });

    it("fits into a ConfigMap, far below 1 MiB", () => {
        expect(Buffer.byteLength(text)).toBeLessThan(200_000);
    });
});

describe("the dashboards", () => {
    const alertNames = new Set(alertsOf(example).map((alert) => alert.name));
    const panels = dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels));

    it("have uids of their own that never change", () => {
        expect([...files.values()].map((text): unknown => JSON.parse(text)).map((dashboard) => (dashboard as { readonly uid: string }).uid)).toEqual([
            "video-ranking-overview",
            "video-ranking-canary",
            "video-ranking-rollouts",
            "video-ranking-on-call",
            "video-ranking-redis",
            "video-ranking-postgres",
            "video-ranking-clickhouse",
            "video-ranking-kafka",
        ]);
    });

    it("keep their uids short enough for Grafana, whatever the service is called", () => {
        const longest = "a".repeat(30);
        expect(dashboards.map(({ name }) => dashboardUid(longest, name).length).filter((length) => length > 40)).toEqual([]);
        expect(new Set(dashboards.map(({ name }) => dashboardUid(longest, name))).size).toBe(dashboards.length);
    });

    it("link to the lines of the log, where the stack says where they are read", () => {
        const links = { ...example.links, logs: "https://logs.example.com/$service?revision=$candidate" };
        const linked = [...dashboardFiles({ ...example, links })].filter(([, text]) => text.includes(links.logs)).map(([name]) => name);

        expect(linked).toEqual(["overview", "canary"]);
        expect([...files.values()].filter((text) => text.includes("Lines of the log"))).toEqual([]);
    });

    it("are the ones that alerts link to, each of them", () => {
        expect(new Set(alertsOf(example).map(({ dashboard }) => dashboard))).toEqual(new Set(dashboards.map(({ name }) => name)));
    });

    it("link to runbooks that there are", () => {
        expect(panels.flatMap(({ runbook }) => runbook ?? []).filter((runbook) => !alertNames.has(runbook))).toEqual([]);
        expect(panels.filter(({ runbook }) => runbook !== undefined).length).toBeGreaterThan(60);
    });

    it("draw the plan's lines, lowest first", () => {
        expect({ errors: candidateLines(example, "error-ratio"), latency: candidateLines(example, "latency-p95") }).toEqual({
            errors: [
                { value: 0.01, meaning: "caution" },
                { value: 0.05, meaning: "limit" },
            ],
            latency: [
                { value: 0.5, meaning: "caution" },
                { value: 1, meaning: "limit" },
            ],
        });
        expect(panels.filter(({ lines = [] }) => lines.some(({ value }, index) => value <= (lines[index - 1]?.value ?? Number.NEGATIVE_INFINITY)))).toEqual([]);
    });

    it("say nothing of the service that they are not made for", () => {
        const shop = [
            ...dashboardFiles({
                ...example,
                service: "shop",
                namespace: "shop-prod",
                links: { runbooks: "https://r.example.com", grafana: "https://g.example.com" },
            }).values(),
        ].join("");
        expect(/.{20}(video-ranking|nova-prod|v1-0-0).{20}/.exec(shop)?.[0]).toBeUndefined();
    });

    it("read raw metrics only: a recording has lost the job and the instance that are chosen above", () => {
        const recorded = ruleGroups(example).flatMap(({ recordings }) => recordings.map(({ record }) => record));
        expect(recorded.filter((record) => [...files.values()].some((text) => text.includes(record)))).toEqual([]);
    });
});

describe("a rule of the linter", () => {
    const good = readDashboard(files.get("canary") ?? "");
    const [panel] = good.panels.filter(({ type }) => type === "timeseries");
    const withPanel = (change: object): LintedDashboard => ({ ...good, panels: panel === undefined ? [] : [{ ...panel, ...change }] });
    const asking = (expr: string, type = "prometheus"): LintedDashboard => withPanel({ targets: [{ expr, datasource: { type } }] });
    const withVariable = (name: string, change: object): LintedDashboard => ({
        ...good,
        variables: good.variables.map((variable) => (variable.name === name ? { ...variable, ...change } : variable)),
    });
    const without = (name: string): LintedDashboard => ({ ...good, variables: good.variables.filter((variable) => variable.name !== name) });
    const chosen = 'job=~"$job",instance=~"$instance"';

    it.each<readonly [rule: string, dashboard: LintedDashboard, problem: string]>([
        ["template-datasource-rule", without("datasource"), "there is no variable"],
        ["template-datasource-rule", withVariable("datasource", { label: "Source" }), "labelled 'Source'"],
        ["template-job-rule", without("job"), "there is no variable 'job'"],
        ["template-job-rule", withVariable("job", { datasource: { uid: "prometheus" } }), "does not ask the data source"],
        ["template-job-rule", withVariable("job", { type: "custom" }), "is no query"],
        ["template-job-rule", withVariable("job", { label: "the job" }), "is labelled 'the job'"],
        ["template-job-rule", withVariable("job", { multi: false }), "only one value"],
        ["template-instance-rule", withVariable("instance", { allValue: ".*" }), "not '.+'"],
        ["template-label-promql-rule", withVariable("service", { query: "label_values(up{, service)" }), "which is no label query"],
        ["template-label-promql-rule", withVariable("service", { query: "labels(up, service)" }), "which is no label query"],
        ["template-on-time-change-reload-rule", withVariable("service", { refresh: 1 }), "not asked again"],
        ["panel-datasource-rule", withPanel({ datasource: { uid: "P123" } }), "does not use the data source"],
        ["panel-title-description-rule", withPanel({ description: "" }), "lacks a title or a description"],
        ["panel-units-rule", withPanel({ fieldConfig: { defaults: { unit: "percentage" } } }), "has the unit 'percentage'"],
        ["panel-no-targets-rule", withPanel({ targets: [] }), "has no query"],
        ["target-logql-rule", asking("count_over_time([5m])", "loki"), "selects no stream"],
        ["target-logql-auto-rule", asking('rate({app="a"}[5m])', "loki"), "use $__auto"],
        ["target-promql-rule", asking("sum(rate("), "which is no PromQL"],
        ["target-rate-interval-rule", asking(`rate(http_requests_total{${chosen}}[5m])`), "use $__rate_interval"],
        ["target-job-rule", asking('up{instance=~"$instance"}'), 'without job=~"$job"'],
        ["target-instance-rule", asking('up{job=~"$job",instance="a"}'), 'without instance=~"$instance"'],
        ["target-counter-agg-rule", asking(`sum(http_requests_total{${chosen}})`), "shows the counter http_requests_total"],
        ["uneditable-dashboard", { ...good, editable: true }, "can be edited"],
    ])("%s finds what is against it", (name, dashboard, problem) => {
        expect(
            dashboardRules
                .find((rule) => rule.name === name)
                ?.check(dashboard)
                .join("\n"),
        ).toContain(problem);
    });

    it("is there for each of the linter's seventeen", () => {
        expect(new Set(dashboardRules.map(({ name }) => name)).size).toBe(17);
    });
});
