import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Load, startLoad } from "../../../lab/load/load.ts";
import { nextRevision } from "../../../lab/trial/revisions.ts";
import { TrialStack } from "../../../lab/trial/trial-stack.ts";
import { waitUntil } from "../../../lab/wait.ts";

/** Requests that users must have made, none of which may be lost. */
const fewestRequests = 100_000;

describe("users of real pods, on connections that stay open", () => {
    let stack: TrialStack;
    let load: Load;

    beforeAll(async () => {
        stack = await TrialStack.create("no-loss");
        await succeeding(stack.up());
        load = await startLoad({ host: stack.hostname, requestsPerSecond: 200, forSeconds: 3_600 });
    });
    afterAll(async () => {
        await load.stop();
        await stack.remove();
    });

    async function succeeding(running: ReturnType<TrialStack["up"]>): Promise<void> {
        const { exitCode, output } = await running;
        expect(exitCode, output).toBe(0);
    }

    async function kubectl(...args: readonly string[]): Promise<void> {
        await execa("kubectl", ["--namespace", stack.live.namespace, ...args], { env: stack.environment, extendEnv: false });
    }

    it("lose nothing in a rolling restart of the stable revision and in a whole rollout", async () => {
        const { service } = stack.live;
        const deployment = `deployment/${service}-${stack.stable.name}`;
        await kubectl("rollout", "restart", deployment);
        await kubectl("rollout", "status", deployment, "--timeout=300s");
        const candidate = nextRevision(stack.stable);
        for (const rolloutPercent of [0, 10, 25, 50, 100] as const) {
            stack.configure({ candidate, rolloutPercent });
            await succeeding(stack.up());
        }
        stack.configure({ stable: candidate, candidate: undefined, rolloutPercent: 0 });
        await succeeding(stack.up());
        await waitUntil(
            async () => {
                expect((await load.counts()).total.requests).toBeGreaterThan(fewestRequests);
            },
            { what: `${String(fewestRequests)} requests`, withinMs: 900_000, everyMs: 2_000 },
        );
        const { total, notSent } = await load.stop();
        expect({ notSent, failures: total.failures, reasons: total.failuresByReason }).toEqual({ notSent: 0, failures: 0, reasons: {} });
    });
});
