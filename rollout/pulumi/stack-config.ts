import * as pulumi from "@pulumi/pulumi";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

import { defined } from "../defined.ts";
import type { ConfigParser } from "../settings/parse.ts";
import type { WrittenConfig } from "../settings/ambiguous.ts";
import { ConfigError } from "../settings/problem.ts";

/**
 * The config of the stack that runs, validated. Keys of other projects are not looked at.
 *
 * @param parse what `configParser` gives for the program's form.
 * @throws {ConfigError} with every problem at once.
 */
export function stackConfig<Config>(parse: ConfigParser<Config>): Config {
    const prefix = `${pulumi.getProject()}:`;
    const keys = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
    const raw = Object.fromEntries(keys.map(([key, value]) => [key.slice(prefix.length), structured(value)]));
    const parsed = parse(raw, { variables: process.env, secretKeys: secretKeysOf(prefix), ...defined({ written: writtenConfig() }) });
    if (!parsed.ok) {
        throw new ConfigError(parsed.problems);
    }
    return parsed.config;
}

/** The stack's file, which says what the engine's reader made other values of. Undefined where the config is kept elsewhere. */
function writtenConfig(): WrittenConfig | undefined {
    const file = `Pulumi.${pulumi.getStack()}.yaml`;
    return existsSync(file) ? { text: readFileSync(file, "utf8"), project: pulumi.getProject() } : undefined;
}

/** The CLI hands objects and lists over as JSON text, everything else as it is. */
function structured(value: string): unknown {
    if (!/^\s*[[{]/.test(value)) {
        return value;
    }
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

/** Keys that are encrypted in the stack file. The CLI tells the program in an environment variable, which the SDK reads and keeps to itself. */
function secretKeysOf(prefix: string): ReadonlySet<string> {
    const given = process.env.PULUMI_CONFIG_SECRET_KEYS ?? "";
    const keys = z.array(z.string()).parse(JSON.parse(given === "" ? "[]" : given));
    return new Set(keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)));
}
