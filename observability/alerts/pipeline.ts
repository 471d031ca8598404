import { fires, growing, ofExporter, ofPod, ofStore, quiet, steady } from "../cases.ts";
import { example } from "../example.ts";
import { like, minutes, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofService } from "../scope.ts";

/** Share of the service's pods that may be unscraped, as a ratio. */
const unscraped = 0.25;
/** Share of notifications that may fail, as a ratio. They are repeated, so one that fails is no loss. */
const notificationsLost = 0.01;

/** Whether the alerts themselves work: what is scraped, evaluated and sent. */
export function pipelineAlerts(scope: Scope): RuleGroup {
    return {
        name: "pipeline",
        title: "The alerts themselves",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            watchdog(scope),
            serviceTargets(scope),
            ...storeTargets(scope),
            ruleFailures(scope),
            slowRules(scope),
            prometheusSends(scope),
            alertmanagerSends(scope),
            reloads(scope),
        ],
    };
}

function watchdog(scope: Scope): Alert {
    return {
        name: "Watchdog",
        severity: "none",
        expression: "vector(1)",
        forSeconds: 0,
        summary: "The way from Prometheus to people works.",
        description: `This alert always fires. Its receiver calls when it stops: then no alert of ${scope.service} reaches the engineer on call.`,
        dashboard: "on-call",
        cases: [fires("always", {}, minutes(1), [{ labels: {} }])],
    };
}

function serviceTargets(scope: Scope): Alert {
    const up = select("up", { ...ofService(scope), job: scope.service });
    const text = (measured: string): string =>
        `${measured} of the service's pods can't be scraped, more than ${percent(unscraped)}: their requests are counted nowhere.`;
    const pod = (name: string): string => ofPod("up", example.stable, {}, name);
    return {
        name: "ServiceTargetsDown",
        severity: "warning",
        expression: `1 - avg(${up}) > ${String(unscraped)}`,
        forSeconds: minutes(10),
        labels: { rollout_scope: "service" },
        summary: "Pods of the service can't be scraped.",
        description: text("{{ $value | humanizePercentage }}"),
        dashboard: "on-call",
        cases: [
            fires(
                "when two of four can't be scraped",
                { [pod("a")]: steady(1, 20), [pod("b")]: steady(1, 20), [pod("c")]: steady(0, 20), [pod("d")]: steady(0, 20) },
                minutes(15),
                [{ labels: {}, description: text("50%") }],
            ),
            quiet(
                "when one of four can't be scraped",
                { [pod("a")]: steady(1, 20), [pod("b")]: steady(1, 20), [pod("c")]: steady(1, 20), [pod("d")]: steady(0, 20) },
                minutes(15),
            ),
        ],
    };
}

/** None where the service has no store. */
function storeTargets(scope: Scope): readonly Alert[] {
    const { redis, clickhouse, keeper, postgres, kafka } = scope.jobs;
    const jobs = [
        ...(scope.inCluster.redis ? [redis] : []),
        ...(scope.inCluster.clickhouse ? [clickhouse, keeper] : []),
        ...(scope.database === undefined ? [] : [postgres]),
        ...(scope.kafka === undefined ? [] : [kafka]),
    ];
    const text = (instance: string, job: string): string => `${instance} of ${job} can't be scraped: alerts on it are blind.`;
    if (jobs.length === 0) {
        return [];
    }
    return [
        {
            name: "StoreTargetDown",
            severity: "warning",
            expression: `min by (job, instance) (${select("up", { job: like(jobs.join("|")) })}) == 0`,
            forSeconds: minutes(10),
            summary: "The metrics of a store can't be scraped.",
            description: text("{{ $labels.instance }}", "{{ $labels.job }}"),
            dashboard: "on-call",
            cases: [
                fires("when the exporter does not answer", { [ofExporter("up", example.jobs.kafka)]: steady(0, 20) }, minutes(15), [
                    { labels: { job: example.jobs.kafka, instance: "kafka-exporter:9187" }, description: text("kafka-exporter:9187", example.jobs.kafka) },
                ]),
                quiet("when a pod is replaced", { [ofStore("up", example.jobs.redis, "redis-0")]: "1x3 0x3 1x20" }, minutes(15)),
                quiet("when another service's target is down", { [ofExporter("up", "another-service")]: steady(0, 20) }, minutes(15)),
            ],
        },
    ];
}

function ruleFailures(scope: Scope): Alert {
    const failures = select("prometheus_rule_evaluation_failures_total", { job: scope.jobs.prometheus, rule_group: like(`.*${scope.service}-.*`) }, minutes(5));
    const group = "/etc/prometheus/rules/nova-prod.yaml;video-ranking-slo";
    const series = ofExporter("prometheus_rule_evaluation_failures_total", example.jobs.prometheus, { rule_group: group });
    const text = (name: string): string => `Rules of ${name} fail. An alert among them can't fire.`;
    return {
        name: "RuleEvaluationFails",
        severity: "critical",
        expression: `sum by (rule_group) (increase(${failures})) > 0`,
        forSeconds: minutes(5),
        summary: "Alerts can't be evaluated.",
        description: text("{{ $labels.rule_group }}"),
        dashboard: "on-call",
        cases: [
            fires("when a rule fails each minute", { [series]: growing(2, 20) }, minutes(15), [{ labels: { rule_group: group }, description: text(group) }]),
            quiet("when one evaluation failed", { [series]: "0x5 1x30" }, minutes(16)),
        ],
    };
}

function slowRules(scope: Scope): Alert {
    const groups = { job: scope.jobs.prometheus, rule_group: like(`.*${scope.service}-.*`) };
    const of = (metric: string): string => `max by (rule_group) (${select(metric, groups)})`;
    const group = "/etc/prometheus/rules/nova-prod.yaml;video-ranking-slo-recordings";
    const text = (name: string, measured: string): string => `Evaluating ${name} takes ${measured} of its interval: soon evaluations are skipped.`;
    const took = (duration: number): Record<string, string> => ({
        [ofExporter("prometheus_rule_group_last_duration_seconds", example.jobs.prometheus, { rule_group: group })]: steady(duration, 30),
        [ofExporter("prometheus_rule_group_interval_seconds", example.jobs.prometheus, { rule_group: group })]: steady(30, 30),
    });
    return {
        name: "RuleEvaluationSlow",
        severity: "warning",
        expression: `${of("prometheus_rule_group_last_duration_seconds")} / ${of("prometheus_rule_group_interval_seconds")} > 0.8`,
        forSeconds: minutes(15),
        summary: "Alerts are evaluated too slowly.",
        description: text("{{ $labels.rule_group }}", "{{ $value | humanizePercentage }}"),
        dashboard: "on-call",
        cases: [
            fires("when a group takes 27 of 30 seconds", took(27), minutes(20), [{ labels: { rule_group: group }, description: text(group, "90%") }]),
            quiet("when it takes 3 seconds", took(3), minutes(20)),
        ],
    };
}

function prometheusSends(scope: Scope): Alert {
    const of = (metric: string): string => `sum by (alertmanager) (rate(${select(metric, { job: scope.jobs.prometheus }, minutes(5))}))`;
    const text = (alertmanager: string, measured: string): string => `${measured} of the alerts to ${alertmanager} are lost.`;
    const sent = (errors: number): Record<string, string> => ({
        [ofExporter("prometheus_notifications_errors_total", example.jobs.prometheus, { alertmanager: "am-0" })]: growing(errors, 30),
        [ofExporter("prometheus_notifications_sent_total", example.jobs.prometheus, { alertmanager: "am-0" })]: growing(1_000, 30),
    });
    return {
        name: "PrometheusCannotNotify",
        severity: "critical",
        expression: `${of("prometheus_notifications_errors_total")} / ${of("prometheus_notifications_sent_total")} > ${String(notificationsLost)}`,
        forSeconds: minutes(10),
        summary: "Prometheus can't hand over alerts.",
        description: text("{{ $labels.alertmanager }}", "{{ $value | humanizePercentage }}"),
        dashboard: "on-call",
        cases: [
            fires("when a tenth is lost", sent(100), minutes(20), [{ labels: { alertmanager: "am-0" }, description: text("am-0", "10%") }]),
            quiet("when one of a hundred is lost", sent(10), minutes(20)),
        ],
    };
}

function alertmanagerSends(scope: Scope): Alert {
    const of = (metric: string): string => `sum by (integration) (rate(${select(metric, { job: scope.jobs.alertmanager }, minutes(15))}))`;
    const text = (integration: string, measured: string): string => `${measured} of the notifications by ${integration} fail: people are not called.`;
    const sent = (failed: number): Record<string, string> => ({
        [ofExporter("alertmanager_notifications_failed_total", example.jobs.alertmanager, { integration: "pagerduty", reason: "serverError" })]: growing(
            failed,
            40,
        ),
        [ofExporter("alertmanager_notifications_total", example.jobs.alertmanager, { integration: "pagerduty" })]: growing(1_000, 40),
    });
    return {
        name: "AlertmanagerCannotNotify",
        severity: "critical",
        expression: `${of("alertmanager_notifications_failed_total")} / ${of("alertmanager_notifications_total")} > ${String(notificationsLost)}`,
        forSeconds: minutes(10),
        summary: "Alertmanager can't reach people.",
        description: text("{{ $labels.integration }}", "{{ $value | humanizePercentage }}"),
        dashboard: "on-call",
        cases: [
            fires("when half of them fail", sent(500), minutes(30), [{ labels: { integration: "pagerduty" }, description: text("pagerduty", "50%") }]),
            quiet("when one of a hundred fails", sent(10), minutes(30)),
        ],
    };
}

function reloads(scope: Scope): Alert {
    const reloaded = (metric: string, job: string): string => `min by (job) (${select(metric, { job })}) == 0`;
    const { prometheus, alertmanager } = scope.jobs;
    const text = (job: string): string => `${job} goes on with an old configuration: what was changed since, alerts and routes among it, does not count.`;
    return {
        name: "ConfigurationNotLoaded",
        severity: "warning",
        expression: `${reloaded("prometheus_config_last_reload_successful", prometheus)} or ${reloaded("alertmanager_config_last_reload_successful", alertmanager)}`,
        forSeconds: minutes(10),
        summary: "A changed configuration was not loaded.",
        description: text("{{ $labels.job }}"),
        dashboard: "on-call",
        cases: [
            fires(
                "when Alertmanager refuses its file",
                { [ofExporter("alertmanager_config_last_reload_successful", alertmanager)]: steady(0, 15) },
                minutes(14),
                [{ labels: { job: alertmanager }, description: text(alertmanager) }],
            ),
            quiet("when the next file is good", { [ofExporter("prometheus_config_last_reload_successful", prometheus)]: "1x3 0x5 1x10" }, minutes(14)),
        ],
    };
}
