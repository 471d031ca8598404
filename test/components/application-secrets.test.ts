import { describe, expect, it } from "vitest";
import * as pulumi from "@pulumi/pulumi";

import { ApplicationSecrets, type ApplicationSecretsArgs } from "../../components/application-secrets.ts";
import { type RegisteredStack, buildStack, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "../helpers/mocks.ts";

const passwordType = "random:index/randomPassword:RandomPassword";

async function build(args: Partial<ApplicationSecretsArgs> = {}): Promise<RegisteredStack<ApplicationSecrets>> {
    return buildStack(() => new ApplicationSecrets("secrets", { service: "video-shelf", ...args }));
}

describe("application secrets", () => {
    it("are secret outputs, and nowhere in plain text", async () => {
        const stack = await build();
        for (const [account, { password }] of Object.entries(stack.result.credentials)) {
            expect(await pulumi.isSecret(password), account).toBe(true);
            const value = await promiseOf(password);
            expect(value, account).toMatch(/-result$/);
            expect(JSON.stringify(stack.resources.map(({ inputs, outputs }) => withoutSecrets([inputs, outputs])))).not.toContain(value);
        }
    });

    it("differ from account to account", async () => {
        const { credentials } = (await build()).result;
        const values = await Promise.all(Object.values(credentials).map(async ({ password }) => promiseOf(password)));
        expect(new Set(values).size).toBe(values.length);
    });

    it("need no escape in a URL", async () => {
        for (const { inputs } of (await build()).ofType(passwordType)) {
            expect(encodeURIComponent(String(inputs.overrideSpecial))).toBe(inputs.overrideSpecial);
            expect(inputs.length).toBeGreaterThanOrEqual(32);
        }
    });

    it("go with user names that each store takes unquoted", async () => {
        const { credentials } = (await build()).result;
        expect(credentials.postgresOwner.username).toBe("video_shelf_owner");
        expect(credentials.postgresApplication.username).not.toBe(credentials.postgresOwner.username);
        expect(credentials.kafkaApplication.username).toBe("video-shelf-application");
    });

    it("are rotated one by one", async () => {
        const rotated = (await build({ rotation: { redisApplication: "2026-01" } })).ofType(passwordType).filter(({ inputs }) => inputs.keepers !== undefined);
        expect(rotated.map(({ name, inputs }) => [name, valueAt(inputs, "keepers.rotation")])).toEqual([["secrets-redis-application", "2026-01"]]);
    });

    it("refuse to rotate an account that does not exist", async () => {
        await expect(build({ rotation: { redis: "2026-01" } })).rejects.toThrow("rotation names redis: no such account; use postgresOwner,");
    });

    it("name every child after themselves", async () => {
        expect(misnamedChildren(await build())).toEqual([]);
    });
});
