import { databaseName } from "../components/database-name.ts";
import { type Scope, ownJobs } from "../observability/scope.ts";
import { profile } from "../service/profile.ts";
import type { StackConfig } from "./schema.ts";

/** What alerts, rules and dashboards of a stack are about. `watching`: what its config says of who watches it, with the jobs that others run. */
export function scopeOf(
    { namespace, serviceName: service, stable, stores, metrics }: StackConfig,
    { jobs, ...watching }: Pick<Scope, "team" | "links"> & { readonly jobs: Omit<Scope["jobs"], keyof ReturnType<typeof ownJobs>> },
): Scope {
    return {
        profile,
        namespace,
        service,
        stable: stable.name,
        inCluster: { redis: stores.redis.kind === "in-cluster", clickhouse: stores.clickhouse.kind === "in-cluster" },
        database: databaseName(service),
        // Fewer brokers than copies can't hold the topics: so many there must be.
        kafka: { brokers: stores.kafka.replicationFactor, minimumInSyncReplicas: stores.kafka.minimumInSyncReplicas },
        gateway: metrics?.gateway ?? { kind: "none", reason: "the stack's config names no gateway" },
        jobs: { ...ownJobs(service), ...jobs },
        ...watching,
    };
}
