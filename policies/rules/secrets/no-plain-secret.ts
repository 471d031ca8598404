import { containerRule, wrong } from "../../engine/rule.ts";
import { list, text, texts } from "../../engine/value.ts";
import { cis, nsa } from "../../shapes/references.ts";
import { secretIn } from "../../shapes/secret-text.ts";

/** What stands in a manifest stands in the repository, in the state and in `kubectl describe`. The message never shows the value. */
export const noPlainSecret = containerRule({
    name: "no-plain-secret",
    title: "No secret stands in plain text in a container's environment, command or arguments.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.4.1"), nsa("Authentication and authorization: secrets")],
    *check(container) {
        for (const [index, variable] of list(container.body, "env").entries()) {
            const name = text(variable, "name") ?? "";
            const why = secretIn(name, text(variable, "value") ?? "");
            if (why !== undefined) {
                yield wrong(
                    `env[${String(index)}].value`,
                    `the variable ${name} of container "${container.name}" is a secret in plain text: ${why}`,
                    "mount it as a file from a Secret",
                );
            }
        }
        for (const key of ["command", "args"]) {
            for (const [index, argument] of texts(container.body, key).entries()) {
                const [, option = "", value = argument] = /^--?([\w-]+)=(.*)$/s.exec(argument) ?? [];
                const why = secretIn(option, value, true);
                if (why !== undefined) {
                    yield wrong(
                        `${key}[${String(index)}]`,
                        `an argument of container "${container.name}" is a secret in plain text: ${why}`,
                        "let the program read it from a file",
                    );
                }
            }
        }
    },
});
