import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles, directive, redisFiles } from "../../shapes/config-text.ts";

/** Without TLS, passwords and data cross the network in plain text. */
export const redisEncrypted = objectRule({
    name: "redis-encrypted",
    title: "Redis and Sentinel listen with TLS only, and talk TLS among themselves.",
    severity: "high",
    level: "mandatory",
    kinds: ["core/ConfigMap"],
    *check(object) {
        for (const { key, content } of configFiles(object, redisFiles)) {
            if (directive(content, "tls-port") === undefined || directive(content, "port") !== "0") {
                yield wrong(`data.${key}`, "it takes connections without TLS", "set port 0 and tls-port");
            } else if (replicates(content) && directive(content, "tls-replication") !== "yes") {
                yield wrong(`data.${key}`, "it talks to the other servers without TLS", "set tls-replication yes");
            }
        }
    },
});

/** Whether a configuration is that of one server among several. */
function replicates(content: string): boolean {
    return ["replicaof", "masteruser", "sentinel"].some((name) => directive(content, name) !== undefined);
}
