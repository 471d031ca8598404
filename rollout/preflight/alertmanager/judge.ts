import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** A node of Alertmanager's routing tree. @see https://prometheus.io/docs/alerting/latest/configuration/#route */
export interface AlertRoute {
    /** Defaults to the parent's. */
    readonly receiver?: string;
    readonly matchers: readonly AlertMatcher[];
    /** Whether the next sibling is tried too. */
    readonly continues: boolean;
    readonly routes: readonly AlertRoute[];
}

/** A condition on a label. An expression matches the whole value. */
export interface AlertMatcher {
    readonly label: string;
    readonly operator: "=" | "!=" | "=~" | "!~";
    readonly value: string;
}

/** A receiver, with the number of its integrations. */
export interface AlertReceiver {
    readonly name: string;
    readonly integrations: number;
}

/** What was seen of Alertmanager. */
export interface AlertmanagerReading {
    readonly version: string;
    readonly root: AlertRoute;
    readonly receivers: readonly AlertReceiver[];
}

/** Labels of a kind of alert, which must reach a person. */
export type AlertLabels = Readonly<Record<string, string>>;

/** Checklist, 'Monitoring & Alerting': the engineer on call hears of it. A receiver without any integration is the null receiver, whatever it is called. */
export function judgeAlertRoutes({ version, root, receivers }: AlertmanagerReading, alerts: readonly AlertLabels[]): PreflightFinding {
    const routed = alerts.map((labels) => ({ labels, names: receiversFor(root, labels, root.receiver ?? "") }));
    const problems: readonly Problem[] = routed.flatMap(({ labels, names }): readonly Problem[] => {
        const reaching = names.filter((name) => (receivers.find((receiver) => receiver.name === name)?.integrations ?? 0) > 0);
        return reaching.length > 0
            ? []
            : [
                  {
                      text: `alerts with severity ${labels.severity ?? "none"} reach no one: they go to '${names.join("', '")}', which sends nothing`,
                      fix: "give that receiver a pager, mail or chat in Alertmanager's configuration, or route the severity elsewhere",
                  },
              ];
    });
    const shown = [...new Set(routed.map(({ labels, names }) => `${labels.severity ?? "none"} to ${names.join(", ")}`))];
    return findingOf(
        alerts.length > 0 ? problems : [{ text: "no alert is declared", fix: "declare alerts in observability/" }],
        `Alertmanager ${version}: ${shown.join("; ")}`,
        { routes: shown },
    );
}

/** Receivers of an alert: of the deepest routes that match, in order. */
function receiversFor(route: AlertRoute, labels: AlertLabels, inherited: string): readonly string[] {
    const receiver = route.receiver ?? inherited;
    const found: string[] = [];
    for (const child of route.routes) {
        if (child.matchers.every((matcher) => matches(matcher, labels))) {
            found.push(...receiversFor(child, labels, receiver));
            if (!child.continues) {
                break;
            }
        }
    }
    return found.length > 0 ? found : [receiver];
}

/** A label that is not there is an empty one. */
function matches({ label, operator, value }: AlertMatcher, labels: AlertLabels): boolean {
    const actual = labels[label] ?? "";
    switch (operator) {
        case "=":
            return actual === value;
        case "!=":
            return actual !== value;
        case "=~":
            return new RegExp(`^(?:${value})$`).test(actual);
        case "!~":
            return !new RegExp(`^(?:${value})$`).test(actual);
    }
}
