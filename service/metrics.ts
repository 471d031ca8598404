import type { ServiceMetrics } from "../rollout/gate/service-metrics.ts";

/** What the pods of the service show: docs/service-contract.md. */
export const metrics: ServiceMetrics = {
    kind: "prometheus",
    names: {
        cacheLabel: "cache",
        inFlight: "http_requests_in_flight",
        timeouts: "http_request_timeouts_total",
        cache: "cache_requests_total",
        databasePool: { connections: "database_pool_connections", maximum: "database_pool_connections_max", waiting: "database_pool_waiting" },
        connectionErrors: "database_connection_errors_total",
        events: "engagement_events_total",
        logLines: "log_messages_total",
    },
    testersLabel: "audience",
};
