import { stringify } from "yaml";

import { clickhousePorts, keeperPorts } from "./ports.ts";
import { type ClickHouseDomains, clusterName, keeperHosts, serverHosts } from "./topology.ts";

/** Days that ClickHouse keeps its own query log. */
const queryLogDays = 7;

/**
 * `config.yaml` of a server, complete: nothing is taken from the image's own configuration, which has an open default user.
 *
 * What differs between pods comes from their environment (`SHARD`, `POD_NAME`, `REPLICA_HOST`), what is secret from {@link serverCredentials}.
 */
export function serverConfiguration({ tls, ...domains }: ClickHouseDomains & { readonly tls: boolean }): string {
    const hosts = serverHosts(domains).map((replicas) => ({
        internal_replication: true,
        replica: replicas.map((host) => ({ host, port: tls ? clickhousePorts.encrypted.native : clickhousePorts.plain.native, ...secure(tls) })),
    }));
    return stringify({
        ...commonConfiguration(tls),
        path: "/var/lib/clickhouse/",
        tmp_path: "/var/lib/clickhouse/tmp/",
        user_files_path: "/var/lib/clickhouse/user_files/",
        format_schema_path: "/var/lib/clickhouse/format_schemas/",
        ...(tls
            ? {
                  https_port: clickhousePorts.encrypted.http,
                  tcp_port_secure: clickhousePorts.encrypted.native,
                  interserver_https_port: clickhousePorts.encrypted.interserver,
              }
            : { http_port: clickhousePorts.plain.http, tcp_port: clickhousePorts.plain.native, interserver_http_port: clickhousePorts.plain.interserver }),
        interserver_http_host: { "@from_env": "REPLICA_HOST" },
        // Accounts come from the file alone: SQL can't make one, so none is made past this program.
        user_directories: { users_xml: { path: "/configuration/users.yaml" } },
        default_profile: "default",
        default_database: "default",
        max_server_memory_usage_to_ram_ratio: 0.8,
        max_concurrent_queries: 200,
        macros: { cluster: clusterName, shard: { "@from_env": "SHARD" }, replica: { "@from_env": "POD_NAME" } },
        remote_servers: { [clusterName]: { shard: hosts } },
        zookeeper: {
            session_timeout_ms: 30_000,
            node: keeperHosts(domains).map(({ host }) => ({ host, port: tls ? keeperPorts.encrypted : keeperPorts.plain, ...secure(tls) })),
        },
        distributed_ddl: { path: "/clickhouse/task_queue/ddl" },
        query_log: {
            database: "system",
            table: "query_log",
            partition_by: "toYYYYMM(event_date)",
            ttl: `event_date + INTERVAL ${String(queryLogDays)} DAY DELETE`,
        },
    });
}

/** `config.d/credentials.yaml`: what servers show each other. The cluster's secret lets a distributed query run as the user who asked, with no password passed on. */
export function serverCredentials(interserverPassword: string): string {
    return stringify({
        interserver_http_credentials: { user: "interserver", password: interserverPassword },
        remote_servers: { [clusterName]: { secret: interserverPassword } },
    });
}

/** What servers and Keepers have in common: where they listen and log, their metrics, their certificate. */
export function commonConfiguration(tls: boolean): Readonly<Record<string, unknown>> {
    return {
        logger: { level: "information", console: true },
        listen_host: ["::", "0.0.0.0"],
        // On a cluster with one kind of address only, the other can't be listened on.
        listen_try: true,
        prometheus: { endpoint: "/metrics", port: clickhousePorts.metrics, metrics: true, events: true, asynchronous_metrics: true },
        ...(tls ? { openSSL: certificates } : {}),
    };
}

const certificates = {
    server: {
        certificateFile: "/tls/tls.crt",
        privateKeyFile: "/tls/tls.key",
        caConfig: "/tls/ca.crt",
        // Clients log in with a password, and need no certificate.
        verificationMode: "none",
        disableProtocols: "sslv2,sslv3,tlsv1,tlsv1_1",
    },
    client: {
        caConfig: "/tls/ca.crt",
        loadDefaultCAFile: false,
        verificationMode: "strict",
        disableProtocols: "sslv2,sslv3,tlsv1,tlsv1_1",
        invalidCertificateHandler: { name: "RejectCertificateHandler" },
    },
} as const;

function secure(tls: boolean): { readonly secure?: number } {
    return tls ? { secure: 1 } : {};
}
