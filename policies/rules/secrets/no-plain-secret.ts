import { containerRule, wrong } from "../../engine/rule.ts";
import { list, numberOrText, flag, text, texts, type Plain } from "../../engine/value.ts";
import { cis, nsa } from "../../shapes/references.ts";
import { secretArguments } from "../../shapes/secret-arguments.ts";
import { secretInFile } from "../../shapes/secret-files.ts";
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
            const value = valueOf(variable);
            const why = secretIn(name, value) ?? secretInFile(name, value);
            if (why !== undefined) {
                yield wrong(
                    `env[${String(index)}].value`,
                    `the variable ${name} of container "${container.name}" is a secret in plain text: ${why}`,
                    "mount it as a file from a Secret",
                );
            }
        }
        const command = texts(container.body, "command");
        for (const { index, why } of secretArguments([...command, ...texts(container.body, "args")])) {
            const path = index < command.length ? `command[${String(index)}]` : `args[${String(index - command.length)}]`;
            yield wrong(path, `an argument of container "${container.name}" is a secret in plain text: ${why}`, "let the program read it from a file");
        }
        for (const [path, words] of hooksOf(container.body)) {
            for (const { index, why } of secretArguments(words)) {
                yield wrong(
                    `${path}[${String(index)}]`,
                    `a command of container "${container.name}" is a secret in plain text: ${why}`,
                    "let the program read it from a file",
                );
            }
        }
    },
});

/** The value of a variable. Kubernetes refuses numbers and booleans there, but a manifest may have them. */
function valueOf(variable: Plain): string {
    try {
        return String(numberOrText(variable, "value") ?? "");
    } catch {
        return String(flag(variable, "value") ?? "");
    }
}

/** The commands that probes and hooks run. */
function* hooksOf(body: Plain): Generator<readonly [string, readonly string[]]> {
    const places = [["livenessProbe"], ["readinessProbe"], ["startupProbe"], ["lifecycle", "postStart"], ["lifecycle", "preStop"]];
    for (const place of places) {
        yield [`${place.join(".")}.exec.command`, texts(body, ...place, "exec", "command")];
    }
}
