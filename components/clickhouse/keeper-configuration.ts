import { stringify } from "yaml";

import { keeperPorts } from "./ports.ts";
import { commonConfiguration } from "./server-configuration.ts";
import { type ClickHouseDomains, keeperHosts } from "./topology.ts";

/** `keeper.yaml`, the same for every Keeper: its id comes from the environment (`KEEPER_ID`). */
export function keeperConfiguration({ tls, ...domains }: ClickHouseDomains & { readonly tls: boolean }): string {
    return stringify({
        ...commonConfiguration(tls),
        keeper_server: {
            ...(tls ? { tcp_port_secure: keeperPorts.encrypted } : { tcp_port: keeperPorts.plain }),
            server_id: { "@from_env": "KEEPER_ID" },
            log_storage_path: "/var/lib/clickhouse-keeper/log",
            snapshot_storage_path: "/var/lib/clickhouse-keeper/snapshots",
            // The other commands by four letters would tell anyone what is stored; the metrics tell enough.
            four_letter_word_white_list: "ruok",
            coordination_settings: { operation_timeout_ms: 10_000, session_timeout_ms: 30_000, raft_logs_level: "warning" },
            raft_configuration: {
                ...(tls ? { secure: true } : {}),
                server: keeperHosts(domains).map(({ id, host }) => ({ id, hostname: host, port: keeperPorts.raft })),
            },
            http_control: { port: keeperPorts.control, readiness: { endpoint: "/ready" } },
        },
    });
}
