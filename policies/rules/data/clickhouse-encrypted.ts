import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles, element } from "../../shapes/config-text.ts";

const plainPorts = ["http_port", "tcp_port", "interserver_http_port"];

/** Without TLS, passwords and rows cross the network in plain text. */
export const clickhouseEncrypted = objectRule({
    name: "clickhouse-encrypted",
    title: "ClickHouse and its Keepers listen with TLS only, and talk TLS among themselves.",
    severity: "high",
    level: "mandatory",
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
            if (
                /\braft_configuration\b/.test(content) &&
                !/<secure>\s*(true|1)\s*<|^\s*secure:\s*(true|1)\s*$/m.test(element(content, "raft_configuration") ?? "")
            ) {
                yield wrong(`data.${key}`, "the Keepers talk to each other without TLS", "set raft_configuration.secure to true");
            }
        }
    },
});
