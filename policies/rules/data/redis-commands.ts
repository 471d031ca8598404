import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles, directive } from "../../shapes/config-text.ts";

const dangerous = ["flushall", "flushdb", "keys", "config", "debug"] as const;

/** One word empties the cache, another one blocks it. */
export const redisCommands = objectRule({
    name: "redis-commands",
    title: "Redis keeps the commands that empty or block it from clients: by access rules, or by renaming.",
    severity: "medium",
    level: "mandatory",
    kinds: ["core/ConfigMap"],
    *check(object) {
        for (const { key, content } of configFiles(object, /(redis|valkey).*\.conf$/)) {
            const open = dangerous.filter((command) => !new RegExp(`^\\s*rename-command\\s+${command}\\s`, "im").test(content));
            if (
                directive(content, "aclfile") === undefined &&
                directive(content, "user") === undefined &&
                directive(content, "requirepass") !== undefined &&
                open.length > 0
            ) {
                yield wrong(`data.${key}`, `clients may call ${open.join(", ")}`, "use an aclfile that leaves out @dangerous and @admin");
            }
            if (
                ["yes", "local"].includes(directive(content, "enable-debug-command") ?? "no") ||
                ["yes", "local"].includes(directive(content, "enable-module-command") ?? "no")
            ) {
                yield wrong(`data.${key}`, "clients may debug the server or load modules", "set enable-debug-command and enable-module-command to no");
            }
        }
    },
});
