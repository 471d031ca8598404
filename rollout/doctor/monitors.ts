import { fields } from "../route/fields.ts";
import type { Problem } from "../preflight/preflight.ts";
import { type DoctorFinding, found, unknown } from "./finding.ts";
import { selects } from "./label-selector.ts";

/** What a Prometheus of the operator selects by, and what for. */
const selectors = { podMonitorSelector: "PodMonitor", ruleSelector: "PrometheusRule" } as const;

/** Whether one Prometheus of the operator takes the program's monitors and rules: by their labels, and by their namespace's. A field that is absent takes none. */
export function judgeMonitors(
    instances: readonly unknown[],
    labels: Readonly<Record<string, string>>,
    namespace: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): DoctorFinding {
    if (instances.length === 0) {
        return unknown(
            "the cluster has no object of the kind Prometheus: whether anything takes the program's monitors and rules can't be known from here",
            "install Prometheus by its operator, or have the monitoring's own team load the rules and scrapes",
        );
    }
    const judged = instances.map((instance) => ({ name: nameOf(instance), problems: problemsOf(instance, labels, namespace) }));
    const taking = judged.filter(({ problems }) => problems.length === 0);
    return found(
        taking.length > 0 ? [] : judged.flatMap(({ problems }) => problems),
        `Prometheus ${taking.map(({ name }) => name).join(", ")} takes monitors and rules with the labels ${JSON.stringify(labels)}`,
    );
}

function problemsOf(
    instance: unknown,
    labels: Readonly<Record<string, string>>,
    namespace: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): readonly Problem[] {
    const spec = fields(fields(instance).spec);
    const own = fields(fields(instance).metadata).namespace;
    return Object.entries(selectors).flatMap(([field, kind]) => {
        const chosen = spec[field];
        const namespaces = spec[field.replace("Selector", "NamespaceSelector")];
        const byLabels = chosen !== undefined && chosen !== null && selects(chosen, labels);
        // Without a selector of namespaces it looks in its own alone.
        const byNamespace = namespaces === undefined || namespaces === null ? own === namespace.name : selects(namespaces, namespace.labels);
        return byLabels && byNamespace
            ? []
            : [
                  {
                      text: `Prometheus ${nameOf(instance)} takes no ${kind} ${byLabels ? `of namespace ${namespace.name}` : `with the labels ${JSON.stringify(labels)}`}: its ${byLabels ? field.replace("Selector", "NamespaceSelector") : field} is ${JSON.stringify((byLabels ? namespaces : chosen) ?? null)}`,
                      fix: `set observability.selectLabels to what it selects by, or open its ${byLabels ? field.replace("Selector", "NamespaceSelector") : field}`,
                  },
              ];
    });
}

function nameOf(instance: unknown): string {
    const { namespace, name } = fields(fields(instance).metadata);
    return `${String(namespace)}/${String(name)}`;
}
