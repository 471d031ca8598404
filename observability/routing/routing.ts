import { minutes } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** A condition on a label of an alert. */
export interface AlertMatcher {
    readonly name: string;
    readonly value: string;
    readonly matchType: "=" | "!=" | "=~" | "!~";
}

/** Where an alert goes. A route without routes of its own decides; one with them asks the first that matches. */
export interface AlertRoute {
    readonly matchers: readonly AlertMatcher[];
    readonly receiver: ReceiverName;
    readonly groupBy?: readonly string[];
    readonly groupWaitSeconds?: number;
    readonly groupIntervalSeconds?: number;
    readonly repeatIntervalSeconds?: number;
    readonly routes?: readonly AlertRoute[];
}

/** While an alert that matches `source` fires, those that match `target` and agree in `equal` are kept quiet. */
export interface Inhibition {
    /** Why, in a sentence. */
    readonly reason: string;
    readonly source: readonly AlertMatcher[];
    readonly target: readonly AlertMatcher[];
    readonly equal: readonly [string, ...string[]];
}

/** Receivers of alerts. `nobody` keeps alerts that exist to mute others. */
export const receiverNames = ["pager", "tickets", "dead-mans-switch", "nobody"] as const;

/** One of {@link receiverNames}. */
export type ReceiverName = (typeof receiverNames)[number];

/** Routes and inhibitions of a service's alerts. */
export interface AlertRouting {
    readonly root: AlertRoute;
    readonly inhibitions: readonly Inhibition[];
}

/** Labels that alerts are put together by: one message for one thing that is wrong, however many pods show it. Every alert has all three. */
const groupBy = ["namespace", "service", "alertname"] as const;

/** Alerts about the pods of Kubernetes' own rules that a rollout explains: https://github.com/kubernetes-monitoring/kubernetes-mixin */
const explainedByRollout = ["KubeDeploymentReplicasMismatch", "KubePodNotReady", "KubeHpaReplicasMismatch", "DisruptionBudgetBroken"];

/**
 * The routes: the Watchdog first, then by team and severity. An alert that no route knows becomes a ticket, or a page if it is critical, so that a
 * misspelt team loses nothing.
 */
export function alertRouting(scope: Scope, alerts: readonly Alert[]): AlertRouting {
    return {
        root: {
            matchers: [],
            receiver: "tickets",
            groupBy,
            groupWaitSeconds: 30,
            groupIntervalSeconds: minutes(5),
            repeatIntervalSeconds: minutes(12 * 60),
            routes: [
                // As often as the switch wants to hear it, and at once: it tells when the chain from Prometheus to people is broken.
                {
                    matchers: [is("alertname", "Watchdog")],
                    receiver: "dead-mans-switch",
                    groupWaitSeconds: 0,
                    groupIntervalSeconds: minutes(1),
                    repeatIntervalSeconds: minutes(2),
                },
                {
                    matchers: [is("team", scope.team)],
                    receiver: "tickets",
                    routes: [
                        { matchers: [is("severity", "critical")], receiver: "pager", groupWaitSeconds: 10, repeatIntervalSeconds: minutes(60) },
                        { matchers: [is("severity", "info")], receiver: "nobody" },
                    ],
                },
                { matchers: [is("severity", "critical")], receiver: "pager", groupWaitSeconds: 10, repeatIntervalSeconds: minutes(60) },
                { matchers: [is("severity", "info")], receiver: "nobody" },
            ],
        },
        inhibitions: inhibitions(alerts),
    };
}

/** Labels are compared as empty where they are missing, so each rule asks that the label is there: otherwise one alert without it would mute all without it. */
function inhibitions(alerts: readonly Alert[]): readonly Inhibition[] {
    const [critical, warning, notCritical] = [is("severity", "critical"), is("severity", "warning"), likeAny("severity", ["warning", "info"])];
    const overWarning = (label: string, reason: string): Inhibition => ({
        reason,
        source: [critical, present(label)],
        target: [warning, present(label)],
        equal: ["namespace", "service", label],
    });
    return [
        { reason: "The same alert at two severities is one problem.", source: [critical], target: [notCritical], equal: ["namespace", "service", "alertname"] },
        overWarning("slo", "A budget that burns fast burns slowly too."),
        overWarning("store", "A store that is down has nothing else to say."),
        overWarning("revision", "A candidate that must be rolled back needs no further look."),
        overWarning("persistentvolumeclaim", "A volume that is nearly full also fills up."),
        overWarning("cronjob", "A backup that is too old is late as well."),
        overWarning("name", "A certificate that ends soon was not renewed."),
        {
            reason: "Where nothing is known, it is known why.",
            source: [is("alertname", "ServiceMetricsMissing")],
            target: [is("alertname", "ServiceTargetsDown")],
            equal: ["namespace", "service"],
        },
        ...storesDown(alerts),
        {
            reason: "Pods that come and go are what a rollout is. Nothing about users' requests or candidates is muted.",
            source: [is("alertname", "RolloutInProgress")],
            target: [likeAny("alertname", explainedByRollout)],
            equal: ["namespace"],
        },
    ];
}

/** A store that is down mutes what only follows from it. */
function storesDown(alerts: readonly Alert[]): readonly Inhibition[] {
    const stores = [...new Set(alerts.flatMap(({ labels }) => labels?.depends_on ?? []))].sort();
    return stores.map((store) => ({
        reason: `Where ${store} is down, what depends on it fails for that reason.`,
        source: [is("severity", "critical"), is("store", store)],
        target: [is("depends_on", store)],
        equal: ["namespace", "service"],
    }));
}

function is(name: string, value: string): AlertMatcher {
    return { name, value, matchType: "=" };
}

function likeAny(name: string, values: readonly string[]): AlertMatcher {
    return { name, value: values.join("|"), matchType: "=~" };
}

function present(name: string): AlertMatcher {
    return { name, value: ".+", matchType: "=~" };
}
