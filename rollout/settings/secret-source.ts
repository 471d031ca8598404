import { text } from "./text.ts";

/**
 * Where a secret is to be found: an environment variable or a file of the machine that needs it. The secret itself is never in the config.
 */
const variableName = /^[A-Z_][A-Z0-9_]{0,99}$/;
const absolutePath = /^\/[^\0]{1,500}$/;

/** A key that names the environment variable with a secret: `what` says which, `example` is such a name. */
export const fromVariable = (what: string, example: string) =>
    text
        .regex(variableName, "is not the name of an environment variable")
        .exactOptional()
        .meta({
            description: `Environment variable that holds ${what}.`,
            examples: [example],
            fix: "write the variable's name in capitals, never the secret itself",
        });

/** A key that names the file with a secret: `what` says which, `example` is such a path. */
export const fromFile = (what: string, example: string) =>
    text
        .regex(absolutePath, "is not an absolute path")
        .exactOptional()
        .meta({
            description: `File that holds ${what}, in place of a variable. It is read anew each time.`,
            examples: [example],
            fix: "write an absolute path",
        });
