import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import type { PreflightSecrets } from "../preflight/live/index.ts";
import { type VariablePrefix, variableName } from "../profile/variables.ts";
import type { Environment } from "../settings/environment.ts";
import type { SecretKey } from "../settings/secrets.ts";

/** Where a preflight's secrets are looked for. */
export interface SecretPlaces {
    readonly variables: Readonly<Record<string, string | undefined>>;
    /** By which they are named. */
    readonly profile: VariablePrefix;
    /** The stack with the encrypted password. */
    readonly stack: { readonly name: string; readonly folder: string };
    readonly environment: Environment;
    /** Undefined where the program names none. */
    readonly postgresPassword: SecretKey | undefined;
    /** Folder of the user, with `.docker/config.json`. @default the user's own */
    readonly home?: string;
}

/**
 * Secrets from the environment, each as `<prefix>_PREFLIGHT_<NAME>` or, in a file, as `<prefix>_PREFLIGHT_<NAME>_FILE`; PostgreSQL's password from the stack's encrypted config where the
 * environment has none, and a registry's login from Docker's configuration.
 */
export function preflightSecrets({ variables, profile, stack, environment, postgresPassword, home = homedir() }: SecretPlaces): PreflightSecrets {
    const named = (name: string): string => variableName(profile, `PREFLIGHT_${name}`);
    const given = async (name: string): Promise<string | undefined> => {
        const [value, file] = [variables[named(name)], variables[named(`${name}_FILE`)]];
        return value ?? (file === undefined ? undefined : (await readFile(file, "utf8")).trim());
    };
    return {
        postgresPassword: async () =>
            (await given("POSTGRES_PASSWORD")) ??
            (postgresPassword === undefined
                ? undefined
                : ((environment === "lab" ? variables[postgresPassword.labVariable] : undefined) ?? (await stackSecret(stack, postgresPassword.key)))),
        passwordPlaces: `${postgresPassword === undefined ? "" : `${postgresPassword.key} in the stack config, or `}${named("POSTGRES_PASSWORD")}`,
        kafkaLogin: async () => {
            const [username, password, mechanism] = [await given("KAFKA_USERNAME"), await given("KAFKA_PASSWORD"), await given("KAFKA_MECHANISM")];
            return username === undefined || password === undefined
                ? undefined
                : { username, password, mechanism: mechanismIn(mechanism ?? "scram-sha-512", named("KAFKA_MECHANISM")) };
        },
        registryLogin: async (host) => {
            const [username, password] = [await given("REGISTRY_USERNAME"), await given("REGISTRY_PASSWORD")];
            return username === undefined || password === undefined
                ? dockerLogin(join(variables.DOCKER_CONFIG ?? join(home, ".docker"), "config.json"), host)
                : { username, password };
        },
        storeAuthority: async () => {
            const file = variables[named("STORE_AUTHORITY_FILE")];
            return file === undefined ? undefined : readFile(file, "utf8");
        },
    };
}

const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** @throws {ZodError} where `mechanism` is no way to log in to Kafka, with the variable that says it. */
function mechanismIn(mechanism: string, variable: string): (typeof mechanisms)[number] {
    return z.enum(mechanisms, `${variable} is none of ${mechanisms.join(", ")}`).parse(mechanism);
}

async function stackSecret({ name, folder }: SecretPlaces["stack"], key: string): Promise<string | undefined> {
    const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
    const selected = await LocalWorkspace.selectStack({ stackName: name, workDir: folder });
    const all = await selected.getAllConfig();
    return Object.entries(all).find(([name]) => name.endsWith(`:${key}`))?.[1].value;
}

/** A login that `docker login` left. Those of a credential helper are not asked for. */
async function dockerLogin(file: string, host: string): Promise<{ readonly username: string; readonly password: string } | undefined> {
    const text = await readFile(file, "utf8").catch(() => undefined);
    const auth = text === undefined ? undefined : dockerConfig.parse(JSON.parse(text)).auths?.[host]?.auth;
    if (auth === undefined) {
        return undefined;
    }
    const decoded = Buffer.from(auth, "base64").toString("utf8");
    return { username: decoded.slice(0, decoded.indexOf(":")), password: decoded.slice(decoded.indexOf(":") + 1) };
}

const dockerConfig = z.object({ auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional() });
