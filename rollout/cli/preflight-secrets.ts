import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import type { PreflightSecrets } from "../preflight/live/index.ts";
import type { Environment } from "../settings/environment.ts";
import type { SecretKey } from "../settings/secrets.ts";

/** Where a preflight's secrets are looked for. */
export interface SecretPlaces {
    readonly variables: Readonly<Record<string, string | undefined>>;
    /** The stack with the encrypted password. */
    readonly stack: { readonly name: string; readonly folder: string };
    readonly environment: Environment;
    /** Undefined where the program names none. */
    readonly postgresPassword: SecretKey | undefined;
    /** Folder of the user, with `.docker/config.json`. @default the user's own */
    readonly home?: string;
}

/**
 * Secrets from the environment, each as `NOVA_PREFLIGHT_<NAME>` or, in a file, as `NOVA_PREFLIGHT_<NAME>_FILE`; PostgreSQL's password from the stack's encrypted config where the
 * environment has none, and a registry's login from Docker's configuration.
 */
export function preflightSecrets({ variables, stack, environment, postgresPassword, home = homedir() }: SecretPlaces): PreflightSecrets {
    const given = async (name: string): Promise<string | undefined> => {
        const [value, file] = [variables[`NOVA_PREFLIGHT_${name}`], variables[`NOVA_PREFLIGHT_${name}_FILE`]];
        return value ?? (file === undefined ? undefined : (await readFile(file, "utf8")).trim());
    };
    return {
        postgresPassword: async () =>
            (await given("POSTGRES_PASSWORD")) ??
            (postgresPassword === undefined
                ? undefined
                : ((environment === "lab" ? variables[postgresPassword.labVariable] : undefined) ?? (await stackSecret(stack, postgresPassword.key)))),
        passwordPlaces: `${postgresPassword === undefined ? "" : `${postgresPassword.key} in the stack config, or `}NOVA_PREFLIGHT_POSTGRES_PASSWORD`,
        kafkaLogin: async () => {
            const [username, password, mechanism] = [await given("KAFKA_USERNAME"), await given("KAFKA_PASSWORD"), await given("KAFKA_MECHANISM")];
            return username === undefined || password === undefined
                ? undefined
                : { username, password, mechanism: mechanisms.parse(mechanism ?? "scram-sha-512") };
        },
        registryLogin: async (host) => {
            const [username, password] = [await given("REGISTRY_USERNAME"), await given("REGISTRY_PASSWORD")];
            return username === undefined || password === undefined
                ? dockerLogin(join(variables.DOCKER_CONFIG ?? join(home, ".docker"), "config.json"), host)
                : { username, password };
        },
        storeAuthority: async () => {
            const file = variables.NOVA_PREFLIGHT_STORE_AUTHORITY_FILE ?? (environment === "lab" ? variables.NOVA_LAB_CERTIFICATE_AUTHORITY : undefined);
            return file === undefined ? undefined : readFile(file, "utf8");
        },
    };
}

const mechanisms = z.enum(["plain", "scram-sha-256", "scram-sha-512"], "NOVA_PREFLIGHT_KAFKA_MECHANISM is none of plain, scram-sha-256, scram-sha-512");

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
