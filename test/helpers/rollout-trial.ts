import { type Load, startLoad } from "../../lab/load/load.ts";
import { RolloutProcess, type RolloutEnd, type WatcherLook, runRollout } from "../../lab/trial/rollout-process.ts";
import { enterStep } from "../../lab/trial/step.ts";
import { nextRevision } from "../../lab/trial/revisions.ts";
import { TrialStack } from "../../lab/trial/trial-stack.ts";
import { switchFault } from "../../lab/workload/fault-switch.ts";
import type { ProfileName } from "../../lab/workload/profile.ts";
import { defined } from "../../rollout/defined.ts";
import type { Weight } from "../../rollout/plan/plan.ts";
import { referenceTo } from "../../rollout/route/revision.ts";
import { succeeding } from "./engine.ts";

/** A criterion that keeps a step from being left, and why: `breached`, `unproven` or `unseen`. */
export interface OpenCriterion {
    readonly criterion: string;
    readonly verdict: string;
    readonly shortfall?: string | undefined;
    readonly text: string;
}

/** A real stack with real users, whose candidate is brought to a step, made ill and well again. */
export class RolloutTrial {
    readonly stack: TrialStack;
    readonly load: Load;
    readonly #watchers = new Set<RolloutProcess>();

    private constructor(stack: TrialStack, load: Load) {
        this.stack = stack;
        this.load = load;
    }

    /** Brings a stack to `weight` step by step with the engine, so that its pods are there, and users to it. No gate is asked on the way. */
    static async at(purpose: string, weight: Weight, options: { readonly timeScale: number; readonly requestsPerSecond: number }): Promise<RolloutTrial> {
        const stack = await TrialStack.create(purpose);
        stack.configure({ timeScale: options.timeScale, candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        for (const rolloutPercent of ([10, 25, 50, 100] as const).filter((step) => step <= weight)) {
            stack.configure({ rolloutPercent });
            await succeeding(stack.up());
        }
        return new RolloutTrial(stack, await startLoad({ host: stack.hostname, requestsPerSecond: options.requestsPerSecond, forSeconds: 3_600 }));
    }

    get candidate() {
        return nextRevision(this.stack.stable);
    }

    /** Weights of the live route, candidate last. */
    async weights(): Promise<readonly [stable: number | undefined, candidate: number | undefined]> {
        const weights = await this.stack.live.weights();
        return [weights[this.stack.stable.name], weights[this.candidate.name]];
    }

    /** The candidate behaves like this from now on. Gives back since when, in milliseconds since the epoch. */
    async fault(profile: ProfileName, leakFactor?: number): Promise<number> {
        const { startsAtMs } = await switchFault({
            service: this.stack.live.service,
            revision: this.candidate.name,
            profile,
            ...defined({ leakFactor }),
        });
        return startsAtMs;
    }

    /** Enters a step anew, past the engine: its soak begins, and no mark of a rollback is left. */
    async enter(weightPercent: Weight): Promise<void> {
        await enterStep(this.stack.live, { kind: "rolling", stable: referenceTo(this.stack.stable), candidate: referenceTo(this.candidate), weightPercent });
    }

    /** Starts `rollout watch`, which leaves the stack's file alone. */
    watch(...options: readonly string[]): RolloutProcess {
        const watcher = new RolloutProcess(this.#run(["watch", "--no-reconcile", ...options]));
        this.#watchers.add(watcher);
        return watcher;
    }

    /** Runs a command of `rollout` to its end. */
    async rollout(...args: readonly string[]): Promise<RolloutEnd> {
        return runRollout(this.#run(args));
    }

    /** The same in another folder, as another machine has it: the stack's file, and no copy of the ledger. */
    async rolloutIn(folder: string, ...args: readonly string[]): Promise<RolloutEnd> {
        return runRollout(this.#run([...args, "--cwd", folder]));
    }

    /** Ends every watcher that still runs. */
    async endWatchers(): Promise<void> {
        await Promise.all([...this.#watchers].map(async (watcher) => watcher.kill()));
        this.#watchers.clear();
    }

    /** Ends watchers and users, and takes the stack away. */
    async remove(): Promise<void> {
        await Promise.all([this.endWatchers(), this.load.stop()]);
        await this.stack.remove();
    }

    #run(args: readonly string[]) {
        const { checkout, environment, name } = this.stack;
        return { checkout, environment, args: [...args, "--stack", name] };
    }
}

/** Whether a look saw the candidate, and judged it. */
export function sees({ decision, examination }: WatcherLook): boolean {
    return examination !== undefined && decision.kind !== "blind" && decision.kind !== "standing-by";
}

/** Criteria of a look that do not pass. */
export function openIn({ examination }: WatcherLook): readonly OpenCriterion[] {
    const reasons = [...(examination?.gate.reasons ?? []), ...(examination?.atOnce.reasons ?? [])];
    return reasons.filter(({ verdict }) => verdict !== "pass");
}

/** Ids of the criteria of a look that are breached: what they ask for is known not to hold. */
export function breachedIn(look: WatcherLook): readonly string[] {
    return [...new Set(openIn(look).flatMap(({ criterion, shortfall }) => (shortfall === "breached" ? [criterion] : [])))];
}
