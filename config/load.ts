import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { labPasswordVariable, parseConfig, passwordKey } from "./parse.ts";
import { ConfigError } from "../rollout/settings/problem.ts";
import type { StackConfig } from "./schema.ts";

/**
 * The stack config of the running program, validated.
 *
 * @throws {ConfigError} with every problem at once.
 */
export function loadConfig(): StackConfig {
    const prefix = `${pulumi.getProject()}:`;
    const keys = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
    const raw = Object.fromEntries(keys.map(([key, value]) => [key.slice(prefix.length), structured(value)]));
    const parsed = parseConfig(raw, { variables: process.env, secretKeys: secretKeysOf(prefix) });
    if (!parsed.ok) {
        throw new ConfigError(parsed.problems);
    }
    return parsed.config;
}

/** The secrets of the stack config. They are outputs, so that they stay encrypted wherever they go. Call {@link loadConfig} first: it says what is missing. */
export function loadSecrets(): { readonly postgresAdminPassword: pulumi.Output<string> } {
    const config = new pulumi.Config();
    const fromLab = config.get("environment") === "lab" ? process.env[labPasswordVariable] : undefined;
    return { postgresAdminPassword: fromLab === undefined ? config.requireSecret(passwordKey) : pulumi.secret(fromLab) };
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
