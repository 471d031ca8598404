import * as pulumi from "@pulumi/pulumi";

import { stackConfig } from "../rollout/pulumi/stack-config.ts";
import { labPasswordVariable, parseConfig, passwordKey } from "./parse.ts";
import type { StackConfig } from "./schema.ts";

/**
 * The stack config of the running program, validated.
 *
 * @throws {ConfigError} with every problem at once.
 */
export function loadConfig(): StackConfig {
    return stackConfig(parseConfig);
}

/** The secrets of the stack config. They are outputs, so that they stay encrypted wherever they go. Call {@link loadConfig} first: it says what is missing. */
export function loadSecrets(): { readonly postgresAdminPassword: pulumi.Output<string> } {
    const config = new pulumi.Config();
    const fromLab = config.get("environment") === "lab" ? process.env[labPasswordVariable] : undefined;
    return { postgresAdminPassword: fromLab === undefined ? config.requireSecret(passwordKey) : pulumi.secret(fromLab) };
}
