import { containerRule, wrong } from "../../engine/rule.ts";
import { has, list, text } from "../../engine/value.ts";
import { cis } from "../../shapes/references.ts";

/** The environment is inherited by every child process and printed in crash reports; a file is read by who opens it, and follows a rotation. */
export const secretsAsFiles = containerRule({
    name: "secrets-as-files",
    title: "Secrets reach containers as files, not in the environment.",
    severity: "low",
    level: "advisory",
    references: [cis("5.4.1")],
    *check(container) {
        for (const [index, variable] of list(container.body, "env").entries()) {
            if (has(variable, "valueFrom", "secretKeyRef")) {
                yield wrong(
                    `env[${String(index)}].valueFrom.secretKeyRef`,
                    `the variable ${text(variable, "name") ?? ""} of container "${container.name}" comes from a Secret`,
                    "mount the Secret as a volume",
                );
            }
        }
        for (const [index, source] of list(container.body, "envFrom").entries()) {
            if (has(source, "secretRef")) {
                yield wrong(
                    `envFrom[${String(index)}].secretRef`,
                    `container "${container.name}" takes a whole Secret into its environment`,
                    "mount the Secret as a volume",
                );
            }
        }
    },
});
