import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles } from "../../shapes/config-text.ts";

const plainPorts = ["http_port", "tcp_port", "interserver_http_port"];

/** Without TLS, passwords and rows cross the network in plain text. */
export const clickhouseEncrypted = objectRule({
    name: "clickhouse-encrypted",
    title: "ClickHouse listens with TLS only.",
    severity: "high",
    level: "mandatory",
    rows: ["D4"],
    kinds: ["core/ConfigMap"],
    *check(object) {
        for (const { key, content } of configFiles(object, /^(?!users).*\.(xml|ya?ml)$/)) {
            const open = plainPorts.filter((port) => new RegExp(`<${port}>\\s*\\d|^\\s*${port}:\\s*\\d`, "m").test(content));
            if (open.length > 0) {
                yield wrong(
                    `data.${key}`,
                    `ClickHouse listens at ${open.join(", ")} without TLS`,
                    "use https_port, tcp_port_secure and interserver_https_port",
                );
            }
        }
    },
});
