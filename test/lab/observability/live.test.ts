import { setTimeout as sleep } from "node:timers/promises";

import { CustomObjectsApi } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { z } from "zod";

import { WatchedRollout } from "../../../lab/trial/watched-rollout.ts";
import { switchFault } from "../../../lab/workload/fault-switch.ts";
import { alertGroups, ruleGroups } from "../../../observability/catalogue.ts";
import { dashboardsOf } from "../../../observability/dashboards/index.ts";
import { expanded } from "../../../observability/lint/dashboards.ts";
import { type Expression, parseExpression, within } from "../../../observability/lint/expression.ts";
import { metrics } from "../../../observability/metrics/index.ts";
import { select } from "../../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../../../observability/recorded.ts";
import type { Scope } from "../../../observability/scope.ts";
import { eventually, expectSettled } from "../../helpers/engine.ts";

/** Names that the lab's Prometheus has no series of: exporters and kube-state-metrics do not run there. */
const elsewhere: ReadonlySet<string> = new Set([
    ...metrics.filter(({ source }) => !["service", "watcher", "envoy"].includes(source)).map(({ name }) => name),
    // Made of what kube-state-metrics says of requests.
    recorded.cpuUtilisation,
]);

/** Time for series to turn up, in milliseconds. */
const patienceMs = 180_000;

const listSchema = z.object({ items: z.array(z.unknown()) });

type Selector = Expression & { readonly kind: "selector" };

/** Selectors of our own metrics and of the gateway's in a query. A status that no answer had has no series at the gateway: any of them will do. */
function ownSelectors(query: string): readonly Selector[] {
    return [...within(parseExpression(query))]
        .filter((each) => each.kind === "selector")
        .filter(({ metric }) => !elsewhere.has(metric))
        .map((selector) => ({ ...selector, conditions: selector.conditions.filter(({ label }) => !label.startsWith("envoy_response_code")) }));
}

/** A query with what is chosen above a dashboard filled in. */
function chosen(query: string, { namespace, service, stable }: Scope, candidate: string): string {
    return expanded(query)
        .replaceAll(/\$\{?namespace\b\}?/g, namespace)
        .replaceAll(/\$\{?service\b\}?/g, service)
        .replaceAll(/\$\{?stable\b\}?/g, stable)
        .replaceAll(/\$\{?candidate\b\}?/g, candidate)
        .replaceAll(/\$(job|instance)\b/g, ".+");
}

/** A real rollout at 10 %, under load, with every rule in the lab's Prometheus. */
describe("a rollout that is watched", () => {
    let rollout: WatchedRollout;

    beforeAll(async () => {
        rollout = await WatchedRollout.start("observed", 200, { evaluationSeconds: 5 });
    });
    afterAll(async () => {
        await rollout.remove();
    });

    /** Names of those queries that still find nothing after {@link patienceMs}: a rule that was evaluated once may have had too few scrapes for a rate, and a busy machine scrapes late. */
    const empty = async (queries: ReadonlyMap<string, string>): Promise<readonly string[]> => {
        const missing = new Map(queries);
        const deadline = Date.now() + patienceMs;
        for (;;) {
            for (const [name, query] of missing) {
                if ((await rollout.query(query)).length > 0) {
                    missing.delete(name);
                }
            }
            if (missing.size === 0 || Date.now() > deadline) {
                return [...missing.keys()];
            }
            await sleep(1_000);
        }
    };

    /** Selectors in queries that find nothing within five minutes. */
    const finding = async (queries: readonly (readonly [name: string, query: string])[]): Promise<readonly string[]> => {
        const selectors = queries.flatMap(([name, query]) => ownSelectors(query).map((selector) => [name, written(selector)] as const));
        expect(selectors.length).toBeGreaterThan(0);
        return empty(new Map(selectors.map(([name, selector]) => [`${name}: ${selector}`, `last_over_time(${selector}[5m])`])));
    };

    it("is declared by a real `up`, which then has nothing more to do", async () => {
        await expectSettled(rollout.stack);
        const api = rollout.stack.live.client(CustomObjectsApi);
        const place = { group: "monitoring.coreos.com", namespace: rollout.scope.namespace };
        for (const [version, plural, count] of [
            ["v1", "prometheusrules", 5],
            ["v1", "podmonitors", 1],
            ["v1", "servicemonitors", 1],
            ["v1alpha1", "alertmanagerconfigs", 1],
        ] as const) {
            const { items } = listSchema.parse(await api.listNamespacedCustomObject({ ...place, version, plural }));
            expect(items.length, plural).toBe(count);
        }
    });

    it("has every rule evaluated, without an error", async () => {
        const loaded = ruleGroups(rollout.scope).flatMap(({ recordings, alerts }) => [...recordings, ...alerts]).length;
        const evaluated = await eventually(async () => {
            const rules = await rollout.prometheus.rules();
            const own = rules.kind === "observed" ? rules.value.filter(({ group }) => group.startsWith(`${rollout.scope.service}-`)) : [];
            return own.length === loaded && own.every(({ health }) => health !== "unknown") ? own : undefined;
        }, 90_000);
        expect(evaluated.filter(({ health }) => health !== "ok").map(({ name, lastError }) => `${name}: ${lastError}`)).toEqual([]);
    });

    it("is recorded: every recording of our own metrics has series", async () => {
        const records = ruleGroups(rollout.scope).flatMap(({ recordings }) => recordings.filter(({ record }) => !elsewhere.has(record)));
        expect(records.length).toBeGreaterThan(0);
        const { namespace, service } = rollout.scope;
        expect(
            await empty(
                new Map(records.map(({ record, labels = {} }) => [`${record} ${JSON.stringify(labels)}`, select(record, { namespace, service, ...labels })])),
            ),
        ).toEqual([]);
    });

    it("is seen by every alert on our own metrics: each of their selectors finds series", async () => {
        const alerts = alertGroups(rollout.scope).flatMap((group) => group.alerts.map(({ name, expression }) => [name, expression] as const));
        expect(await finding(alerts)).toEqual([]);
    });

    it("is shown in every panel on our own metrics: each of their selectors finds series", async () => {
        const panels = dashboardsOf(rollout.scope).flatMap(({ name, rows }) =>
            rows.flatMap((row) =>
                row.panels.flatMap(({ title, queries }) =>
                    queries.map(({ expression }) => [`${name}, ${title}`, chosen(expression, rollout.scope, rollout.candidate)] as const),
                ),
            ),
        );
        expect(await finding(panels)).toEqual([]);
    });

    it("is shown in panels whose queries Prometheus takes, whoever's metrics they are", async () => {
        for (const { queries } of dashboardsOf(rollout.scope).flatMap(({ rows }) => rows.flatMap((row) => row.panels))) {
            for (const { expression } of queries) {
                await expect(rollout.query(chosen(expression, rollout.scope, rollout.candidate))).resolves.toBeDefined();
            }
        }
    });

    it("wakes nobody about the candidate or about users while all is well", async () => {
        const calling = alertGroups(rollout.scope)
            .filter(({ name }) => ["rollback", "rollout", "rollout-watch", "slo", "views"].includes(name))
            .flatMap(({ alerts }) => alerts.filter(({ severity }) => severity === "critical"));
        expect(calling.length).toBeGreaterThan(10);
        const wrong: string[] = [];
        for (const { name, expression } of calling) {
            if ((await rollout.query(expression)).length > 0) {
                wrong.push(name);
            }
        }
        expect(wrong).toEqual([]);
    });

    it("is about to call somebody within seconds once the candidate fails and nobody rolls it back", async () => {
        // The watcher would do so before a rule is evaluated.
        await rollout.stopWatching();
        await switchFault({ service: rollout.scope.service, revision: rollout.candidate, profile: "erroring" });
        const pending = await eventually(async () => {
            const found = await rollout.query(`ALERTS{alertname="CandidateErrorsCallForRollback",namespace="${rollout.scope.namespace}"}`);
            return found.length > 0 ? found : undefined;
        }, 120_000);
        expect(pending[0]?.labels).toMatchObject({ revision: rollout.candidate, severity: "critical", team: "trial", rollout_scope: "canary" });
    });
});

function written({ metric, conditions }: Selector): string {
    return `${metric}{${conditions.map(({ label, operator, value }) => `${label}${operator}"${value}"`).join(",")}}`;
}
