import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { faultNames } from "./fault.ts";
import { logLevels } from "./log.ts";

const factor = z
    .string()
    .regex(/^\d+(\.\d+)?$/, "use a number from 0 on")
    .transform(Number);

const settingsSchema = z.strictObject({
    CACHE_TTL_SECONDS: z
        .string()
        .regex(/^[1-9]\d*$/, "use a whole number of seconds from 1 on")
        .transform(Number)
        .default(300),
    LOG_LEVEL: z.enum(logLevels, `use ${logLevels.join(", ")}`).default("info"),
    RANKING_MODEL: z
        .string()
        .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "use lower-case letters, digits and hyphens")
        .default("baseline"),
    FAULT_PROFILE: z.enum(faultNames, `use ${faultNames.join(", ")}`).default("healthy"),
    FAULT_AFTER_SECONDS: factor.default(0),
    FAULT_LEAK_FACTOR: factor.default(1),
});

/** Settings of a revision: its `config` in the stack file, one file a key in `/etc/service/settings`. */
export type Settings = z.output<typeof settingsSchema>;

/**
 * Reads the settings from what the files say.
 *
 * @throws {Error} naming each key that is unknown or has a bad value, with the value and the fix: a service that guesses is rolled out by mistake.
 */
export function settingsOf(files: Readonly<Record<string, string>>): Settings {
    const result = settingsSchema.safeParse(files);
    if (result.success) {
        return result.data;
    }
    const problems = result.error.issues.flatMap((issue) => {
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map((key) => `${key} is no setting of this service: use ${Object.keys(settingsSchema.shape).join(", ")}`);
        }
        const key = String(issue.path[0]);
        return [`${key} is '${files[key] ?? ""}': ${issue.message}`];
    });
    throw new Error(problems.join("; "));
}

/** What each file of a folder says, by its name. A mounted ConfigMap keeps its own links beside them, which begin with two dots. */
export function filesIn(folder: string): Record<string, string> {
    const names = readdirSync(folder).filter((name) => !name.startsWith(".."));
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8").trim()]));
}

/** Who this process is, as its pod says. */
export interface Identity {
    readonly service: string;
    readonly revision: string;
    readonly pod: string;
}

/** @throws {Error} naming the variable that the pod lacks. */
export function identityOf(environment: NodeJS.ProcessEnv): Identity {
    const read = (name: string): string => {
        const value = environment[name];
        if (value === undefined || value === "") {
            throw new Error(`${name} is not set: the pod of a revision sets SERVICE_NAME, REVISION_NAME and POD_NAME`);
        }
        return value;
    };
    return { service: read("SERVICE_NAME"), revision: read("REVISION_NAME"), pod: read("POD_NAME") };
}
