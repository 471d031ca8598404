import * as pulumi from "@pulumi/pulumi";
import { existsSync, readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { z } from "zod";

import { defined } from "../defined.ts";
import type { ConfigParser } from "../settings/parse.ts";
import { ConfigError } from "../settings/problem.ts";
import { isRecord } from "../settings/tree.ts";
import { type WrittenConfig, readDifferently, readWritten } from "../settings/written.ts";

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
    const [secretKeys, written] = [secretKeysOf(prefix), writtenConfig()];
    const parsed = parse(raw, { variables: process.env, secretKeys, ...defined({ written }) });
    if (!parsed.ok) {
        throw new ConfigError(parsed.problems);
    }
    const open = Object.fromEntries(Object.entries(raw).filter(([key]) => !secretKeys.has(key)));
    const differing = written === undefined ? [] : readDifferently(written, open, projectDefaults(prefix));
    if (differing.length > 0) {
        throw new ConfigError(differing);
    }
    return parsed.config;
}

/** The stack's file, which says what the engine's reader made other values of. Undefined where the config is kept elsewhere. */
function writtenConfig(): WrittenConfig | undefined {
    const path = `Pulumi.${pulumi.getStack()}.yaml`;
    return existsSync(path) ? readWritten({ path, text: readFileSync(path, "utf8"), project: pulumi.getProject() }) : undefined;
}

/** What Pulumi.yaml gives a key that a stack's file leaves out. */
function projectDefaults(prefix: string): Readonly<Record<string, unknown>> {
    const project: unknown = existsSync("Pulumi.yaml") ? parseYaml(readFileSync("Pulumi.yaml", "utf8")) : {};
    const config = isRecord(project) && isRecord(project.config) ? project.config : {};
    return Object.fromEntries(
        Object.entries(config).map(([key, declared]) => [
            key.startsWith(prefix) ? key.slice(prefix.length) : key,
            isRecord(declared) ? (declared.value ?? declared.default) : declared,
        ]),
    );
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
