import { missing, resourceRule, wrong } from "../../engine/rule.ts";
import { flag, number } from "../../engine/value.ts";
import { checklist } from "../../shapes/references.ts";

/** A pool that leaks takes every connection of the server. */
export const postgresConnections = resourceRule({
    name: "postgres-connections",
    title: "A role that logs in has a connection limit.",
    severity: "medium",
    level: "mandatory",
    references: [checklist("Database connections stable")],
    types: ["postgresql:index/role:Role"],
    *check(role) {
        const limit = number(role.properties, "connectionLimit");
        if (flag(role.properties, "login") === true && (limit === undefined || limit < 0)) {
            yield (limit === undefined ? missing : wrong)("connectionLimit", "the role may take every connection", "set connectionLimit");
        }
    },
});
