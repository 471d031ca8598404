import { setTimeout as sleep } from "node:timers/promises";

import type { Weight } from "../rollout/plan/plan.ts";
import { stepAt } from "../rollout/plan/plan.ts";
import type { EngineResult } from "../lab/trial/engine.ts";
import { TrialStack } from "../lab/trial/trial-stack.ts";
import { nextRevision } from "../lab/trial/revisions.ts";
import { type Benchmark, type Figure, median } from "./benchmark.ts";
import { plan } from "../service/plan.ts";

/** Rounds of no-op, steps and rollback. Each gives one sample of a no-op and of a rollback, and three of a step. */
const rounds = 5;

/**
 * How long one step of a rollout takes, held against an `up` that changes nothing.
 *
 * The reference holds all that Pulumi itself costs: starting the program, checking every resource, writing the state. What is above it is the rollout:
 * new pods, waiting until they are ready, the weights.
 */
export const step: Benchmark = {
    name: "step",
    description: "seconds of a step and of a rollback `up`, as a ratio to an `up` that changes nothing",
    run: async (say) => {
        const stack = await TrialStack.create("bench");
        try {
            say("up from nothing, and to 10 %");
            await succeed(stack.up());
            const candidate = nextRevision(stack.stable);
            stack.configure({ candidate, rolloutPercent: 0 });
            await succeed(stack.up());

            const noOps: number[] = [];
            const steps: number[] = [];
            const rollbacks: number[] = [];
            const starts: number[] = [];
            const forward: readonly Weight[] = [10, 25, 50];
            for (let round = 1; round <= rounds; round += 1) {
                const noOp = await succeed(stack.up());
                noOps.push(noOp.seconds);
                starts.push(noOp.programStartSeconds ?? Number.NaN);
                for (const weight of forward) {
                    stack.configure({ rolloutPercent: weight });
                    steps.push((await succeed(stack.up())).seconds);
                }
                stack.configure({ rolloutPercent: 0 });
                rollbacks.push((await succeed(stack.up())).seconds);
                say(
                    `round ${String(round)} of ${String(rounds)}: no-op ${shown(noOps.slice(-1))}, steps ${shown(steps.slice(-forward.length))}, rollback ${shown(rollbacks.slice(-1))}`,
                );
                await shrink(stack, candidate.name);
            }
            const reference = { name: "no-op up", value: median(noOps) };
            const figure = (name: string, samples: readonly number[]): Figure => ({ name, value: median(samples), unit: "s", samples });
            return [
                { ...figure("step up", steps), reference, highestRatio: 1.5 },
                { ...figure("rollback up", rollbacks), reference, highestRatio: 1.3 },
                { ...figure("program start, engine ready to first resource", starts), reference },
            ];
        } finally {
            say("cleaning up");
            await stack.remove();
        }
    },
};

/** Takes the candidate back to its dark pod, so that the next round's steps need new pods again: an autoscaler without load does not shrink it in minutes. */
async function shrink(stack: TrialStack, candidate: string): Promise<void> {
    const pods = stepAt(plan, 0).candidateReplicas;
    await stack.live.scaleByHand(candidate, pods);
    const deadline = Date.now() + 60_000;
    while ((await stack.live.readyPods())[candidate] !== pods) {
        if (Date.now() > deadline) {
            throw new Error(`candidate ${candidate} did not shrink to ${String(pods)} pods within 60 s`);
        }
        await sleep(250);
    }
}

async function succeed(running: Promise<EngineResult>): Promise<EngineResult> {
    const result = await running;
    if (result.exitCode !== 0) {
        throw new Error(`pulumi failed, so there is nothing to measure:\n${result.errors === "" ? result.output : result.errors}`);
    }
    return result;
}

function shown(seconds: readonly number[]): string {
    return seconds.map((value) => `${value.toFixed(1)} s`).join(", ");
}
