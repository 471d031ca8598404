import { type EnvironmentVariables } from "./placeholders.ts";
import type { ConfigProblem } from "./problem.ts";

/** A secret of the stack config: encrypted in the stack file, or in an environment variable of a lab. */
export interface SecretKey {
    readonly key: string;
    readonly labVariable: string;
}

/** Stands for a value that may not be shown. */
export const redacted = "[secret]";

/** Keys that are encrypted and may not be: the program would hand them on in plain text. */
export function needlessSecrets(
    config: Readonly<Record<string, unknown>>,
    secretKeys: ReadonlySet<string>,
    secrets: readonly SecretKey[],
): readonly ConfigProblem[] {
    const allowed = secrets.map(({ key }) => key).join(", ");
    return Object.keys(config)
        .filter((key) => secretKeys.has(key))
        .map((key) => ({
            key,
            value: redacted,
            problem: "is secret, and would be handed on in plain text",
            fix: `set it without --secret; ${allowed === "" ? "no key is secret" : `the only secret key is ${allowed}`}, other credentials are generated`,
        }));
}

/** What is wrong with a secret key of the config. */
export function secretProblems(
    { key, labVariable }: SecretKey,
    value: unknown,
    environment: unknown,
    { variables, secretKeys }: { readonly variables: EnvironmentVariables; readonly secretKeys: ReadonlySet<string> },
): readonly ConfigProblem[] {
    const howToSetIt = `pulumi config set --secret ${key}`;
    if (environment === "lab") {
        return (variables[labVariable] ?? "") === ""
            ? [
                  {
                      key,
                      problem: `needs ${labVariable}, which the environment does not have`,
                      fix: "start the lab and load its settings: make lab-up and source .lab/env",
                  },
              ]
            : [];
    }
    if (typeof value !== "string" || value === "") {
        return [{ key, problem: "is missing", fix: `set it as a secret: ${howToSetIt}` }];
    }
    return secretKeys.has(key)
        ? []
        : [{ key, value: redacted, problem: "is in plain text in the stack file", fix: `change it, then set it as a secret: ${howToSetIt}` }];
}
