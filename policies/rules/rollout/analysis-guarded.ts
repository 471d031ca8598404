import { type PolicyFinding, missing, objectRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { has, list, numberOrText, type Plain, text } from "../../engine/value.ts";
import { secondsOf } from "../../shapes/argo.ts";
import { checklist } from "../../shapes/references.ts";

/** An analysis that can't fail is no gate: NaN compares as false, an empty answer as nothing, an error without a limit as success in the end. */
export const analysisGuarded = objectRule({
    name: "analysis-guarded",
    title: "An analysis counts, ends, fails on errors and on missing data, and asks for the canary's own series.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Canary Validation")],
    settings: {
        longestSeconds: { type: "integer", default: 1800, minimum: 1, description: "Longest time that an analysis may take, in seconds: the step's soak" },
        selector: {
            type: "string",
            default: "revision|canary|pod_template_hash|pod-template-hash|\\{\\{args\\.",
            description: "Regular expression that a query must match: what tells the canary's series apart",
        },
    },
    kinds: ["argoproj.io/AnalysisTemplate", "argoproj.io/ClusterAnalysisTemplate"],
    *check(template, { settings, environment }) {
        for (const [index, metric] of list(template.body, "spec", "metrics").entries()) {
            yield* judged(metric, `spec.metrics[${String(index)}]`, settings);
        }
        if (environment === "prod" && list(template.body, "spec", "dryRun").length > 0) {
            yield wrong("spec.dryRun", "metrics are judged without consequence", "remove dryRun");
        }
        if (metricsOf(template) === 0) {
            yield missing("spec.metrics", "it measures nothing", "add a metric");
        }
    },
});

function metricsOf(template: KubernetesObject): number {
    return list(template.body, "spec", "metrics").length;
}

function* judged(metric: Plain, path: string, settings: { readonly longestSeconds: number; readonly selector: string }): Generator<PolicyFinding> {
    const name = text(metric, "name") ?? "";
    const count = Number(numberOrText(metric, "count") ?? Number.NaN);
    const interval = numberOrText(metric, "interval");
    if (!(count >= 2) || interval === undefined) {
        yield missing(`${path}.count`, `the metric ${name} is measured once`, "set count and interval");
    } else if (count * secondsOf(interval) > settings.longestSeconds) {
        yield wrong(
            `${path}.interval`,
            `the metric ${name} takes ${String(count * secondsOf(interval))} s, longer than the step`,
            `end within ${String(settings.longestSeconds)} s`,
        );
    }
    for (const key of ["failureLimit", "consecutiveErrorLimit"]) {
        if (!has(metric, key)) {
            yield missing(`${path}.${key}`, `the metric ${name} has no ${key}`, `set ${key}`);
        }
    }
    const query = text(metric, "provider", "prometheus", "query");
    const conditions = `${text(metric, "successCondition") ?? ""} ${text(metric, "failureCondition") ?? ""}`;
    if (query !== undefined && !new RegExp(settings.selector).test(query)) {
        yield wrong(
            `${path}.provider.prometheus.query`,
            `the query of ${name} does not tell the canary from the stable revision`,
            "select the canary's series",
        );
    }
    if (query !== undefined && !(/isNaN/i.test(conditions) && conditions.includes("len(result)"))) {
        yield wrong(`${path}.successCondition`, `the conditions of ${name} let an empty or NaN answer pass`, "ask for len(result) > 0 and !isNaN(result[0])");
    }
}
