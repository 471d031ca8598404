import { execa } from "execa";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { enterStep } from "../../lab/trial/step.ts";
import { referenceTo } from "../../rollout/route/revision.ts";
import { TrialStack, changeCount, nextRevision, succeeding } from "../helpers/engine.ts";
import { runbookBlocks } from "../helpers/runbook.ts";

const blocks = runbookBlocks(readFileSync(join(import.meta.dirname, "../../docs/production-runbook.md"), "utf8"));

/** Every command of the runbook as it is written, in the page's order, on a stack with a candidate at 25 %. */
describe("the production runbook", () => {
    let stack: TrialStack;
    const candidate = () => nextRevision(stack.stable);
    const backend = (name: string): string => `${stack.live.service}-${name}`;
    const enter = async () =>
        enterStep(stack.live, { kind: "rolling", stable: referenceTo(stack.stable), candidate: referenceTo(candidate()), weightPercent: 25 });

    beforeAll(async () => {
        stack = await TrialStack.create("runbook");
        stack.configure({ timeScale: 0.1, candidate: candidate() });
        await succeeding(stack.up());
        await enter();
    });
    afterAll(async () => stack.remove());

    it.each(blocks.map((block, index) => ({ ...block, number: index + 1 })).filter(({ kind }) => kind === "run"))(
        "works as written: block $number, $heading",
        async ({ heading, commands, exitCodes }) => {
            if (heading === "Roll back without this tool" && commands.includes("kubectl")) {
                await enter();
            }
            const { namespace: NAMESPACE, service: SERVICE } = stack.live;
            const { exitCode, all } = await execa("bash", ["-euo", "pipefail", "-c", commands], {
                cwd: stack.checkout,
                extendEnv: false,
                env: { ...stack.environment, STACK: stack.name, NAMESPACE, SERVICE },
                all: true,
                reject: false,
            });
            expect(exitCodes, `${commands}\n${all}`).toContain(exitCode);
            await asPromised(heading, commands, all);
        },
    );

    /** What the page says that comes of some of the blocks. */
    async function asPromised(heading: string, commands: string, output: string): Promise<void> {
        const { stable, live } = stack;
        if (heading === "See what happens" && commands.startsWith("kubectl")) {
            expect(output).toContain(`${backend(stable.name)} 75\n${backend(candidate().name)} 25\n`);
        } else if (commands.startsWith("rollout rollback")) {
            expect(await live.weights()).toEqual({ [stable.name]: 100, [candidate().name]: 0 });
        } else if (heading === "Roll back without this tool" && commands.includes("kubectl")) {
            expect(await live.weights()).toEqual({ [stable.name]: 100 });
        } else if (commands.includes("pulumi up")) {
            expect(await live.weights()).toEqual({ [stable.name]: 100, [candidate().name]: 0 });
            expect(changeCount(await succeeding(stack.preview()))).toBe(0);
        }
    }
});
