import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { toolPath } from "../../lab/toolchain/paths.ts";
import { engineConfig } from "../../rollout/cli/engine-config.ts";

/** The real CLI on a backend in a folder. Environments of Pulumi ESC need Pulumi Cloud: what the CLI says of their values is simulated in test/rollout/cli/session.test.ts. */
describe("the config as the engine has it", () => {
    const folder = mkdtempSync(join(tmpdir(), "engine-config-"));
    const pulumi = async (...args: readonly string[]) => execa("pulumi", [...args, "--stack", "odd", "--non-interactive"], { cwd: folder });

    beforeAll(async () => {
        vi.stubEnv("PATH", `${dirname(toolPath("pulumi"))}:${process.env.PATH ?? ""}`);
        vi.stubEnv("PULUMI_BACKEND_URL", `file://${folder}`);
        vi.stubEnv("PULUMI_HOME", join(folder, "home"));
        vi.stubEnv("PULUMI_SKIP_UPDATE_CHECK", "true");
        vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "opens everything");
        const defaults = "  timeScale:\n    type: string\n    default: '1'\n  candidate:\n    type: object\n    default: {}\n";
        writeFileSync(join(folder, "Pulumi.yaml"), `name: service\nruntime: nodejs\nconfig:\n${defaults}`);
        await pulumi("stack", "init");
        await pulumi("config", "set", "rolloutPercent", "10");
        await pulumi("config", "set", "--path", "stable.config.CACHE_TTL_SECONDS", "300", "--type", "string");
        await pulumi("config", "set", "--path", "stable.config.PORTS[0]", "80");
        await pulumi("config", "set", "--secret", "postgresAdminPassword", "a-very-secret-word");
        await pulumi("config", "set", "--secret", "--path", "smtp.password", "another-secret-word");
    });
    afterAll(() => {
        vi.unstubAllEnvs();
        rmSync(folder, { recursive: true, force: true });
    });

    it("is scalars as text, objects with their types, and defaults of the project; a secret is one, and its value is not there", async () => {
        const given = await engineConfig(folder, "odd");
        expect(given).toEqual({
            kind: "given",
            values: {
                "service:rolloutPercent": { value: "10", secret: false },
                "service:stable": { value: { config: { CACHE_TTL_SECONDS: "300", PORTS: [80] } }, secret: false },
                "service:timeScale": { value: "1", secret: false },
                "service:candidate": { value: {}, secret: false },
                "service:postgresAdminPassword": { secret: true },
                "service:smtp": { secret: true },
            },
        });
        expect(JSON.stringify(given)).not.toMatch(/secret-word/);
    });

    it("is had without what opens the secrets", async () => {
        vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", undefined);
        const given = await engineConfig(folder, "odd");
        vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "opens everything");
        expect(given).toMatchObject({ kind: "given", values: { "service:rolloutPercent": { value: "10" } } });
    });

    it("is missing, with the engine's words, where there is no such stack, and where the backend knows no environments", async () => {
        expect(await engineConfig(folder, "none")).toMatchObject({
            kind: "missing",
            reason: expect.stringMatching(/'pulumi config' failed: .*none/) as string,
        });
        writeFileSync(join(folder, "Pulumi.environments.yaml"), "environment:\n  - production\n");
        await execa("pulumi", ["stack", "init", "environments", "--non-interactive"], { cwd: folder });
        expect(await engineConfig(folder, "environments")).toMatchObject({ kind: "missing", reason: expect.stringMatching(/environments?/) as string });
    });
});
