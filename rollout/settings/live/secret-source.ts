import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where a secret is: exactly one of the two. */
export interface SecretSource {
    /** Name of an environment variable. Where it is not set: of a file in the folder that {@link secretsFolderVariable} names, as in a pod, which gets no secrets in variables. */
    readonly variable?: string;
    /** Path of a file, read anew each time, so a rotated secret needs no restart. */
    readonly file?: string;
}

/** Where the watchdog finds its secrets: its pod sets this variable, and no person does, so that it has no prefix of a service. */
export const secretsFolderVariable = "ROLLOUT_SECRETS_FOLDER";

/** A secret, or why it is not there. */
export type SecretReading = { readonly kind: "read"; readonly value: string } | { readonly kind: "missing"; readonly reason: string };

/** Reads a secret. Never throws. Blanks around it are left out, such as the end of a file's last line. */
export async function readSecret({ variable, file }: SecretSource, variables: Readonly<Record<string, string | undefined>>): Promise<SecretReading> {
    if (variable !== undefined) {
        const value = variables[variable]?.trim() ?? "";
        const folder = variables[secretsFolderVariable] ?? "";
        if (value !== "") {
            return { kind: "read", value };
        }
        return folder === "" ? { kind: "missing", reason: `the environment variable ${variable} is not set` } : readSecretFile(join(folder, variable));
    }
    return file === undefined ? { kind: "missing", reason: "the config names no source of its secret" } : readSecretFile(file);
}

async function readSecretFile(file: string): Promise<SecretReading> {
    try {
        const value = (await readFile(file, "utf8")).trim();
        return value === "" ? { kind: "missing", reason: `the file ${file} is empty` } : { kind: "read", value };
    } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
        return { kind: "missing", reason: `the file ${file} can't be read: ${code}` };
    }
}
