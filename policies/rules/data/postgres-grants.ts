import { resourceRule, wrong } from "../../engine/rule.ts";
import { text, texts } from "../../engine/value.ts";

/** ALL also grants what the next version adds; PUBLIC is everybody who can connect. */
export const postgresGrants = resourceRule({
    name: "postgres-grants",
    title: "A grant names its privileges and its role: never ALL, never to PUBLIC.",
    severity: "high",
    level: "mandatory",
    types: ["postgresql:index/grant:Grant", "postgresql:index/defaultPrivileges:DefaultPrivileges"],
    *check(grant) {
        const privileges = texts(grant.properties, "privileges");
        if (privileges.some((privilege) => /^all( privileges)?$/i.test(privilege))) {
            yield wrong("privileges", "it grants ALL", "list the privileges that are needed");
        }
        // A grant of nothing to PUBLIC takes away what PostgreSQL gives to everybody.
        if (privileges.length > 0 && text(grant.properties, "role")?.toLowerCase() === "public") {
            yield wrong("role", "it grants to everybody", "name the role");
        }
    },
});
