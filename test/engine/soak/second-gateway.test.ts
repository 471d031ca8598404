import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labLayout, secondGatewayInside } from "../../../lab/api.ts";
import { type Load, labTarget, startLoad } from "../../../lab/load/load.ts";
import { nextRevision } from "../../../lab/trial/revisions.ts";
import { type RolloutEnd, runRollout } from "../../../lab/trial/rollout-process.ts";
import { TrialStack, secondGatewayMetrics } from "../../../lab/trial/trial-stack.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { switchFault } from "../../../lab/workload/fault-switch.ts";
import { exitCode } from "../../../rollout/cli/exit-code.ts";
import { plan } from "../../../service/plan.ts";
import { stepAt } from "../../../rollout/plan/plan.ts";
import { labGateways, startSecondGateway } from "../../lab/gateways.ts";
import { succeeding } from "../../helpers/engine.ts";

/**
 * A whole rollout on Envoy Gateway: the real engine, users, every gate on the gateway's evidence, an approval of each role, and then a release that turns bad. The tests build on each other.
 *
 * The plan's times are forty times shorter here, its thresholds are the plan's.
 */
describe("a rollout on Envoy Gateway", () => {
    let stack: TrialStack;
    let load: Load;
    const first = () => nextRevision(stack.stable, 1);
    const bad = () => nextRevision(stack.stable, 2);

    beforeAll(async () => {
        await startSecondGateway();
        stack = await TrialStack.create("second-gateway");
        stack.configure({
            gateway: { ...labGateways["envoy-gateway"].gateway, hostname: stack.hostname, tlsIssuer: "lab-issuer" },
            metrics: secondGatewayMetrics,
            timeScale: 0.025,
        });
        await succeeding(stack.up());
        load = await startLoad({
            host: stack.hostname,
            requestsPerSecond: 400,
            forSeconds: 3_600,
            seed: 5,
            target: labTarget(labLayout(), secondGatewayInside.simulated.url),
        });
    }, 600_000);
    afterAll(async () => {
        await load.stop();
        await stack.remove();
    }, 300_000);

    const rollout = async (...args: readonly string[]): Promise<RolloutEnd> =>
        runRollout({ checkout: stack.checkout, environment: stack.environment, args: [...args, "--stack", stack.name] });

    const approve = async (roles: readonly string[]): Promise<void> => {
        for (const role of roles) {
            const { exitCode: code, said } = await rollout("approve", "--role", role, "--as", `${role}@lab.example.com`);
            expect(code, said).toBe(exitCode.done);
        }
    };
    /** Takes the next step. The engine judges once more than the forecast does: an answer that comes late between the two holds the step, and the command is given again. */
    const advance = async (weight: 10 | 25 | 50 | 100): Promise<void> => {
        await approve(stepAt(plan, weight).approvals);
        await waitUntil(
            async () => {
                const { exitCode: code, result, said } = await rollout("advance", "--wait", "180");
                expect(code, `${JSON.stringify(result)} ${said}`).toBe(exitCode.done);
            },
            { what: `the step to ${String(weight)} %`, withinMs: 240_000 },
        );
    };

    it("is found well by the doctor, and a candidate's testers reach it before any user does", async () => {
        stack.configure({ candidate: first(), gates: { kind: "full" } });
        await succeeding(stack.up());
        await waitUntil(
            async () => {
                // What no look at a cluster shows is left out: whether network policies hold.
                const { exitCode: code, result, said } = await rollout("doctor", "--except", "network-policies");
                expect(code, `${JSON.stringify(result)} ${said}`).toBe(exitCode.done);
            },
            { what: "a healthy cluster", withinMs: 60_000 },
        );
        expect((await load.counts()).byRevision[first().name]).toBeUndefined();
    });

    it.each([10, 25, 50, 100] as const)(
        "goes to %i % on the gateway's evidence, and that share of users follows",
        async (weight) => {
            await advance(weight);
            expect((await stack.live.weights())[first().name]).toBe(weight);
            const before = await load.counts();
            await waitUntil(
                async () => {
                    expect((await load.counts()).total.requests - before.total.requests).toBeGreaterThan(2_000);
                },
                { what: "two thousand requests", withinMs: 60_000 },
            );
            const after = await load.counts();
            const share =
                ((after.byRevision[first().name]?.requests ?? 0) - (before.byRevision[first().name]?.requests ?? 0)) /
                (after.total.requests - before.total.requests);
            // Six standard deviations of a share of 2,000 are 6.7 points at the most.
            expect(Math.abs(100 * share - weight)).toBeLessThan(7);
        },
        600_000,
    );

    it("finishes: the candidate is the stable revision, and no user lost a request to any step", async () => {
        await approve(plan.finishApprovals);
        await waitUntil(
            async () => {
                const { exitCode: code, result, said } = await rollout("finish");
                expect(code, `${JSON.stringify(result)} ${said}`).toBe(exitCode.done);
            },
            { what: "the finish", withinMs: 120_000 },
        );
        expect(await stack.live.weights()).toEqual({ [first().name]: 100 });
        const { total } = await load.counts();
        // A healthy revision errs once in a while by itself. What a step loses is a connection, or a request that finds no cluster or no pod.
        expect(total.failuresByReason).not.toHaveProperty("connection");
        expect(total.failuresByReason).not.toHaveProperty("503");
    }, 300_000);

    it("takes a bad release back within seconds, and users keep the stable revision", async () => {
        stack.configure({ stable: first(), candidate: bad() });
        await succeeding(stack.up());
        await approve(stepAt(plan, 10).approvals);
        const advanced = rollout("advance", "--wait", "180");
        await waitUntil(
            async () => {
                expect((await load.counts()).byRevision[bad().name]?.requests ?? 0).toBeGreaterThan(100);
            },
            { what: "users on the bad release", withinMs: 200_000 },
        );
        const { startsAtMs } = await switchFault({ service: stack.live.service, revision: bad().name, profile: "erroring" });
        expect(await advanced).toMatchObject({ exitCode: exitCode.rolledBack, result: { kind: "rolled-back" } });
        console.log(`rolled back, and the engine in line, ${((Date.now() - startsAtMs) / 1_000).toFixed(0)} s after the first error`);
        expect(await stack.live.weights()).toEqual({ [first().name]: 100, [bad().name]: 0 });
        const before = await load.counts();
        await waitUntil(
            async () => {
                expect((await load.counts()).total.requests - before.total.requests).toBeGreaterThan(500);
            },
            { what: "users after the rollback", withinMs: 60_000 },
        );
        expect((await load.counts()).byRevision[bad().name]?.requests).toBe(before.byRevision[bad().name]?.requests);
    }, 600_000);
});
