import { fires, ofObject, quiet, steady } from "../cases.ts";
import { days, hours, like, minutes, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** Share of a volume that must be free, as a ratio: below it, an alert pages. */
const freeAtLeast = 0.05;
/** Share below which it matters whether a volume will be full soon, as a ratio. */
const freeToWatch = 0.4;

/** Volumes of the stores and backups, and whether the stores have all their servers. */
export function volumeAlerts(scope: Scope): RuleGroup {
    const volumes = { namespace: scope.namespace };
    const by = "max by (persistentvolumeclaim)";
    const free = `${by} (${select("kubelet_volume_stats_available_bytes", volumes)}) / ${by} (${select("kubelet_volume_stats_capacity_bytes", volumes)})`;
    const claim = { persistentvolumeclaim: "data-clickhouse-shard-0-0" };
    const gigabyte = 1e9;
    const of100 = (available: string): Record<string, string> => ({
        [ofObject("kubelet_volume_stats_available_bytes", { ...claim, node: "n1" })]: available,
        [ofObject("kubelet_volume_stats_capacity_bytes", { ...claim, node: "n1" })]: steady(100 * gigabyte, 500),
    });
    const nearlyFull = (name: string, measured: string): string =>
        `${name} has ${measured} left, less than ${percent(freeAtLeast)}. Once it is full, its store takes no more writes.`;
    const filling = (name: string, measured: string): string => `${name} has ${measured} left, and will be full within four days if it goes on like this.`;
    const missing = (name: string, measured: string): string => `${name} lacks ${measured} servers.`;
    const set = { statefulset: "video-ranking-stores-redis" };
    const servers = (ready: string): Record<string, string> => ({
        [ofObject("kube_statefulset_replicas", set)]: steady(3, 30),
        [ofObject("kube_statefulset_status_replicas_ready", set)]: ready,
    });
    const sets = { namespace: scope.namespace, statefulset: like(`${scope.service}-.+`) };
    return {
        name: "volumes",
        title: "Volumes and servers of the stores",
        intervalSeconds: 60,
        recordings: [],
        alerts: [
            {
                name: "VolumeNearlyFull",
                severity: "critical",
                expression: `${free} < ${String(freeAtLeast)}`,
                forSeconds: minutes(5),
                summary: "A volume is nearly full.",
                description: nearlyFull("{{ $labels.persistentvolumeclaim }}", "{{ $value | humanizePercentage }}"),
                dashboard: "on-call",
                cases: [
                    fires("when 3 of 100 GB are left", of100(steady(3 * gigabyte, 10)), minutes(8), [
                        { labels: claim, description: nearlyFull(claim.persistentvolumeclaim, "3%") },
                    ]),
                    quiet("when 5 of 100 GB are left", of100(steady(5 * gigabyte, 10)), minutes(8)),
                ],
            },
            {
                name: "VolumeFillsUp",
                severity: "warning",
                expression: [
                    `${free} < ${String(freeToWatch)}`,
                    `and ${by} (predict_linear(${select("kubelet_volume_stats_available_bytes", volumes, hours(6))}, ${String(days(4))})) < 0`,
                ].join(" "),
                forSeconds: hours(1),
                summary: "A volume will be full in a few days.",
                description: filling("{{ $labels.persistentvolumeclaim }}", "{{ $value | humanizePercentage }}"),
                dashboard: "on-call",
                cases: [
                    fires("when half a gigabyte goes each hour of the last 30", of100(`${String(30 * gigabyte)}-${String(gigabyte / 120)}x480`), hours(8), [
                        { labels: claim, description: filling(claim.persistentvolumeclaim, "26%") },
                    ]),
                    quiet("when a tenth of that goes each hour", of100(`${String(30 * gigabyte)}-${String(gigabyte / 1_200)}x480`), hours(8)),
                    quiet("when it empties", of100(`${String(20 * gigabyte)}+${String(gigabyte / 120)}x480`), hours(8)),
                ],
            },
            {
                name: "StoreReplicasMissing",
                severity: "warning",
                expression: [
                    `max by (statefulset) (${select("kube_statefulset_replicas", sets)})`,
                    `- max by (statefulset) (${select("kube_statefulset_status_replicas_ready", sets)}) > 0`,
                ].join(" "),
                forSeconds: minutes(15),
                summary: "A store lacks a server.",
                description: missing("{{ $labels.statefulset }}", "{{ $value }}"),
                dashboard: "on-call",
                cases: [
                    fires("when two of three are ready", servers("2x30"), minutes(20), [{ labels: set, description: missing(set.statefulset, "1") }]),
                    quiet("when a server moves to another node within ten minutes", servers("3x3 2x10 3x15"), minutes(25)),
                ],
            },
        ],
    };
}
