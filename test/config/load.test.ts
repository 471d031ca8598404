import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { loadConfig, loadSecrets } from "../../config/load.ts";
import { ConfigError } from "../../rollout/settings/problem.ts";
import { buildStack, promiseOf } from "../helpers/mocks.ts";
import { labVariables, readStack } from "./stack-files.ts";

/** A stack's config in the form that the CLI hands over: structured values as JSON text. */
function handedOver(environment: "lab" | "prod"): Record<string, string> {
    const entries = Object.entries(readStack(environment));
    return Object.fromEntries(entries.map(([key, value]) => [`video-ranking:${key}`, typeof value === "string" ? value : JSON.stringify(value)]));
}

const prod = { config: handedOver("prod"), secretKeys: ["video-ranking:postgresAdminPassword"] };

beforeEach(() => {
    for (const name of [...Object.keys(labVariables), "NOVA_KUBECONTEXT"]) {
        vi.stubEnv(name, undefined);
    }
});

afterEach(() => {
    vi.unstubAllEnvs();
});

describe("loadConfig", () => {
    it("reads what the CLI hands over", async () => {
        const { result } = await buildStack(loadConfig, prod);
        expect(result).toMatchObject({ environment: "prod", rolloutPercent: 0, stores: { kafka: { replicationFactor: 3 } } });
    });

    it("stops the program with every problem, and without a stack trace", async () => {
        const broken = buildStack(loadConfig, { ...prod, config: { ...prod.config, "video-ranking:namespace": "A", "video-ranking:gateway": "{not JSON" } });
        await expect(broken).rejects.toThrow(ConfigError);
        expect(pulumi.RunError.isInstance(await broken.catch((error: unknown) => error))).toBe(true);
        await expect(broken).rejects.toThrow(/2 problems[^]*namespace = "A"[^]*gateway = "\{not JSON"/);
    });

    it("leaves the keys of others alone", async () => {
        await expect(buildStack(loadConfig, { ...prod, config: { ...prod.config, "pulumi:disable-default-providers": '["kafka"]' } })).resolves.toBeDefined();
    });
});

describe("loadSecrets", () => {
    it.each([
        { what: "the stack file", environment: "prod", password: "secret-value" },
        { what: "the lab", environment: "lab", password: "lab-password" },
    ] as const)("gives the administrator's password from $what as a secret", async ({ environment, password }) => {
        if (environment === "lab") {
            Object.entries(labVariables).forEach(([name, value]) => vi.stubEnv(name, value));
        }
        const { result } = await buildStack(
            async () => {
                const { postgresAdminPassword } = loadSecrets();
                return [await pulumi.isSecret(postgresAdminPassword), await promiseOf(postgresAdminPassword)];
            },
            environment === "prod" ? prod : { config: handedOver("lab") },
        );
        expect(result).toEqual([true, password]);
    });
});
