import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { LiveRollout, withdrawn } from "../helpers/live-rollout.ts";
import { TrialStack, expectRefused, nextRevision, succeeding } from "../helpers/engine.ts";

/** Users are on both revisions, and a command of the engine would take something from under them. Every flag has its row in soak/engine-flags.test.ts. */
describe("a rollout at 10 %, and a command that would take something from under its users", () => {
    let stack: TrialStack;
    let rollout: LiveRollout;

    beforeAll(async () => {
        stack = await TrialStack.create("live-rollout");
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        rollout = await LiveRollout.of(stack);
    });
    afterAll(() => stack.remove());

    it("keeps the stable Deployment when a flag wants it replaced", async () => {
        const options = ["--target-replace", rollout.urn("Deployment", stack.stable.name)];
        expectRefused(await stack.up({ options }), /can't be deleted or replaced: the live route leads 90 % of the users to it/);
        await rollout.expectUntouched();
    });

    it("keeps everything when the cluster is said to be another one", async () => {
        await rollout.withConfig("cluster", { clusterIdentifier: "another" }, async () => {
            const preview = await stack.preview();
            expect(preview.exitCode, preview.output).not.toBe(0);
            expect(preview.output).toMatch(/hook "users of .*" was not registered/);
        });
        await rollout.expectUntouched();
    });

    it("keeps the stable revision's pods when the candidate is withdrawn and the route left out", async () => {
        await rollout.withConfig("", withdrawn, async () => {
            const options = ["--exclude", rollout.urn("HTTPRoute"), "--continue-on-error"];
            expectRefused(await stack.up({ options }), /the autoscaler of .* can't go from 6-10 to 3-10 pods/);
        });
        await rollout.expectUntouched();
    });

    it("is not destroyed, with the program or without it", async () => {
        const without = await stack.run(["destroy", "--yes", "--skip-preview"]);
        expect(without.exitCode).not.toBe(0);
        expect(without.output).toMatch(/must run with the `--run-program` flag/);
        expectRefused(await stack.run(["destroy", "--run-program", "--yes", "--skip-preview", "--continue-on-error"]), /can't be deleted or replaced/);
        await rollout.expectUntouched();
    });

    it("lets the candidate go in the usual way, and keeps nothing of it", async () => {
        stack.configure({ rolloutPercent: 0, candidate: undefined });
        const up = await succeeding(stack.up());
        expect(up.summary?.delete).toBe(10);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100 });
    });
});
