import type { DashboardName } from "../rule.ts";

/** The longest uid that Grafana takes. https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/#identifier-id-vs-unique-identifier-uid */
const longestUid = 40;

/** Uid of a dashboard: the same at every deployment, so that links last. A service's name is cut where both together are too long. */
export function dashboardUid(service: string, name: DashboardName): string {
    return `${service.slice(0, longestUid - 1 - name.length)}-${name}`;
}
