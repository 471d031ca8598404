import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { exitCode } from "../../rollout/cli/exit-code.ts";
import { rolledBackSchema } from "../../lab/trial/rollout-process.ts";
import { type OpenCriterion, RolloutTrial, breachedIn, openIn, sees } from "../helpers/rollout-trial.ts";

/** Longer than the soak at 25 % and the hold after it, as they are here: 36 s each. */
const withinMs = 120_000;

/**
 * Every way in which the lab's service can go wrong, at 25 % of real traffic: what is dangerous is rolled back at once, what is merely not good enough holds the step.
 *
 * The plan's times are fifty times shorter here, its thresholds are the plan's.
 */
describe("a candidate at 25 % with real users", () => {
    let trial: RolloutTrial;

    beforeAll(async () => {
        trial = await RolloutTrial.at("faults", 25, { timeScale: 0.02, requestsPerSecond: 400 });
    });
    afterEach(async () => {
        await trial.endWatchers();
        await trial.fault("healthy");
    });
    afterAll(() => trial.remove());

    it("breaches no criterion when it is healthy", async () => {
        await trial.enter(25);
        const looks = trial.watch("--keep");
        const look = await looks.nextLook("all that is judged at 25 % is seen", (seen) => sees(seen) && !openIn(seen).some(isUnseen), withinMs);
        expect(breachedIn(look)).toEqual([]);
        expect(await trial.weights()).toEqual([75, 25]);
    });

    it.each([
        { profile: "slightly-erroring", criterion: "quarter-error-ratio" },
        { profile: "slightly-slow", criterion: "quarter-latency-p95" },
        { profile: "cache-cold", criterion: "quarter-cache-hit" },
        { profile: "silent", criterion: "quarter-engagement-events" },
        { profile: "log-noisy", criterion: "critical-log-lines-investigate" },
        { profile: "leaking", leakFactor: 10, criterion: "quarter-memory-growth" },
    ] as const)("is held by $criterion when it is $profile, and is not rolled back", async ({ profile, criterion, ...more }) => {
        await trial.fault(profile, "leakFactor" in more ? more.leakFactor : undefined);
        await trial.enter(25);
        const look = await trial.watch("--keep").nextLook(`${criterion} is breached`, (seen) => breachedIn(seen).includes(criterion), withinMs);
        expect(openIn(look).filter(({ verdict }) => verdict === "rollback")).toEqual([]);
        expect(await trial.weights()).toEqual([75, 25]);
    });

    it("rolls back by itself when a hold lasts longer than the plan allows", async () => {
        await trial.fault("cache-cold");
        await trial.enter(25);
        const { exitCode: code, result, said } = await trial.watch("--keep").ended;
        expect(code, said).toBe(exitCode.rolledBack);
        expect(rolledBackSchema.parse(result).reason).toMatch(/the gate has held for \d+ s, longer than the plan allows: .*quarter-cache-hit/);
        expect(await trial.weights()).toEqual([100, 0]);
    });

    // A crash loop comes last: the kubelet waits longer from start to start, so the pods need a while to be well again.
    it.each([
        { profile: "erroring", reason: /requests failed: more than 5 %|error-ratio-at-once/ },
        { profile: "slow", reason: /took longer than 1 s: more than 5 %|latency-p95-at-once/ },
        // It is slow as well, and which of the two is shown first is chance.
        { profile: "database-starved", reason: /requests failed: more than 5 %|took longer than 1 s|(?:database-connections|error-ratio|latency-p95)-at-once/ },
        // Users lose requests while its pods are away: the gateway may show that before the API server shows the loop.
        { profile: "crash-looping", reason: /crash-loop-at-once|requests failed: more than 5 %|error-ratio-at-once/ },
    ] as const)("is rolled back at once when it is $profile, and users keep the stable revision", async ({ profile, reason }) => {
        await trial.enter(25);
        const watcher = trial.watch("--keep");
        await watcher.nextLook("the candidate is seen", sees, withinMs);
        await trial.fault(profile);
        const { exitCode: code, result, said } = await watcher.ended;
        expect(code, said).toBe(exitCode.rolledBack);
        expect(rolledBackSchema.parse(result).reason).toMatch(reason);
        expect(await trial.weights()).toEqual([100, 0]);
    });
});

function isUnseen({ shortfall }: OpenCriterion): boolean {
    return shortfall === "unseen";
}
