import { type Scope, dashboardNamesOf } from "../scope.ts";
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

/** Every dashboard, from the general to the specific. A store that another team runs has none. */
export function dashboardsOf(scope: Scope): readonly DashboardSpec[] {
    const all = [overview(scope), canary(scope), rollouts, onCall, redis, postgres, clickhouse, kafka];
    const names = dashboardNamesOf(scope);
    return all.filter(({ name }) => names.includes(name));
}

/** A dashboard as Grafana's file, by its uid's last part. */
export function dashboardFiles(scope: Scope): ReadonlyMap<DashboardSpec["name"], string> {
    return new Map(dashboardsOf(scope).map((spec) => [spec.name, `${JSON.stringify(buildDashboard(scope, spec), undefined, 1)}\n`]));
}
