import { contourClusterName } from "../rollout/settings/gateway-statistics.ts";
import { ownJobs, type Scope } from "./scope.ts";

/** Names for the cases beside the alerts, and for the pages in docs/: production of the video ranking service. */
export const example = {
    namespace: "nova-prod",
    service: "video-ranking",
    team: "ranking",
    stable: "v1-0-0",
    inCluster: { redis: true, clickhouse: true },
    database: "video_ranking",
    kafka: { brokers: 3, minimumInSyncReplicas: 2 },
    gateway: { kind: "envoy", clusterName: contourClusterName },
    jobs: {
        ...ownJobs("video-ranking"),
        postgres: "postgres-exporter",
        kafka: "kafka-exporter",
        prometheus: "prometheus",
        alertmanager: "alertmanager",
    },
    links: { runbooks: "https://runbooks.example.com/video-ranking", grafana: "https://grafana.example.com" },
} satisfies Omit<Scope, "profile">;

/** The scope of the cases and the pages, with the numbers of a profile. */
export function exampleScope(profile: Scope["profile"]): Scope & Required<Pick<Scope, "database" | "kafka">> {
    return { ...example, profile };
}

/** A candidate that is rolled out in the cases. */
export const exampleCandidate = "v1-1-0";
