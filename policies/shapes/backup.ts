import type { StackIndex } from "../engine/stack.ts";
import type { KubernetesObject, Resource } from "../engine/subject.ts";
import { flag, list, text } from "../engine/value.ts";

/** What a CronJob says that it is, in an annotation. Its value lists stores by name, with commas between them. */
export type BackupPart = "backup-of" | "restore-check-of";

/** Where data lives: databases, and workloads with volumes of their own. */
export function storesIn(stack: StackIndex): readonly (KubernetesObject | Resource)[] {
    const workloads = stack.ofKind("apps/StatefulSet").filter((workload) => list(workload.body, "spec", "volumeClaimTemplates").length > 0);
    return [...stack.ofType("postgresql:index/database:Database"), ...workloads];
}

/** How annotations call a store: `postgres/<database>`, or the component of a workload, `clickhouse`, which several of its workloads may share. */
export function storeName(store: KubernetesObject | Resource): string {
    return "resource" in store ? (store.labels["app.kubernetes.io/component"] ?? store.name) : `postgres/${text(store.properties, "name") ?? store.name}`;
}

/** Why a workload needs no backup, as it says itself. */
export function reasonWithoutBackup(store: KubernetesObject | Resource): string | undefined {
    return "resource" in store ? text(store.body, "metadata", "annotations", "nova.example.com/without-backup") : undefined;
}

/**
 * The CronJobs that say they are the `part` of `store`, suspended ones if omitted, those do nothing. For a workload, only those of its namespace.
 *
 * @throws Unjudgeable when what a CronJob says is unknown.
 */
export function jobsFor(stack: StackIndex, part: BackupPart, store: KubernetesObject | Resource): readonly KubernetesObject[] {
    const name = storeName(store);
    return stack
        .ofKind("batch/CronJob")
        .filter((job) => !("resource" in store) || job.namespace === store.namespace)
        .filter((job) => namedIn(job, part).includes(name) && flag(job.body, "spec", "suspend") !== true);
}

/** CronJobs that back something up, by what they say or by their names. */
export function backupsIn(stack: StackIndex): readonly KubernetesObject[] {
    return stack
        .ofKind("batch/CronJob")
        .filter((job) => namedIn(job, "backup-of").length > 0 || /backup|dump/.test(`${job.name} ${job.labels["app.kubernetes.io/component"] ?? ""}`));
}

function namedIn(job: KubernetesObject, part: BackupPart): readonly string[] {
    const written = text(job.body, "metadata", "annotations", `nova.example.com/${part}`);
    return written === undefined ? [] : written.split(",").map((name) => name.trim());
}
