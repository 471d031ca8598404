import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type EngineFlag, engineFlags, flagConfigs } from "../../helpers/engine-flags.ts";
import { LiveRollout } from "../../helpers/live-rollout.ts";
import { type TrialStack as Stack, TrialStack, nextRevision, succeeding } from "../../helpers/engine.ts";

/** Each flag on a stack with users on both revisions. After each, state and step are put back. */
describe("a rollout at 25 %", () => {
    let stack: Stack;
    let rollout: LiveRollout;

    beforeAll(async () => {
        stack = await TrialStack.create("engine-flags");
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        for (const rolloutPercent of [10, 25] as const) {
            stack.configure({ rolloutPercent });
            await succeeding(stack.up());
        }
        rollout = await LiveRollout.of(stack);
    });
    afterEach(async () => {
        await rollout.restoreState();
        // Back from 50, or up from 0: one step at a time.
        for (const rolloutPercent of [10, 25] as const) {
            if ((await stack.live.weights())[nextRevision(stack.stable).name] !== 25) {
                stack.configure({ rolloutPercent });
                await succeeding(stack.up({ options: ["--refresh"] }));
            }
        }
        stack.configure({ rolloutPercent: 25 });
    });
    afterAll(() => stack.remove());

    it.each(engineFlags)("with $config, $command: $outcome.kind", async ({ command, config, outcome }) => {
        await configured(config, async () => {
            const commands = command.split(", then ");
            for (const earlier of commands.slice(0, -1)) {
                await succeeding(stack.run(argumentsOf(earlier)));
            }
            const last = commands.at(-1) ?? "";
            if (outcome.kind === "refused" && outcome.preview === true) {
                const preview = await stack.run(argumentsOf(last.replace(/^up/, "preview")));
                expect(preview.exitCode, preview.output).not.toBe(0);
                expect(preview.output).toMatch(outcome.says);
            }
            const result = await stack.run(argumentsOf(last));
            if (outcome.kind === "refused") {
                expect(result.exitCode, result.output).not.toBe(0);
                expect(result.output).toMatch(outcome.says);
            } else {
                expect(result.exitCode, result.output).toBe(0);
            }
            if (outcome.kind === "moved") {
                expect((await stack.live.weights())[nextRevision(stack.stable).name]).toBe(outcome.percent);
            } else {
                await rollout.expectUntouched();
            }
        });
    });

    async function configured(config: EngineFlag["config"], run: () => Promise<void>): Promise<void> {
        if (config === undefined) {
            await run();
        } else if (config === "another cluster") {
            await rollout.withConfig("cluster", { clusterIdentifier: "another" }, run);
        } else {
            await rollout.withConfig("", { ...flagConfigs[config] }, run);
        }
    }

    function argumentsOf(command: string): readonly string[] {
        const words = (command.match(/<[^>]+>|\S+/g) ?? []).map((word) => word.replace(/<[^>]+>/g, meant));
        return /^(?:up|destroy|refresh)$/.test(words[0] ?? "") ? [...words, "--yes", "--skip-preview"] : words[0] === "preview" ? words : [...words, "--yes"];
    }

    function meant(placeholder: string): string {
        const [stable, candidate] = [stack.stable.name, nextRevision(stack.stable).name];
        const urns: Readonly<Record<string, () => string>> = {
            "<stable Deployment>": () => rollout.urn("Deployment", stable),
            "<stable Service>": () => rollout.urn("Service", stable),
            "<stable autoscaler>": () => rollout.urn("HorizontalPodAutoscaler", stable),
            "<candidate Deployment>": () => rollout.urn("Deployment", candidate),
            "<route>": () => rollout.urn("HTTPRoute"),
            "<gate>": () => rollout.urn("ConfigMap", "-rollout"),
            "<namespace>": () => rollout.urn("Namespace"),
            "<provider>": () => rollout.urnOf("pulumi:providers:kubernetes"),
            "<id of the stable Service>": () => `${stack.live.namespace}/${stack.live.service}-${stable}`,
        };
        const urn = urns[placeholder];
        if (urn === undefined) {
            throw new Error(`${placeholder} stands for nothing`);
        }
        return urn();
    }
});
