import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles, directive } from "../../shapes/config-text.ts";

/** Without a bound, Redis grows until the kernel ends it; without a policy, a full cache turns writes into errors. */
export const redisMemory = objectRule({
    name: "redis-memory",
    title: "Redis has a memory bound, and a policy for what it throws out.",
    severity: "high",
    level: "mandatory",
    kinds: ["core/ConfigMap"],
    *check(object) {
        for (const { key, content } of configFiles(object, /(redis|valkey).*\.conf$/)) {
            if ((directive(content, "maxmemory") ?? "0") === "0") {
                yield wrong(`data.${key}`, "Redis has no memory bound", "set maxmemory below the container's limit");
            }
            if ((directive(content, "maxmemory-policy") ?? "noeviction") === "noeviction") {
                yield wrong(`data.${key}`, "a full Redis refuses writes", "set maxmemory-policy");
            }
        }
    },
});
