import { containerRule, wrong } from "../../engine/rule.ts";
import { list, text } from "../../engine/value.ts";

/** Of two variables with one name the last one wins, which is seldom what both authors meant. */
export const uniqueEnvironment = containerRule({
    name: "unique-environment",
    title: "No environment variable is declared twice.",
    severity: "low",
    level: "advisory",
    *check(container) {
        const seen = new Set<string>();
        for (const [index, variable] of list(container.body, "env").entries()) {
            const name = text(variable, "name") ?? "";
            if (seen.has(name)) {
                yield wrong(`env[${String(index)}]`, `container "${container.name}" declares ${name} twice`, "keep one");
            }
            seen.add(name);
        }
    },
});
