import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles } from "../../shapes/config-text.ts";

/** One heavy question must not stop the service. */
export const clickhouseLimits = objectRule({
    name: "clickhouse-limits",
    title: "ClickHouse users have quotas, and those who only look have a read-only profile.",
    severity: "medium",
    level: "mandatory",
    kinds: ["core/ConfigMap", "core/Secret"],
    *check(object) {
        for (const { key, content } of configFiles(object, /^users.*\.(xml|ya?ml)$/)) {
            if (!/<quotas>|^quotas:/m.test(content)) {
                yield wrong(`data.${key}`, "users have no quotas", "declare quotas, and name one for each user");
            }
            if (!/<readonly>\s*[12]|readonly:\s*[12]/.test(content)) {
                yield wrong(`data.${key}`, "no profile is read-only", "declare a profile with readonly 1 for people and dashboards");
            }
        }
    },
});
