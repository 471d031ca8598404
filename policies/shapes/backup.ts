import type { StackIndex } from "../engine/stack.ts";
import type { KubernetesObject, Resource } from "../engine/subject.ts";
import { list } from "../engine/value.ts";

/** What holds data that can't be made again: databases, and workloads with volumes of their own. */
export function storesIn(stack: StackIndex, withoutBackup: readonly string[]): readonly (KubernetesObject | Resource)[] {
    const workloads = stack.ofKind("apps/StatefulSet").filter((workload) => list(workload.body, "spec", "volumeClaimTemplates").length > 0);
    return [...stack.ofType("postgresql:index/database:Database"), ...workloads].filter((store) => !withoutBackup.includes(componentOf(store)));
}

/** What a store is called: the component of a workload, `postgres` for a database. */
export function componentOf(store: KubernetesObject | Resource): string {
    return "resource" in store ? (store.labels["app.kubernetes.io/component"] ?? store.name) : "postgres";
}

/** CronJobs that back something up. */
export function backupsIn(stack: StackIndex): readonly KubernetesObject[] {
    return stack.ofKind("batch/CronJob").filter((job) => /backup|dump/.test(`${job.name} ${job.labels["app.kubernetes.io/component"] ?? ""}`));
}

/** Settings of the rules about backups. */
export const withoutBackup = {
    withoutBackup: {
        type: "array",
        items: { type: "string" },
        default: ["redis", "clickhouse", "clickhouse-keeper"],
        description: "Components whose data comes back by itself: a cache, and copies of what the topics and the database hold",
    },
} as const;
