import { againstStableAlerts } from "./alerts/against-stable.ts";
import { backupAlerts } from "./alerts/backups.ts";
import { capacityAlerts } from "./alerts/capacity.ts";
import { certificateAlerts } from "./alerts/certificates.ts";
import { clickhouseAlerts } from "./alerts/clickhouse.ts";
import { gateAlerts } from "./alerts/gates.ts";
import { investigateAlerts } from "./alerts/investigate.ts";
import { kafkaAlerts } from "./alerts/kafka.ts";
import { pipelineAlerts } from "./alerts/pipeline.ts";
import { postgresAlerts } from "./alerts/postgres.ts";
import { redisAlerts } from "./alerts/redis.ts";
import { rollbackAlerts } from "./alerts/rollback.ts";
import { rolloutAlerts } from "./alerts/rollout.ts";
import { rolloutWatchAlerts } from "./alerts/rollout-watch.ts";
import { sloAlerts } from "./alerts/slo.ts";
import { stableAlerts } from "./alerts/stable.ts";
import { viewAlerts } from "./alerts/views.ts";
import { volumeAlerts } from "./alerts/volumes.ts";
import { workloadAlerts } from "./alerts/workload.ts";
import { revisionRecordings } from "./recordings.ts";
import type { Alert, RuleGroup } from "./rule.ts";
import { rolloutRecordings } from "./rollout-recordings.ts";
import { type Scope, backupJobs } from "./scope.ts";
import { sloRecordings } from "./slo-recordings.ts";

/** What is recorded, before the alerts that read it. */
export function recordingGroups(scope: Scope): readonly RuleGroup[] {
    return [revisionRecordings(scope), rolloutRecordings(scope), ...sloRecordings(scope)];
}

/** Every group of alerts, the most urgent first. A group of which the profile judges nothing is left out. */
export function alertGroups(scope: Scope): readonly RuleGroup[] {
    return everyGroup(scope).filter(({ alerts }) => alerts.length > 0);
}

function everyGroup(scope: Scope): readonly RuleGroup[] {
    const { dumps } = backupJobs(scope);
    return [
        rollbackAlerts(scope),
        rolloutWatchAlerts(scope),
        rolloutAlerts(scope),
        sloAlerts(scope),
        ...viewAlerts(scope),
        investigateAlerts(scope),
        againstStableAlerts(scope),
        gateAlerts(scope),
        stableAlerts(scope),
        capacityAlerts(scope),
        workloadAlerts(scope),
        ...(scope.inCluster.redis ? [redisAlerts(scope)] : []),
        ...(scope.database === undefined ? [] : [postgresAlerts(scope, scope.database)]),
        ...(scope.inCluster.clickhouse ? [clickhouseAlerts(scope)] : []),
        ...(scope.kafka === undefined ? [] : [kafkaAlerts(scope, scope.kafka)]),
        ...(scope.inCluster.redis || dumps.length > 0 ? [volumeAlerts(scope)] : []),
        ...(dumps.length > 0 ? [backupAlerts(scope)] : []),
        certificateAlerts(scope),
        pipelineAlerts(scope),
    ];
}

/** Every group, in the order in which Prometheus should evaluate them. */
export function ruleGroups(scope: Scope): readonly RuleGroup[] {
    return [...recordingGroups(scope), ...alertGroups(scope)];
}

/** Groups that are kept in one object: few enough objects to look through, none larger than the cluster takes, and a change touches only its own area. */
export interface RuleObject {
    /** Lower-case word, the end of the object's name. */
    readonly area: "recordings" | "rollout" | "service" | "stores" | "platform";
    readonly groups: readonly RuleGroup[];
}

/** Every group, by the object that it is deployed in. */
export function ruleObjects(scope: Scope): readonly RuleObject[] {
    const byArea = Map.groupBy(alertGroups(scope), ({ name }) => areas[name] ?? "platform");
    return [{ area: "recordings", groups: recordingGroups(scope) }, ...[...byArea].map(([area, groups]) => ({ area, groups }))];
}

/** Where a group belongs. What is not named here is about the platform. */
const areas: Readonly<Record<string, RuleObject["area"]>> = {
    rollback: "rollout",
    "rollout-watch": "rollout",
    rollout: "rollout",
    investigate: "rollout",
    "against-stable": "rollout",
    gates: "rollout",
    slo: "service",
    views: "service",
    stable: "service",
    capacity: "service",
    redis: "stores",
    postgres: "stores",
    clickhouse: "stores",
    kafka: "stores",
    volumes: "stores",
    backups: "stores",
};

/** Every alert. */
export function alertsOf(scope: Scope): readonly Alert[] {
    return alertGroups(scope).flatMap(({ alerts }) => alerts);
}
