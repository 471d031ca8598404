import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TrialStack, nextRevision, succeeding } from "../helpers/engine.ts";

/** A stack whose state says of the library's components what release 0.1 called them. Nothing else of a state tells how it came about. */
describe("a stack that was deployed while the library's components had other types", () => {
    let stack: TrialStack;
    let folder: string;

    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "former-types-"));
        stack = await TrialStack.create("former-types");
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());

        const state = await stack.exportState();
        expect(state).toContain("progressive-rollout:rollout:ProgressiveRollout");
        const former = state.replaceAll("progressive-rollout:traffic:TestersRoute", "rollout:traffic:TestersRoute").replaceAll("progressive-rollout:", "nova:");
        const file = join(folder, "state.json");
        writeFileSync(file, former);
        await succeeding(stack.run(["stack", "import", "--file", file]));
    });
    afterAll(async () => {
        await stack.remove();
        await rm(folder, { recursive: true, force: true });
    });

    it("has no object made, replaced or deleted by an update under the types of now", async () => {
        for (const { summary } of [await succeeding(stack.preview()), await succeeding(stack.up())]) {
            expect(Object.keys(summary ?? {})).toEqual(["same"]);
        }
        const state = await stack.exportState();
        expect(state).toContain("progressive-rollout:rollout:ProgressiveRollout");
        expect(state).not.toMatch(/"nova:(?:rollout|workload|traffic|config):/);
    });
});
