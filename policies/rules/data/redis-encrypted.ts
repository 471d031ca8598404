import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles, directive } from "../../shapes/config-text.ts";

/** Without TLS, passwords and data cross the network in plain text. */
export const redisEncrypted = objectRule({
    name: "redis-encrypted",
    title: "Redis listens with TLS only.",
    severity: "high",
    level: "mandatory",
    rows: ["D3"],
    kinds: ["core/ConfigMap"],
    *check(object) {
        for (const { key, content } of configFiles(object, /(redis|valkey).*\.conf$/)) {
            if (directive(content, "tls-port") === undefined || directive(content, "port") !== "0") {
                yield wrong(`data.${key}`, "Redis takes connections without TLS", "set port 0 and tls-port");
            }
        }
    },
});
