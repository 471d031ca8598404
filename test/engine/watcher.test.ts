import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { exitCode } from "../../rollout/cli/exit-code.ts";
import { startLabService, stopLabService } from "../../lab/api.ts";
import { rolledBackSchema } from "../../lab/trial/rollout-process.ts";
import { waitUntil } from "../../lab/wait.ts";
import { expectRefused, expectSettled, succeeding } from "../helpers/engine.ts";
import { RolloutTrial, sees } from "../helpers/rollout-trial.ts";
import { plan } from "../../service/plan.ts";

const { fullReplicas } = plan;

const withinMs = 120_000;

/**
 * Watchers that are killed, that are two, that lose what they read from, and a route that somebody else changes. Each test ends with the API server and Prometheus
 * running and no watcher.
 *
 * The plan's times are ten times shorter here: nothing may be seen for 30 s.
 */
describe("a watcher of a real rollout", () => {
    let trial: RolloutTrial;

    beforeAll(async () => {
        trial = await RolloutTrial.at("watcher", 25, { timeScale: 0.1, requestsPerSecond: 200 });
    });
    afterEach(async () => {
        await startLabService("kube-apiserver");
        await startLabService("prometheus");
        await trial.endWatchers();
        await trial.fault("healthy");
        trial.stack.configure({ timeScale: 0.1 });
    });
    afterAll(() => trial.remove());

    it("is followed by a second one when it is killed, which takes a bad candidate back", async () => {
        await trial.enter(25);
        const first = trial.watch("--keep");
        await first.nextLook("the first watches", sees, withinMs);
        const second = trial.watch("--keep");
        await second.nextLook("the second stands by", ({ decision }) => decision.kind === "standing-by", withinMs);
        await first.kill();
        await second.nextLook("the second watches", sees, withinMs);
        await trial.fault("erroring");
        const { exitCode: code, said } = await second.ended;
        expect(code, said).toBe(exitCode.rolledBack);
        expect(await trial.weights()).toEqual([100, 0]);
    });

    it("does no harm when there are two: the candidate is rolled back once, and is written down once", async () => {
        await trial.enter(25);
        const before = await rollbacks();
        const watchers = [trial.watch("--keep"), trial.watch("--keep")];
        await Promise.race(watchers.map(async (watcher) => watcher.nextLook("one watches", sees, withinMs)));
        await trial.fault("erroring");
        const ends = await Promise.all(watchers.map(async ({ ended }) => ended));
        expect(ends.map((end) => end.exitCode)).toEqual([exitCode.rolledBack, exitCode.rolledBack]);
        expect(await trial.weights()).toEqual([100, 0]);
        expect((await rollbacks()) - before).toBe(1);
    });

    it("holds while the API server is away, and goes on where it was", async () => {
        await trial.enter(25);
        const watcher = trial.watch("--keep");
        const before = await watcher.nextLook("the candidate is seen", sees, withinMs);
        await stopLabService("kube-apiserver");
        await watcher.nextLook("nothing is seen", ({ decision }) => decision.kind === "blind", withinMs);
        await startLabService("kube-apiserver");
        const after = await watcher.nextLook("the candidate is seen again", sees, withinMs);
        expect(after.step?.enteredAt).toBe(before.step?.enteredAt);
        expect(after.step?.soakedSeconds).toBeGreaterThan(before.step?.soakedSeconds ?? Number.POSITIVE_INFINITY);
        expect(await trial.weights()).toEqual([75, 25]);
    });

    it("rolls a candidate back that it saw nothing of for longer than the plan allows", async () => {
        trial.stack.configure({ timeScale: 0.02 });
        await trial.enter(25);
        const watcher = trial.watch("--keep");
        await watcher.nextLook("the candidate is seen", sees, withinMs);
        await stopLabService("prometheus");
        const { exitCode: code, result, said } = await watcher.ended;
        expect(code, said).toBe(exitCode.rolledBack);
        expect(rolledBackSchema.parse(result).reason).toMatch(/nothing was seen for \d+ s, longer than the plan allows/);
        expect(await trial.weights()).toEqual([100, 0]);
    });

    it("asks again when the API server was away for longer than that, and leaves a candidate that is well where it is", async () => {
        trial.stack.configure({ timeScale: 0.05 });
        await trial.enter(25);
        const watcher = trial.watch("--keep");
        await watcher.nextLook("the candidate is seen", sees, withinMs);
        await stopLabService("kube-apiserver");
        await watcher.nextLook("it was decided, and could not be done", ({ decision }) => decision.reason?.includes("not done yet") === true, withinMs);
        await startLabService("kube-apiserver");
        await watcher.nextLook("the candidate is seen again", sees, withinMs);
        expect(await trial.weights()).toEqual([75, 25]);
    });

    it("sees no step in a route that was edited by hand, and the program takes none, until it is set right", async () => {
        await trial.enter(25);
        await trial.stack.live.patchWeights({ [trial.stack.stable.name]: 50, [trial.candidate.name]: 50 });
        const watcher = trial.watch("--keep");
        const look = await watcher.nextLook("the edit is seen", ({ decision }) => decision.kind === "blind", withinMs);
        expect(look.decision.reason).toMatch(/the live route was changed by hand: it gives the candidate 50 %, its record says 25 %/);
        expect((await trial.rollout("gate")).exitCode).toBe(exitCode.error);
        trial.stack.configure({ rolloutPercent: 50 });
        expectRefused(await trial.stack.up(), /the live route gives the candidate 50 %, its record says 25 %/);
        trial.stack.configure({ rolloutPercent: 25 });
        await succeeding(trial.stack.refresh());
        await succeeding(trial.stack.up());
        expect(await trial.weights()).toEqual([75, 25]);
        await watcher.nextLook("the step is seen", sees, withinMs);
    });

    it("rolls a candidate back to a stable revision with the pods for all users, which its autoscaler brings back when somebody takes them away", async () => {
        const { live, stable } = trial.stack;
        await trial.enter(25);
        await live.scaleByHand(stable.name, 3);
        await waitUntil(
            async () => {
                expect(await live.scale(stable.name)).toMatchObject({ minimum: fullReplicas, replicas: fullReplicas });
                expect((await live.readyPods())[stable.name]).toBeGreaterThanOrEqual(fullReplicas);
            },
            { what: "the stable revision's pods", withinMs, everyMs: 250 },
        );
        const before = await trial.load.counts();
        expect((await trial.rollout("rollback", "--no-reconcile", "--reason", "a rehearsal")).exitCode).toBe(exitCode.rolledBack);
        expect(await trial.weights()).toEqual([100, 0]);
        expect(await live.scale(stable.name)).toMatchObject({ minimum: fullReplicas, replicas: fullReplicas });
        const after = await trial.load.counts();
        expect(after.total.failuresByReason["503"] ?? 0).toBe(before.total.failuresByReason["503"] ?? 0);
    });

    it("leaves a mark that no stale checkout gets past, and that 'rollout retry' takes away with a reason", async () => {
        await trial.enter(25);
        const rolledBack = await trial.rollout("rollback", "--no-reconcile", "--reason", "support reports empty feeds");
        expect(rolledBack.exitCode, rolledBack.said).toBe(exitCode.rolledBack);
        for (const rolloutPercent of [50, 10] as const) {
            trial.stack.configure({ rolloutPercent });
            expectRefused(await trial.stack.up(), /was rolled back: support reports empty feeds/);
            expect(await trial.weights()).toEqual([100, 0]);
        }
        expect((await trial.rollout("retry")).exitCode).toBe(exitCode.usage);
        expect((await trial.rollout("retry", "--role", "operations-lead", "--reason", "the feeds were empty upstream")).exitCode).toBe(exitCode.done);
        // Endpoints of new pods can be late after the API server was away: then the step says so, and is run again.
        await waitUntil(async () => succeeding(trial.stack.up()), { what: "the step to 10 %", withinMs: 150_000 });
        expect(await trial.weights()).toEqual([90, 10]);
        await expectSettled(trial.stack);
        const { result } = await trial.rollout("ledger", "show");
        expect(ledgerSchema.parse(result)).toMatchObject({ intact: true });
        expect(ledgerSchema.parse(result).records.map(({ text }) => text)).toContain(
            `${trial.candidate.name} may be tried again, says operations-lead: the feeds were empty upstream`,
        );
    });

    /** How often the ledger says that a candidate was rolled back. */
    async function rollbacks(): Promise<number> {
        const { result } = await trial.rollout("ledger", "show");
        return ledgerSchema.parse(result).records.filter(({ kind }) => kind === "rolled-back").length;
    }
});

const ledgerSchema = z.object({ intact: z.boolean(), records: z.array(z.object({ kind: z.string(), text: z.string() })) });
