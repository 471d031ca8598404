import type { Scope } from "../scope.ts";
import { buildDashboard } from "./build.ts";
import { canary } from "./canary.ts";
import { clickhouse } from "./clickhouse.ts";
import { kafka } from "./kafka.ts";
import { onCall } from "./on-call.ts";
import { overview } from "./overview.ts";
import type { DashboardSpec } from "./panel.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { rollouts } from "./rollouts.ts";

/** Every dashboard, from the general to the specific. */
export const dashboards: readonly DashboardSpec[] = [overview, canary, rollouts, onCall, redis, postgres, clickhouse, kafka];

/** A dashboard as Grafana's file, by its uid's last part. Of a store that somebody else runs there is none. */
export function dashboardFiles(scope: Scope): ReadonlyMap<DashboardSpec["name"], string> {
    const { redis: hasRedis, clickhouse: hasClickHouse } = scope.inCluster;
    const shown = dashboards.filter(({ name }) => (name !== "redis" || hasRedis) && (name !== "clickhouse" || hasClickHouse));
    return new Map(shown.map((spec) => [spec.name, `${JSON.stringify(buildDashboard(scope, spec), undefined, 1)}\n`]));
}
