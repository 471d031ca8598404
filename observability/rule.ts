/** How urgent an alert is. `critical` pages, `warning` is for the working day, `info` only mutes others, `none` is the Watchdog's. */
export type Severity = "critical" | "warning" | "info" | "none";

/** Names of the dashboards, from the general to the specific: each is the end of a uid. */
export const dashboardNames = ["overview", "canary", "rollouts", "on-call", "redis", "postgres", "clickhouse", "kafka"] as const;

/** A dashboard that shows more about an alert. */
export type DashboardName = (typeof dashboardNames)[number];

/** A series under a new name. */
export interface Recording {
    /** `level:metric:operations`, as https://prometheus.io/docs/practices/rules/ asks. */
    readonly record: string;
    readonly expression: string;
    readonly labels?: Readonly<Record<string, string>>;
}

/** What an engineer who gets the alert should know. */
export interface Alert {
    /** CamelCase, unique; also the name of its runbook. */
    readonly name: string;
    readonly severity: Severity;
    /** PromQL that gives a series for everything that is wrong. */
    readonly expression: string;
    /** How long the expression must hold, in seconds. 0 only for the Watchdog. */
    readonly forSeconds: number;
    /** How long it goes on firing when the expression no longer holds, in seconds. @default 0 */
    readonly keepFiringForSeconds?: number;
    /**
     * Labels besides severity, team, service and namespace: `slo`, `rollout_scope` (`canary` or `stable`), `store` (what is broken) and `depends_on` (the
     * store that explains it: its being down mutes this alert).
     */
    readonly labels?: Readonly<Record<string, string>>;
    /** One sentence without values. */
    readonly summary: string;
    /** What is wrong where, with values: Go template over `$labels` and `$value`. */
    readonly description: string;
    readonly dashboard: DashboardName;
    /** Ids of the criteria in service/criteria that it watches. @default none */
    readonly criteria?: readonly string[];
    /** What fires where there is no data at all. Only an alert that asks for absence has it. @default nothing */
    readonly onAbsence?: readonly [ExpectedAlert, ...ExpectedAlert[]];
    /** When it fires and when it does not: at least one of each. */
    readonly cases: readonly AlertCase[];
}

/** An alert that is expected to fire. */
export interface ExpectedAlert {
    /** Labels that the query gives, besides the alert's own. */
    readonly labels: Readonly<Record<string, string>>;
    /** The description as it is read. @default the alert's own, where that has no values in it */
    readonly description?: string;
}

/** One history of series, and whether the alert fires at its end. */
export interface AlertCase {
    /** A sentence that begins with 'when'. */
    readonly title: string;
    /** Values by series, in promtool's notation: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series */
    readonly series: Readonly<Record<string, string>>;
    /** Distance between two values, in seconds, and between two evaluations. @default 60 */
    readonly intervalSeconds?: number;
    /** When the alert is looked at, in seconds from the beginning. */
    readonly atSeconds: number;
    /** Empty: it does not fire. */
    readonly fires: readonly ExpectedAlert[];
}

/** Rules that are evaluated together, in order. */
export interface RuleGroup {
    /** Lower-case words with hyphens, unique. */
    readonly name: string;
    /** What it is about, for the table in the docs. */
    readonly title: string;
    readonly intervalSeconds: number;
    readonly recordings: readonly Recording[];
    readonly alerts: readonly Alert[];
}

/** Whether a rule is an alert. */
export function isAlert(rule: Recording | Alert): rule is Alert {
    return "name" in rule;
}
