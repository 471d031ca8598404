import { defined } from "../rollout/defined.ts";
import { dashboardUid } from "./dashboards/uid.ts";
import { duration } from "../rollout/gate/gateway-series/promql.ts";
import type { Alert, Recording, RuleGroup } from "./rule.ts";
import { type Scope, staticLabels } from "./scope.ts";

/** A rule as Prometheus reads it. */
export type RenderedRule =
    | { readonly record: string; readonly expr: string; readonly labels?: Readonly<Record<string, string>> }
    | {
          readonly alert: string;
          readonly expr: string;
          readonly for: string;
          readonly keep_firing_for?: string;
          readonly labels: Readonly<Record<string, string>>;
          readonly annotations: Readonly<Record<string, string>>;
      };

/** A group as Prometheus reads it: in a rule file, and in a PrometheusRule. */
export interface RenderedGroup {
    readonly name: string;
    readonly interval: string;
    readonly rules: readonly RenderedRule[];
}

/**
 * A group with everything that rules share: labels for routing, the links to runbook and dashboard.
 *
 * @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
 */
export function renderGroup(scope: Scope, { name, intervalSeconds, recordings, alerts }: RuleGroup): RenderedGroup {
    return {
        name: `${scope.service}-${name}`,
        interval: duration(intervalSeconds),
        rules: [...recordings.map(renderRecording), ...alerts.map((alert) => renderAlert(scope, alert))],
    };
}

/** Labels that a firing alert carries besides those of its query. */
export function alertLabels(scope: Scope, { severity, labels }: Pick<Alert, "severity" | "labels">): Readonly<Record<string, string>> {
    return { ...labels, severity, ...staticLabels(scope) };
}

/** Annotations of an alert. The description is a template until it fires. */
export function alertAnnotations(scope: Scope, { name, summary, description, dashboard }: Alert): Readonly<Record<string, string>> {
    return { summary, description, runbook_url: runbookUrl(scope, name), dashboard_url: dashboardUrl(scope, dashboard) };
}

/** Where the runbook of an alert is read. */
export function runbookUrl({ links }: Scope, alertName: string): string {
    return `${links.runbooks}/${alertName}.md`;
}

function dashboardUrl({ links, namespace, service }: Scope, name: Alert["dashboard"]): string {
    return `${links.grafana}/d/${dashboardUid(service, name)}?var-namespace=${namespace}&var-service=${service}`;
}

function renderRecording({ record, expression, labels }: Recording): RenderedRule {
    return { record, expr: expression, ...defined({ labels }) };
}

function renderAlert(scope: Scope, alert: Alert): RenderedRule {
    const { name, expression, forSeconds, keepFiringForSeconds } = alert;
    return {
        alert: name,
        expr: expression,
        for: duration(forSeconds),
        ...(keepFiringForSeconds === undefined ? {} : { keep_firing_for: duration(keepFiringForSeconds) }),
        labels: alertLabels(scope, alert),
        annotations: alertAnnotations(scope, alert),
    };
}
