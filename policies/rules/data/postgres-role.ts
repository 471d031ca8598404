import { resourceRule, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";

const powers = ["superuser", "createRole", "createDatabase", "bypassRowLevelSecurity", "replication"] as const;

/** What a stolen password may do is what its role may do. */
export const postgresRole = resourceRule({
    name: "postgres-role",
    title: "No role that logs in is a superuser or may make roles, databases or copies.",
    severity: "critical",
    level: "mandatory",
    types: ["postgresql:index/role:Role"],
    *check(role) {
        for (const power of powers) {
            if (flag(role.properties, "login") === true && flag(role.properties, power) === true) {
                yield wrong(power, `the role has ${power}`, "set it to false");
            }
        }
    },
});
