import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { resultTable } from "../../../rollout/cli/commands/preflight.ts";
import { preflightSecrets } from "../../../rollout/cli/preflight-secrets.ts";
import { profile } from "../../../service/profile.ts";

const home = mkdtempSync(join(tmpdir(), "preflight-home-"));
beforeAll(() => {
    mkdirSync(join(home, ".docker"));
    const auth = Buffer.from("ci:with:colon").toString("base64");
    writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ auths: { "registry.example.com": { auth }, "helped.example.com": {} } }));
    writeFileSync(join(home, "token"), "from-a-file\n");
});
afterAll(() => {
    rmSync(home, { recursive: true });
});

const postgresPassword = { key: "postgresAdminPassword", labVariable: "NOVA_LAB_POSTGRES_PASSWORD" };
const secrets = (variables: Readonly<Record<string, string>>, environment: "lab" | "prod" = "prod") =>
    preflightSecrets({ variables, profile, environment, home, stack: { name: "none", folder: home }, postgresPassword });

describe("the secrets of a preflight", () => {
    it("are named by the prefix of the profile, and by the library's own where it has none", async () => {
        const place = { environment: "prod", home, stack: { name: "none", folder: home }, postgresPassword: undefined } as const;
        const variables = { SHOP_PREFLIGHT_POSTGRES_PASSWORD: "of the shop", ROLLOUT_PREFLIGHT_POSTGRES_PASSWORD: "of no service" };
        const ofShop = preflightSecrets({ ...place, variables, profile: { variablePrefix: "SHOP" } });

        expect(await ofShop.postgresPassword()).toBe("of the shop");
        expect(ofShop.passwordPlaces).toBe("SHOP_PREFLIGHT_POSTGRES_PASSWORD");
        expect(await preflightSecrets({ ...place, variables, profile: {} }).postgresPassword()).toBe("of no service");
    });

    it("have the authority of the stores in a file that the environment names, in a lab too", async () => {
        const file = join(home, "token");
        expect(await secrets({ NOVA_PREFLIGHT_STORE_AUTHORITY_FILE: file }, "lab").storeAuthority()).toBe("from-a-file\n");
        expect(await secrets({}, "lab").storeAuthority()).toBeUndefined();
    });

    it("come from the environment, or from a file that it names", async () => {
        expect(await secrets({ NOVA_PREFLIGHT_POSTGRES_PASSWORD: "word" }).postgresPassword()).toBe("word");
        expect(await secrets({ NOVA_PREFLIGHT_POSTGRES_PASSWORD_FILE: join(home, "token") }).postgresPassword()).toBe("from-a-file");
    });

    it("take the lab's password in a lab only", async () => {
        expect(await secrets({ NOVA_LAB_POSTGRES_PASSWORD: "lab" }, "lab").postgresPassword()).toBe("lab");
        await expect(secrets({ NOVA_LAB_POSTGRES_PASSWORD: "lab" }, "prod").postgresPassword()).rejects.toThrow();
    });

    it("take a registry's login from Docker's configuration, for that registry only", async () => {
        expect(await secrets({}).registryLogin("registry.example.com")).toEqual({ username: "ci", password: "with:colon" });
        expect(await secrets({}).registryLogin("other.example.com")).toBeUndefined();
        expect(await secrets({}).registryLogin("helped.example.com")).toBeUndefined();
        expect(await secrets({ NOVA_PREFLIGHT_REGISTRY_USERNAME: "a", NOVA_PREFLIGHT_REGISTRY_PASSWORD: "b" }).registryLogin("registry.example.com")).toEqual({
            username: "a",
            password: "b",
        });
    });

    it("refuse a way of logging in to Kafka that is none", async () => {
        const login = { NOVA_PREFLIGHT_KAFKA_USERNAME: "a", NOVA_PREFLIGHT_KAFKA_PASSWORD: "b" };

        expect(await secrets(login).kafkaLogin()).toEqual({ username: "a", password: "b", mechanism: "scram-sha-512" });
        await expect(secrets({ ...login, NOVA_PREFLIGHT_KAFKA_MECHANISM: "md5" }).kafkaLogin()).rejects.toThrow(/NOVA_PREFLIGHT_KAFKA_MECHANISM is none of/);
    });
});

describe("the table of results", () => {
    it("says of each check that did not pass what to do, and of the others nothing more", () => {
        const text = resultTable([
            { check: "redis", state: "passed", text: "all is well", tookMs: 120 },
            { check: "kafka", state: "failed", text: "broker 3 is down", fix: "start it", tookMs: 2_000 },
            { check: "load-test", state: "not-configured", text: "no report is named", fix: "set preflight.loadTest", tookMs: 0 },
            { check: "scrapes", state: "later", text: "v2 is not deployed yet", fix: "run 'pulumi up'", tookMs: 0 },
        ]);

        expect(text).toMatch(/ok +redis +0\.1 s +all is well/);
        expect(text).toMatch(/FAILED +kafka +2\.0 s +broker 3 is down\n +to fix: start it/);
        expect(text).toMatch(/later +scrapes .*\n +to fix: run 'pulumi up'/);
        expect(text).toMatch(/open +load-test .*\n +to fix: set preflight\.loadTest/);
    });
});
