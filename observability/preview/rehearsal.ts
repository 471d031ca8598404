import { setTimeout as sleep } from "node:timers/promises";

import type { Weight } from "../../rollout/plan.ts";
import { WatchedRollout } from "../../lab/trial/watched-rollout.ts";
import { switchFault } from "../../lab/workload/fault-switch.ts";
import { type Matchers, select } from "../promql.ts";
import type { Choices } from "./choices.ts";

/** Requests of users a second, over both revisions: the demo's number, so that a step of 10 % has enough of them. */
const requestsPerSecond = 500;

/** How often the lab's Prometheus scrapes, in seconds. */
const scrapeIntervalSeconds = 1;

/** Points of a curve at the most: a panel is 240 pixels wide. */
const pointsAtMost = 120;

/** How long each part is shown, in milliseconds: at the steps, longer than their soaks in the lab. */
const shownMs = { before: 20_000, canary: 50_000, quarter: 60_000, after: 30_000 } as const;

/** How long the watcher may take for anything, in milliseconds. */
const patienceMs = 60_000;

/** A rollout that was played, and what to ask Prometheus of it. It is there until it is removed. */
export interface Rehearsal {
    readonly rollout: WatchedRollout;
    readonly choices: Choices;
}

/**
 * Plays a rollout in the lab under load: 10 %, 25 %, and there every second answer of the candidate is an error, so that the watcher takes it back.
 *
 * @param say told what happens.
 * @throws {Error} when the lab is not up, a step fails, or the candidate is not taken back.
 */
export async function rehearse(say: (line: string) => void): Promise<Rehearsal> {
    say("making a service with a candidate at 0 %, users and a watcher");
    const rollout = await WatchedRollout.start("previews", requestsPerSecond, { weightPercent: 0 });
    try {
        const fromSeconds = await clock(rollout);
        await sleep(shownMs.before);
        for (const [weightPercent, ms] of [
            [10, shownMs.canary],
            [25, shownMs.quarter],
        ] as const) {
            say(`to ${String(weightPercent)} %`);
            await advance(rollout, weightPercent);
            await sleep(ms);
            await until(rollout, `pass at ${String(weightPercent)} %`, "rollout_verdict", 1, { verdict: "pass" });
        }
        say(`${rollout.candidate} answers half of its requests with an error from now on`);
        await switchFault({ service: rollout.scope.service, revision: rollout.candidate, profile: "erroring" });
        await until(rollout, "take it back", "rollout_step_weight_percent", 0);
        say("the watcher took it back");
        await sleep(shownMs.after);
        const toSeconds = await clock(rollout);
        const { namespace, service, stable } = rollout.scope;
        const stepSeconds = Math.ceil((toSeconds - fromSeconds) / pointsAtMost);
        return { rollout, choices: { namespace, service, stable, candidate: rollout.candidate, fromSeconds, toSeconds, stepSeconds, scrapeIntervalSeconds } };
    } catch (error) {
        await rollout.remove();
        throw error;
    }
}

async function advance(rollout: WatchedRollout, weightPercent: Weight): Promise<void> {
    rollout.stack.configure({ rolloutPercent: weightPercent });
    const { exitCode, errors, output } = await rollout.stack.up();
    if (exitCode !== 0) {
        throw new Error(`pulumi up to ${String(weightPercent)} % ended with ${String(exitCode)}: ${errors === "" ? output : errors}`);
    }
    await until(rollout, `see ${String(weightPercent)} %`, "rollout_step_weight_percent", weightPercent);
}

/** Waits until one of the watcher's metrics has a value, as the dashboard shows it. `what` is what the watcher has to do. */
async function until(rollout: WatchedRollout, what: string, metric: string, value: number, labels: Matchers = {}): Promise<void> {
    const { namespace, service } = rollout.scope;
    const deadlineMs = Date.now() + patienceMs;
    while ((await rollout.query(`${select(metric, { namespace, service, ...labels })} == ${String(value)}`)).length === 0) {
        if (Date.now() > deadlineMs) {
            throw new Error(`the watcher does not ${what} within ${String(patienceMs / 1_000)} s`);
        }
        await sleep(500);
    }
}

/** Prometheus' clock, in whole seconds since the epoch. */
async function clock({ prometheus }: WatchedRollout): Promise<number> {
    const now = await prometheus.now();
    if (now.kind === "missing") {
        throw new Error(now.reason);
    }
    return Math.floor(now.value);
}
