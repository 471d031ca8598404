import type { Obstacle } from "../gate/conditions/condition.ts";
import { type RolloutPlan, type Weight, nextStep } from "../plan/plan.ts";
import type { EngineOutcome } from "./engine.ts";
import type { RollbackTiming } from "../watch/live/watcher.ts";

/** Where a rollout stands when a run looks. */
export type Position =
    | { readonly kind: "rolling"; readonly weightPercent: Weight }
    | { readonly kind: "no-candidate" }
    | { readonly kind: "rolled-back"; readonly reason: string }
    | { readonly kind: "unknown"; readonly reason: string };

/** How watching a step ended, as far as a run cares. */
export type WatchedStep =
    | { readonly kind: "ready" | "stopped" }
    | { readonly kind: "rolled-back"; readonly reason: string; readonly timing?: RollbackTiming }
    | { readonly kind: "nothing"; readonly why: string }
    | { readonly kind: "failed"; readonly reason: string };

/** What a run needs of the world. None of these functions throws. */
export interface RunParts {
    readonly plan: RolloutPlan;
    readonly position: () => Promise<Position>;
    /** Everything that stands in the way of the next step. */
    readonly obstacles: () => Promise<readonly Obstacle[]>;
    /** Watches the present step until it is ready and `leave` agrees, or it is rolled back. */
    readonly watch: (leave: () => Promise<boolean>) => Promise<WatchedStep>;
    /** Moves the weight, with one update of the stack. */
    readonly move: (weightPercent: Weight) => Promise<EngineOutcome>;
    /** Brings the program's state in line after a rollback. */
    readonly reconcile: () => Promise<EngineOutcome>;
    /** Tells people what happens next. */
    readonly say: (line: string) => void;
    /** Seconds of a clock that goes forward. */
    readonly nowSeconds: () => number;
    readonly pause: (seconds: number) => Promise<void>;
    /** Whether a person wants it to stop. What is under way is brought to its end, and nothing new begins. */
    readonly isStopped: () => boolean;
}

/** How far a run goes. */
export interface RunOptions {
    /** The weight to reach and to soak at. */
    readonly until: Weight;
    /** How long to wait at a step for what stands in the way of the next, in seconds: approvals, evidence, and what the guard refuses. The present step is watched in the meantime. */
    readonly waitSeconds: number;
}

/** How a run ended. */
export type RunEnd =
    | { readonly kind: "done"; readonly weightPercent: Weight }
    | { readonly kind: "held"; readonly weightPercent: Weight; readonly obstacles: readonly Pick<Obstacle, "id" | "problem" | "fix">[] }
    | { readonly kind: "rolled-back"; readonly reason: string; readonly reconciled: EngineOutcome; readonly timing?: RollbackTiming }
    /** A person stopped it. Where the rollout stands is on the live route. */
    | { readonly kind: "stopped" }
    | { readonly kind: "failed"; readonly reason: string };

/**
 * Drives a rollout unattended, step by step, to a weight: watches each step, moves only when nothing stands in the way, and ends when it is rolled back.
 *
 * It decides nothing itself. The watcher judges, the guard in the program has the last word at each move.
 */
export async function run(parts: RunParts, { until, waitSeconds }: RunOptions): Promise<RunEnd> {
    let waiting = new Waiting(parts, waitSeconds, 0);
    for (;;) {
        if (parts.isStopped()) {
            return { kind: "stopped" };
        }
        const position = await parts.position();
        switch (position.kind) {
            case "no-candidate":
                return { kind: "failed", reason: "there is no candidate: declare one in the stack's file, with rolloutPercent 0, and run 'pulumi up'" };
            case "unknown":
                return { kind: "failed", reason: position.reason };
            case "rolled-back":
                return { kind: "rolled-back", reason: position.reason, reconciled: await parts.reconcile() };
            case "rolling":
                break;
        }
        const { weightPercent } = position;
        const next = weightPercent < until ? nextStep(parts.plan, weightPercent) : undefined;
        if (waiting.weightPercent !== weightPercent) {
            waiting = new Waiting(parts, waitSeconds, weightPercent);
        }
        if (weightPercent > 0) {
            const leave = next === undefined ? () => Promise.resolve(true) : () => waiting.isOver();
            const end = await parts.watch(leave);
            switch (end.kind) {
                case "rolled-back":
                    return { ...end, reconciled: await parts.reconcile() };
                case "nothing":
                    return { kind: "failed", reason: end.why };
                case "failed":
                    return { kind: "failed", reason: end.reason };
                case "stopped":
                    return { kind: "stopped" };
                case "ready":
                    break;
            }
        } else {
            while (!(await waiting.isOver()) && !parts.isStopped()) {
                await parts.pause(1);
            }
        }
        if (next === undefined) {
            return { kind: "done", weightPercent };
        }
        if (parts.isStopped()) {
            return { kind: "stopped" };
        }
        if (waiting.open.length > 0) {
            return { kind: "held", weightPercent, obstacles: waiting.open };
        }
        parts.say(`moving to ${String(next.weightPercent)} %`);
        const moved = await parts.move(next.weightPercent);
        if (moved.kind !== "updated" && parts.isStopped()) {
            return { kind: "stopped" };
        }
        if (moved.kind === "refused") {
            // The guard looks at evidence that is newer than the run's own look.
            if (moved.by === "guard" && !waiting.hasPassed()) {
                parts.say(`waiting: ${moved.reason}`);
                await parts.pause(pauseAfterRefusalSeconds);
                continue;
            }
            return { kind: "held", weightPercent, obstacles: [{ id: "guard", problem: moved.reason, fix: "see above" }] };
        }
        if (moved.kind === "failed") {
            return { kind: "failed", reason: moved.reason };
        }
    }
}

/** Pause before the guard is asked again, in seconds: an update of the stack takes longer than this, and evidence comes with each scrape. */
const pauseAfterRefusalSeconds = 5;

/** Waits at one weight for what stands in the way of the next step to be gone, for a limited time that begins with the first look. */
class Waiting {
    /** What stood in the way at the last look. */
    open: readonly Obstacle[] = [];
    readonly weightPercent: Weight;
    readonly #parts: RunParts;
    readonly #waitSeconds: number;
    #sinceSeconds: number | undefined;
    #told = "";

    constructor(parts: RunParts, waitSeconds: number, weightPercent: Weight) {
        this.#parts = parts;
        this.#waitSeconds = waitSeconds;
        this.weightPercent = weightPercent;
    }

    /** Whether nothing is in the way any more, or the time is over, or what is in the way doesn't go away by waiting. */
    async isOver(): Promise<boolean> {
        this.open = await this.#parts.obstacles();
        if (this.open.length === 0) {
            return true;
        }
        const passed = this.hasPassed();
        const names = this.open.map(({ id }) => id).join(", ");
        if (names !== this.#told) {
            this.#told = names;
            const [first, ...others] = this.open;
            this.#parts.say(`waiting: ${first?.problem ?? ""}${others.length === 0 ? "" : ` (and ${others.map(({ id }) => id).join(", ")})`}`);
        }
        return passed;
    }

    /** Whether the time for waiting is over. It begins with the first call. */
    hasPassed(): boolean {
        const now = this.#parts.nowSeconds();
        this.#sinceSeconds ??= now;
        return now - this.#sinceSeconds >= this.#waitSeconds;
    }
}
