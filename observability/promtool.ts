import { stringify } from "yaml";

import { defined } from "../rollout/defined.ts";
import { duration, minutes } from "../rollout/gate/gateway-series/promql.ts";
import { alertAnnotations, alertLabels, renderGroup } from "./render.ts";
import type { Alert, AlertCase, RuleGroup } from "./rule.ts";
import type { Scope } from "./scope.ts";

/** A history of series at whose moments alerts are looked at, for `promtool test rules`. */
export interface RuleTest {
    readonly name: string;
    readonly intervalSeconds: number;
    readonly series: AlertCase["series"];
    readonly looks: readonly { readonly alert: Alert; readonly atSeconds: number; readonly fires: AlertCase["fires"] }[];
}

/** Distance between two values and two evaluations, in seconds, where a case says nothing. */
const usualInterval = minutes(1);

/** The rule file of `groups`. `intervalSeconds` evaluates all of them at that distance. */
export function ruleFile(scope: Scope, groups: readonly RuleGroup[], intervalSeconds?: number): string {
    return stringify(
        { groups: groups.map((group) => renderGroup(scope, intervalSeconds === undefined ? group : { ...group, intervalSeconds })) },
        { lineWidth: 0 },
    );
}

/** `group` and what it reads of what `recordings` record, directly or through one another: evaluating everything for each test would take minutes. */
export function withRecordings(group: RuleGroup, recordings: readonly RuleGroup[]): readonly RuleGroup[] {
    const all = recordings.flatMap((each) => each.recordings);
    const needed = new Set<string>();
    const add = (expression: string): void => {
        for (const recording of all.filter(({ record }) => !needed.has(record) && expression.includes(record))) {
            needed.add(recording.record);
            all.filter(({ record }) => record === recording.record).forEach((each) => {
                add(each.expression);
            });
        }
    };
    [...group.alerts, ...group.recordings].forEach(({ expression }) => {
        add(expression);
    });
    const kept = recordings.map((each) => ({ ...each, recordings: each.recordings.filter(({ record }) => needed.has(record)) }));
    return [...kept.filter((each) => each.recordings.length > 0 && each.name !== group.name), group];
}

/** The cases beside an alert as tests. */
export function testsOf(alert: Alert): readonly RuleTest[] {
    return alert.cases.map(({ title, series, intervalSeconds, atSeconds, fires }) => ({
        name: `${alert.name} ${fires.length > 0 ? "fires" : "is quiet"} ${title}`,
        intervalSeconds: intervalSeconds ?? usualInterval,
        series,
        looks: [{ alert, atSeconds, fires }],
    }));
}

/**
 * A file for `promtool test rules`. All tests of a file are evaluated at one distance.
 *
 * @see https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
 */
export function testFile(scope: Scope, ruleFileName: string, groups: readonly RuleGroup[], tests: readonly RuleTest[], intervalSeconds: number): string {
    return stringify(
        {
            rule_files: [ruleFileName],
            evaluation_interval: duration(intervalSeconds),
            group_eval_order: groups.map(({ name }) => `${scope.service}-${name}`),
            tests: tests.map((test) => ({
                name: test.name,
                interval: duration(test.intervalSeconds),
                input_series: Object.entries(test.series).map(([series, values]) => ({ series, values })),
                alert_rule_test: test.looks.map(({ alert, atSeconds, fires }) => ({
                    eval_time: duration(atSeconds),
                    alertname: alert.name,
                    exp_alerts: fires.map(({ labels, description }) => ({
                        exp_labels: { ...labels, ...alertLabels(scope, alert) },
                        exp_annotations: { ...alertAnnotations(scope, alert), ...defined({ description }) },
                    })),
                })),
            })),
        },
        { lineWidth: 0 },
    );
}
