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
import { volumeAlerts } from "./alerts/volumes.ts";
import { workloadAlerts } from "./alerts/workload.ts";
import { revisionRecordings } from "./recordings.ts";
import type { Alert, RuleGroup } from "./rule.ts";
import { rolloutRecordings } from "./rollout-recordings.ts";
import type { Scope } from "./scope.ts";
import { sloRecordings } from "./slo-recordings.ts";

/** What is recorded, before the alerts that read it. */
export function recordingGroups(scope: Scope): readonly RuleGroup[] {
    return [revisionRecordings(scope), rolloutRecordings(scope), ...sloRecordings(scope)];
}

/** Every group of alerts, the most urgent first. */
export function alertGroups(scope: Scope): readonly RuleGroup[] {
    return [
        rollbackAlerts(scope),
        rolloutWatchAlerts(scope),
        rolloutAlerts(scope),
        sloAlerts(scope),
        investigateAlerts(scope),
        againstStableAlerts(scope),
        gateAlerts(scope),
        stableAlerts(scope),
        capacityAlerts(scope),
        workloadAlerts(scope),
        ...(scope.inCluster.redis ? [redisAlerts(scope)] : []),
        postgresAlerts(scope),
        ...(scope.inCluster.clickhouse ? [clickhouseAlerts(scope)] : []),
        kafkaAlerts(scope),
        volumeAlerts(scope),
        backupAlerts(scope),
        certificateAlerts(scope),
        pipelineAlerts(scope),
    ];
}

/** Every group, in the order in which Prometheus should evaluate them. */
export function ruleGroups(scope: Scope): readonly RuleGroup[] {
    return [...recordingGroups(scope), ...alertGroups(scope)];
}

/** Every alert. */
export function alertsOf(scope: Scope): readonly Alert[] {
    return alertGroups(scope).flatMap(({ alerts }) => alerts);
}
