import * as pulumi from "@pulumi/pulumi";

import { approvalDigest } from "../../consent/approval.ts";
import { type Move, describeMove } from "../../plan/move.ts";
import type { Refusal, StepCondition, StepForward } from "../../pulumi/rollout-change.ts";
import { type AssessedGrounds, type Assessment, type AssessmentParts, type Lifted, assess } from "./assessment.ts";
import type { Obstacle } from "./condition.ts";

export type { Assessment, Lifted } from "./assessment.ts";

export interface StepConditionsArgs extends AssessmentParts {
    /** Where forecasts and warnings go. @default the engine's log */
    readonly log?: Pick<typeof pulumi.log, "info" | "warn">;
}

/**
 * All conditions of a step forward, as one.
 *
 * A move is looked at once in a run: the guard asks before the gate and again before the route. Right before the route changes it asks for a fresh look, at
 * what may have turned bad while pods came up. It reports every condition that is not met at once. `up` refuses; a preview says the same as a forecast, and goes on.
 */
export class StepConditions {
    readonly #args: StepConditionsArgs;
    readonly #log: Pick<typeof pulumi.log, "info" | "warn">;
    readonly #outcomes = new Map<string, Outcome>();

    constructor(args: StepConditionsArgs) {
        this.#args = args;
        this.#log = args.log ?? pulumi.log;
    }

    /** For the guard. */
    readonly condition: StepCondition = async ({ move, preview, again = false }: StepForward) => {
        const key = approvalDigest(move);
        const known = this.#outcomes.get(key);
        if (again && known !== undefined) {
            return this.#askAgain(move, key, known);
        }
        const { assessment } = known ?? this.#keep(key, this.assess(move, preview));
        const { obstacles, lifted, summaries, notes } = await assessment;
        if (known === undefined) {
            for (const note of [...lifted.map(describeLifted), ...notes]) {
                await this.#log.warn(note);
            }
        }
        if (obstacles.length === 0) {
            if (known === undefined) {
                await this.#log.info(`${preview ? "forecast: " : ""}${describeMove(move)} may be taken: ${summaries.join("; ")}`);
            }
            return undefined;
        }
        const refusal = describeObstacles(move, obstacles);
        if (!preview) {
            return refusal;
        }
        if (known === undefined) {
            await this.#log.warn(`forecast: 'pulumi up' would refuse, because ${refusal.problem}\nWhat to do: ${refusal.fix}.`);
        }
        return undefined;
    };

    /** What `move` was decided on in this run, or undefined when it was not asked. */
    async groundsOf(move: Move): Promise<AssessedGrounds | undefined> {
        return (await this.#outcomes.get(approvalDigest(move))?.assessment)?.grounds;
    }

    /**
     * Asks every condition now, whatever was found before in this run.
     *
     * @param preview whether looking must have no effect on anything. @default false
     */
    async assess(move: Move, preview = false): Promise<Assessment> {
        return assess(this.#args, move, preview);
    }

    /** A fresh look, unless the last one is as good as that. */
    async #askAgain(move: Move, key: string, known: Outcome): Promise<Refusal | undefined> {
        const before = await known.assessment;
        const fresh = performance.now() - (known.endedMs ?? Number.NEGATIVE_INFINITY) <= freshForMs;
        const { again = this.#args.conditions } = this.#args;
        const now = fresh ? before : await this.#keep(key, renewed(before, assess({ ...this.#args, conditions: again }, move, false))).assessment;
        const { obstacles, grounds } = now;
        return obstacles.length === 0
            ? undefined
            : { ...describeObstacles(move, obstacles), unsettled: obstacles.every((obstacle) => isUnsettled(obstacle, grounds)) };
    }

    #keep(key: string, assessment: Promise<Assessment>): Outcome {
        const outcome: Outcome = { assessment, endedMs: undefined };
        const ended = (): void => {
            outcome.endedMs = performance.now();
        };
        assessment.then(ended, ended);
        this.#outcomes.set(key, outcome);
        return outcome;
    }
}

/** What came of a look, and when it ended: milliseconds of a clock that goes forward. */
interface Outcome {
    readonly assessment: Promise<Assessment>;
    endedMs: number | undefined;
}

/** How old a verdict may be when the route changes on it, in milliseconds. An older one is collected again. */
export const freshForMs = 1_000;

/** The fresh look, with what of the one before was not asked again. */
async function renewed(before: Assessment, looking: Promise<Assessment>): Promise<Assessment> {
    const fresh = await looking;
    return { ...fresh, grounds: { ...before.grounds, ...fresh.grounds, overrides: [...new Set([...before.grounds.overrides, ...fresh.grounds.overrides])] } };
}

/** Whether `obstacle` is only not shown yet, as when Prometheus has not scraped pods that just came up. */
function isUnsettled({ id, notEvaluated }: Obstacle, { judgement }: AssessedGrounds): boolean {
    const reasons = (judgement?.reasons ?? []).filter(({ criterion, verdict }) => criterion === id && verdict !== "pass");
    return reasons.length === 0 ? notEvaluated : reasons.every(({ verdict, shortfall }) => verdict === "hold" && shortfall !== "breached");
}

/** A lab that takes steps with no evidence: it checks nothing, and says so and why, once in a run. */
export function orderOnly(reason: string, log: Pick<typeof pulumi.log, "warn"> = pulumi.log): StepCondition {
    const told = new Set<string>();
    return async ({ move }) => {
        const text = `${describeMove(move)} with no soak, no gate and no approval, because gates.kind is order-only: ${reason}`;
        if (!told.has(text)) {
            told.add(text);
            await log.warn(text);
        }
        return undefined;
    };
}

/** Every obstacle in one message, so that fixing the first does not reveal the second. */
function describeObstacles(move: Move, obstacles: readonly Obstacle[]): { readonly problem: string; readonly fix: string } {
    const lines = obstacles.map(({ id, notEvaluated, problem }) => `\n  - ${id}${notEvaluated ? ", not evaluated" : ""}: ${problem}`);
    const count = obstacles.length === 1 ? "1 condition is" : `${String(obstacles.length)} conditions are`;
    return { problem: `${count} not met for ${describeMove(move)}:${lines.join("")}`, fix: [...new Set(obstacles.map(({ fix }) => fix))].join("; ") };
}

function describeLifted({ obstacle, override }: Lifted): string {
    const { identity, expiresAt, reason } = override;
    return `override: ${obstacle.id} is lifted by ${identity} until ${expiresAt}, because: ${reason}. What is lifted: ${obstacle.problem}`;
}
