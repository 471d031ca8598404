import { describe, expect, it } from "vitest";

import { alertsOf, ruleGroups } from "../../observability/catalogue.ts";
import { dashboardFiles } from "../../observability/dashboards/index.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { ofRevision, ofUsers } from "../../rollout/gate/gateway-series/backend.ts";
import { gatewaySeries } from "../../rollout/gate/gateway-series/series.ts";
import { checkRules } from "../../observability/lint/alerts.ts";
import { dashboardRules, readDashboard } from "../../observability/lint/dashboards.ts";
import { testersServiceName } from "../../rollout/route/testers.ts";
import { gatewayKinds } from "../rollout/gate/gateway-series/gateways.ts";

const none = { ...example, gateway: { kind: "none", reason: "this lab has no gateway" } } as const;

/** Expressions of what is recorded under a name, by the view. */
function recordings(scope: typeof example, record: string): Readonly<Record<string, string>> {
    const found = ruleGroups(scope).flatMap(({ recordings: all }) => all.filter((each) => each.record === record));
    return Object.fromEntries(found.map(({ expression, labels }) => [labels?.view ?? "", expression]));
}

describe("the rules of a stack", () => {
    it.each(gatewayKinds.filter(({ gateway }) => gateway.kind !== "custom"))("with $gateway.kind have no problem", ({ gateway }) => {
        expect(checkRules(ruleGroups({ ...example, gateway }))).toEqual([]);
    });

    it.each(gatewayKinds)("with $gateway.kind record what users got beside what the pods say", ({ gateway }) => {
        expect(Object.keys(recordings({ ...example, gateway }, "revision:http_requests_failed:rate5m"))).toEqual(["pods", "gateway"]);
    });

    it("without a gateway record the pods' view alone, measure availability by it, and have no alert on the gateway", () => {
        const objective = ruleGroups(none).flatMap(({ recordings: all }) =>
            all.filter(({ record, labels }) => record === "slo:events:rate5m" && labels?.slo === "availability"),
        );

        expect(checkRules(ruleGroups(none))).toEqual([]);
        expect(Object.keys(recordings(none, "revision:http_requests_failed:rate5m"))).toEqual(["pods"]);
        expect(objective.map(({ expression }) => expression)).toEqual([expect.stringContaining('view="pods"')]);
        expect(alertsOf(none).map(({ name }) => name)).not.toContain("GatewayMetricsMissing");
    });

    it("measure availability at the gateway", () => {
        const objective = ruleGroups(example).flatMap(({ recordings: all }) =>
            all.filter(({ record, labels }) => record.startsWith("slo:") && labels?.slo === "availability"),
        );
        const rates = objective.filter(({ record }) => record.endsWith("events:rate5m"));

        expect(rates.length).toBe(2);
        expect(rates.filter(({ expression }) => !expression.includes('view="gateway"'))).toEqual([]);
    });
});

describe("a backend", () => {
    const names = { namespace: example.namespace, service: example.service };

    /** Whether the selector of users' backends takes a series that has `value` under the first label with a pattern. */
    const takes = (selector: string, value: string): boolean => {
        const [, wanted = ""] = /=~("(?:[^"\\]|\\.)*")/.exec(selector) ?? [];
        const [, unwanted = ""] = /!~("(?:[^"\\]|\\.)*")/.exec(selector) ?? [];
        const whole = (text: string): RegExp => new RegExp(`^(?:${String(JSON.parse(text))})$`);
        return whole(wanted).test(value) && !whole(unwanted).test(value);
    };

    it.each([
        ["nova-prod_video-ranking-v1-0-0_80", true],
        [`nova-prod_${testersServiceName(example.service, example.stable)}_80`, false],
        ["nova-prod_video-ranking-v1-0-0_9090", false],
        ["nova-prod_other-video-ranking-v1-0-0_80", false],
        ["nova-staging_video-ranking-v1-0-0_80", false],
    ])("called %s counts as users': %s", (cluster, counts) => {
        const series = gatewaySeries(example.gateway);
        expect(series === undefined ? undefined : takes(ofUsers(series.requests[0], names), cluster)).toBe(counts);
    });

    it.each(gatewayKinds)("of testers is left out of every count, with $gateway.kind", ({ gateway }) => {
        const { presence, requests, answers, failed, timedOut, unanswered, latency } = gatewaySeries(gateway) ?? {};
        const counters = [presence, ...(requests ?? []), answers, ...(failed ?? []), ...(timedOut ?? []), ...(unanswered ?? []), latency].flatMap(
            (counter) => counter ?? [],
        );

        expect(counters.length).toBeGreaterThan(6);
        expect(counters.map((counter) => ofUsers(counter, names)).filter((selector) => !/!~"[^"]*[.][+]-testers/.test(selector))).toEqual([]);
    });

    it("whose name has signs of a pattern means them", () => {
        const counter = { metric: "m", backend: { backend: "{namespace}.{service}-{revision}(a|b)" }, matchers: {} };

        expect(takes(ofUsers(counter, names), "nova-prod.video-ranking-v1(a|b)")).toBe(true);
        expect(takes(ofUsers(counter, names), "nova-prodXvideo-ranking-v1a")).toBe(false);
        expect(ofRevision(counter, names, "v1")).toBe('m{backend="nova-prod.video-ranking-v1(a|b)"}');
    });
});

describe("the dashboards of a stack", () => {
    it.each([...gatewayKinds.map(({ gateway }) => ({ ...example, gateway })), none])("with $gateway.kind keep the linter's rules", (scope) => {
        for (const text of dashboardFiles(scope).values()) {
            const dashboard = readDashboard(text);
            expect(dashboardRules.flatMap(({ name, check }) => check(dashboard).map((problem) => `${name}: ${problem}`))).toEqual([]);
        }
    });

    it.each(["canary", "overview"] as const)("show in '%s' what users got beside what the pods say", (name) => {
        const titles = readDashboard(dashboardFiles(example).get(name) ?? "").panels.map(({ title }) => title);

        expect(titles.filter((title) => /at the gateway/i.test(title)).length).toBeGreaterThan(2);
        expect(titles.filter((title) => title.includes("by the pods")).length).toBeGreaterThan(0);
    });

    it("without a gateway show the pods' view alone", () => {
        const text = [...dashboardFiles(none).values()].join("\n");

        expect(text).not.toMatch(/envoy_|istio_/);
        expect(text).toContain("Failed, by the pods");
    });
});
