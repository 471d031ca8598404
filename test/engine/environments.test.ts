import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labEnvironment, labLayout, readLabState } from "../../lab/api.ts";
import { type EngineResult, changeCount, runEngine } from "../../lab/trial/engine.ts";

/**
 * The committed stack files of staging and prod, previewed against the lab's API server. Their stores and brokers exist nowhere: a preview from nothing must not
 * need them.
 */
describe.each(["staging", "prod"])("the %s stack", (stackName) => {
    let environment: Readonly<Record<string, string>>;

    const pulumi = async (...args: readonly string[]): Promise<EngineResult> => runEngine({ args, workingDirectory: labLayout().checkout, environment });

    beforeAll(async () => {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        // The passphrase is the committed one, which docs/configuration.md names: it guards made-up values only.
        environment = { ...labEnvironment(labLayout(), state), PULUMI_CONFIG_PASSPHRASE: "preview-only", NOVA_KUBECONTEXT: "nova-lab" };
        expect((await pulumi("stack", "init", "--no-select", "--stack", stackName)).output).toMatch(/Created stack|already exists/);
    });
    afterAll(async () => {
        await pulumi("stack", "rm", "--yes", "--preserve-config", "--stack", stackName);
    });

    it("previews cleanly from nothing", async () => {
        const result = await pulumi("preview", "--stack", stackName);
        expect(result.exitCode, result.output).toBe(0);
        expect(result.errors).toBe("");
        expect(changeCount(result)).toBeGreaterThan(10);
        expect(Object.keys(result.summary ?? {})).toEqual(["create"]);
        expect(result.output).not.toMatch(/not evaluated/);
    });
});
