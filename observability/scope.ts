import { type Matchers, like, not, unlike } from "../rollout/gate/gateway-series/promql.ts";
import { type DashboardName, dashboardNames } from "./rule.ts";
import type { ServiceProfile } from "../rollout/profile/profile.ts";
import type { GatewayStatistics } from "../rollout/settings/gateway-statistics.ts";

/** What alerts, recording rules and dashboards are about. Nothing in this folder knows the service by name. */
export interface Scope {
    /** How the service is rolled out: the numbers that alerts watch, and the prefix of its labels. A rule on something that the profile does not judge is not made. */
    readonly profile: ServiceProfile;
    /** Namespace of the service, such as `nova-prod`. */
    readonly namespace: string;
    /** Name of the service: the label `service` of its metrics, and the prefix of its objects' names. */
    readonly service: string;
    /** Who is called: the label `team` of every alert, by which alerts are routed. */
    readonly team: string;
    /** Name of the stable revision. Every other revision is a candidate: rules need not change when one is declared. */
    readonly stable: string;
    /** Which stores this program runs in the namespace. It knows nothing of others: the team that runs them has alerts on them. */
    readonly inCluster: { readonly redis: boolean; readonly clickhouse: boolean };
    /** Name of the service's database in PostgreSQL. @default none: there is no alert on PostgreSQL */
    readonly database?: string;
    /** Brokers that Kafka should have, and copies of a partition that must be in step for it to take records. @default none: there is no alert on Kafka */
    readonly kafka?: { readonly brokers: number; readonly minimumInSyncReplicas: number };
    /** Whose statistics say what users got. */
    readonly gateway: GatewayStatistics;
    readonly jobs: ScopeJobs;
    /** Where people find more, as https addresses without a slash at the end. */
    readonly links: {
        readonly runbooks: string;
        readonly grafana: string;
        /** Where lines of the service's log are read, with variables of a dashboard such as `$service`. */
        readonly logs?: string;
    };
}

/** Values of the label `job` of what is scraped besides the service. */
export interface ScopeJobs {
    readonly redis: string;
    readonly clickhouse: string;
    readonly keeper: string;
    readonly watcher: string;
    /** postgres_exporter, which another team runs. */
    readonly postgres: string;
    /** kafka_exporter, which another team runs. */
    readonly kafka: string;
    readonly prometheus: string;
    readonly alertmanager: string;
}

/** Dashboards of the stack, from the general to the specific. Of a store that it does not run itself there is none. */
export function dashboardNamesOf({ inCluster, database, kafka }: Pick<Scope, "inCluster" | "database" | "kafka">): readonly DashboardName[] {
    const stores = { ...inCluster, postgres: database !== undefined, kafka: kafka !== undefined } as const;
    const absent = Object.entries(stores).flatMap(([store, present]) => (present ? [] : [store]));
    return dashboardNames.filter((name) => !absent.includes(name));
}

/** CronJobs that dump a store, with those that restore the dumps. */
export function backupJobs({ service, inCluster, database }: Scope): { readonly dumps: readonly string[]; readonly checks: readonly string[] } {
    return {
        dumps: [...(database === undefined ? [] : [`${service}-backup`]), ...(inCluster.clickhouse ? [`${service}-clickhouse-backup`] : [])],
        checks: [...(database === undefined ? [] : [`${service}-restore-check`]), ...(inCluster.clickhouse ? [`${service}-clickhouse-check`] : [])],
    };
}

/** Jobs of what this program declares for `service`. */
export function ownJobs(service: string): Pick<ScopeJobs, "redis" | "clickhouse" | "keeper" | "watcher"> {
    return { redis: `${service}-redis`, clickhouse: `${service}-clickhouse`, keeper: `${service}-clickhouse-keeper`, watcher: `${service}-watcher` };
}

/** Conditions that select the service's own metrics. */
export function ofService({ namespace, service }: Scope): Matchers {
    return { namespace, service };
}

/** Conditions that select what is measured of a candidate. */
export function ofCandidate(scope: Scope): Matchers {
    return { ...ofService(scope), revision: not(scope.stable) };
}

/** Conditions that select what is measured of the stable revision. */
export function ofStable(scope: Scope): Matchers {
    return { ...ofService(scope), revision: scope.stable };
}

/** Name of the container of the service in its pods, and their `app.kubernetes.io/component`. */
export const serviceContainer = "api";

/** Conditions that select what kube-state-metrics says of a candidate's containers. Pods are named `<service>-<revision>-<hash>-<suffix>`. */
export function ofCandidateContainers({ namespace, service, stable }: Scope): Matchers {
    return { namespace, container: serviceContainer, pod: [like(`${service}-.+`), unlike(`${service}-${stable}-[^-]+-[^-]+`)] };
}

/** Conditions that select what kube-state-metrics says of the stable revision's containers. */
export function ofStableContainers({ namespace, service, stable }: Scope): Matchers {
    return { namespace, container: serviceContainer, pod: like(`${service}-${stable}-[^-]+-[^-]+`) };
}

/** `expression` with the label `revision` read from its label `pod`. */
export function withRevision({ service }: Scope, expression: string): string {
    return `label_replace(${expression}, "revision", "$1", "pod", "${service}-(.+)-[^-]+-[^-]+")`;
}

/**
 * Labels that every alert carries, whatever its query gives. Routing and inhibition need them: an AlertmanagerConfig only sees alerts with its own namespace.
 *
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.AlertmanagerConfigMatcherStrategy
 */
export function staticLabels({ namespace, service, team }: Scope): Readonly<Record<"namespace" | "service" | "team", string>> {
    return { namespace, service, team };
}
