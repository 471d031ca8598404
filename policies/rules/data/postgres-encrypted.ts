import { resourceRule, wrong } from "../../engine/rule.ts";
import { at } from "../../engine/value.ts";

/** Anything below verify-full accepts any server that answers. */
export const postgresEncrypted = resourceRule({
    name: "postgres-encrypted",
    title: "The program talks to PostgreSQL over TLS, and verifies who answers.",
    severity: "high",
    level: "mandatory",
    types: ["postgresql:index/role:Role", "postgresql:index/database:Database"],
    *check(resource) {
        const mode = at(resource.provider, "sslmode");
        if (typeof mode === "string" && mode !== "verify-full") {
            yield wrong("provider", `its provider connects with sslmode=${mode}`, "set sslmode to verify-full");
        }
    },
});
