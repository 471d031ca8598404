import { stackRule, wrong } from "../../engine/rule.ts";
import { text, texts } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";

/** An owner can drop its tables. The service's own role must not be able to. */
export const postgresOwner = stackRule({
    name: "postgres-owner",
    title: "The owner of a database is not the role that the service works as.",
    severity: "high",
    level: "mandatory",
    check: (stack) => {
        const granted = [...stack.ofType("postgresql:index/grant:Grant"), ...stack.ofType("postgresql:index/defaultPrivileges:DefaultPrivileges")];
        const working = new Set(
            granted.filter((grant) => texts(grant.properties, "privileges").includes("INSERT")).map((grant) => text(grant.properties, "role")),
        );
        return onEach(stack.ofType("postgresql:index/database:Database"), function* (database) {
            const owner = text(database.properties, "owner");
            if (owner === undefined || working.has(owner)) {
                yield wrong(
                    "owner",
                    owner === undefined ? "the database has no owner of its own" : `its owner ${owner} is the role that the service works as`,
                    "give it an owner that only migrations use",
                );
            }
        });
    },
});
