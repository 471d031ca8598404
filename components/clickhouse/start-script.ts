import { certificateRenewal } from "../certificate-renewal.ts";

/** Key of the start script in a ConfigMap, and its name in the pod. */
export const startScriptFile = "start.sh";

/**
 * The script that starts a server or a Keeper.
 *
 * A server reads its renewed certificate by itself, but not a new authority. A Keeper does not read a renewed one for the port among Keepers
 * (https://github.com/ClickHouse/ClickHouse/issues/89670, fixed in 26.1). What is not read ends the process, one pod after the other.
 */
export function startScript(part: "server" | "keeper", tls: boolean): string {
    const { program, configuration, watched } = parts[part];
    const watch = tls ? `${certificateRenewal}when_renewed end_in_turn ${watched.join(" ")}\n` : "";
    return `set -eu\n${watch}exec ${program} --config-file=/configuration/${configuration}\n`;
}

const parts = {
    server: { program: "clickhouse-server", configuration: "config.yaml", watched: ["/tls/ca.crt"] },
    keeper: { program: "clickhouse-keeper", configuration: "keeper.yaml", watched: ["/tls/tls.crt", "/tls/tls.key", "/tls/ca.crt"] },
} as const;
