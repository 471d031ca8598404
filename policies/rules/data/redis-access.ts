import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles, directive, redisFiles } from "../../shapes/config-text.ts";

/** An open Redis is a shell on its server. */
export const redisAccess = objectRule({
    name: "redis-access",
    title: "Redis and Sentinel ask who is there, and stay in protected mode.",
    severity: "critical",
    level: "mandatory",
    kinds: ["core/ConfigMap"],
    *check(object) {
        for (const { key, content } of configFiles(object, redisFiles)) {
            if (directive(content, "aclfile") === undefined && directive(content, "requirepass") === undefined && directive(content, "user") === undefined) {
                yield wrong(`data.${key}`, "any client that reaches the port may do anything", "set aclfile");
            }
            if (directive(content, "protected-mode") === "no") {
                yield wrong(`data.${key}`, "protected mode is off", "set protected-mode yes");
            }
        }
    },
});
