import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labEnvironment, labLayout, readLabState } from "../../lab/api.ts";
import { type EngineResult, runEngine } from "../../lab/trial/engine.ts";
import { rules } from "../../policies/rules/index.ts";
import { TrialStack } from "../helpers/engine.ts";
import { mistakes } from "../policies/project/mistakes.ts";

const pack = new URL("../../policies", import.meta.url).pathname;
const project = new URL("../policies/project", import.meta.url).pathname;

describe("pulumi preview --policy-pack policies", () => {
    const backend = mkdtempSync(join(tmpdir(), "policies-backend-"));
    let environment: Readonly<Record<string, string>>;

    beforeAll(async () => {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        environment = { ...labEnvironment(labLayout(), state), PULUMI_BACKEND_URL: `file://${backend}` };
        const { exitCode, output } = await runEngine({ args: ["stack", "init", "mistakes"], workingDirectory: project, environment });
        expect(exitCode, output).toBe(0);
    });
    afterAll(() => {
        rmSync(backend, { recursive: true });
        // Making a stack writes its encryption salt beside the program.
        rmSync(join(project, "Pulumi.mistakes.yaml"), { force: true });
    });

    async function preview(mistake: string): Promise<EngineResult> {
        const config = join(backend, `${mistake}.yaml`);
        const context = environment.NOVA_LAB_KUBECONTEXT;
        writeFileSync(config, JSON.stringify({ config: { "policy-mistakes:mistake": mistake, "policy-mistakes:kubeContext": context } }));
        return runEngine({ args: ["preview", "--stack", "mistakes", "--config-file", config, "--policy-pack", pack], workingDirectory: project, environment });
    }

    const stopped = Object.keys(mistakes).filter((mistake) => mistake !== "none");
    it.each(stopped)("stops a program with the mistake %s, and says what it is and how to fix it", async (mistake) => {
        const { exitCode, output } = await preview(mistake);
        const title = rules.find(({ name }) => name === mistake)?.title ?? "?";
        expect(output).toMatch(new RegExp(`\\[mandatory\\] \\[severity: \\w+\\] +${mistake} +\\(kubernetes:`));
        expect(output).toContain(title);
        expect(output).toMatch(/To fix: /);
        expect(exitCode).not.toBe(0);
    });

    it("lets a program without a mistake through", async () => {
        const { exitCode, output } = await preview("none");
        expect(output).not.toContain("[mandatory]");
        expect(exitCode, output).toBe(0);
    });

    it("lets the project's own stack through, with the lab's configuration", async () => {
        const stack = await TrialStack.create("policies");
        try {
            const { exitCode, output } = await stack.preview({ options: ["--policy-pack", pack, "--policy-pack-config", join(pack, "config/lab.json")] });
            expect(output).not.toContain("[mandatory]");
            expect(output).toContain("nova-delivery@v0.1.0");
            expect(exitCode, output).toBe(0);
        } finally {
            await stack.remove();
        }
    });
});
