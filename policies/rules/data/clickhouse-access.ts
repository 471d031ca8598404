import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles } from "../../shapes/config-text.ts";

/** The image's own configuration has a user without a password, from anywhere. */
export const clickhouseAccess = objectRule({
    name: "clickhouse-access",
    title: "Every ClickHouse user has a password, and comes from known networks.",
    severity: "critical",
    level: "mandatory",
    kinds: ["core/ConfigMap", "core/Secret"],
    *check(object) {
        for (const { key, content } of configFiles(object, /users.*\.(xml|ya?ml)$/)) {
            if (/<password>\s*<\/password>|<password\s*\/>|<no_password|(^|[\s{,])no_password:|(^|[\s{,])password:\s*(''|""|~|null)?\s*$/m.test(content)) {
                yield wrong(`data.${key}`, "a user has no password", "set password_sha256_hex");
            }
            if (/(::\/0|0\.0\.0\.0\/0)/.test(content)) {
                yield wrong(`data.${key}`, "users may come from anywhere", "name the networks of the pods");
            }
        }
    },
});
