import { containerRule, wrong } from "../../engine/rule.ts";
import { list, text } from "../../engine/value.ts";

/** Anything below verify-full accepts any server that answers. */
export const postgresClientsEncrypted = containerRule({
    name: "postgres-clients-encrypted",
    title: "Pods talk to PostgreSQL over TLS, and verify who answers.",
    severity: "high",
    level: "mandatory",
    *check(container) {
        for (const [index, variable] of list(container.body, "env").entries()) {
            const value = text(variable, "value") ?? "";
            const mode = text(variable, "name") === "PGSSLMODE" ? value : /[?&]sslmode=([\w-]+)/.exec(value)?.[1];
            if (mode !== undefined && mode !== "verify-full") {
                yield wrong(`env[${String(index)}]`, `container "${container.name}" connects with sslmode=${mode}`, "use verify-full");
            }
        }
    },
});
