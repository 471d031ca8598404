import * as pulumi from "@pulumi/pulumi";

import type { LiveStep } from "../../adapters/kubernetes.ts";
import { type ApprovalPolicy, approvalDigest } from "../../rollout/approval.ts";
import type { Grounds } from "../../rollout/ledger/record.ts";
import { type Move, describeMove } from "../../rollout/move.ts";
import { type Override, overridesFor } from "../../rollout/override.ts";
import type { StepCondition, StepForward } from "../rollout-guard.ts";
import type { ConsentReading } from "./approvals.ts";
import { type Condition, type Finding, type Obstacle, clockOf } from "./condition.ts";

export interface StepConditionsArgs {
    /** All are asked, whatever the others say. */
    readonly conditions: readonly Condition[];
    /** Where the rollout stands, and since when. Never throws. */
    readonly readStep: () => Promise<LiveStep>;
    readonly readConsents: () => Promise<ConsentReading>;
    readonly policy: ApprovalPolicy;
    /** Where forecasts and warnings go. @default the engine's log */
    readonly log?: Pick<typeof pulumi.log, "info" | "warn">;
}

/**
 * All conditions of a step forward, as one.
 *
 * Each move is looked at once in a run: the guard asks before the gate and again before the route, and pods come up in between. Everything that is not met
 * is said at once. `up` refuses; a preview says the same as a forecast, and goes on.
 */
export class StepConditions {
    readonly #args: StepConditionsArgs;
    readonly #log: Pick<typeof pulumi.log, "info" | "warn">;
    readonly #outcomes = new Map<string, Promise<Outcome>>();

    constructor(args: StepConditionsArgs) {
        this.#args = args;
        this.#log = args.log ?? pulumi.log;
    }

    /** For the guard. */
    readonly condition: StepCondition = async ({ move, preview }: StepForward) => {
        const key = approvalDigest(move);
        const known = this.#outcomes.get(key);
        const outcome = known ?? this.#look(move);
        this.#outcomes.set(key, outcome);
        const { obstacles, lifted, summaries, notes } = await outcome;
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
            await this.#log.warn(`forecast: 'pulumi up' would refuse, because ${refusal.problem}\nWhat to do: ${refusal.mend}.`);
        }
        return undefined;
    };

    /** What `move` was decided on in this run, or undefined when nobody asked. */
    async groundsOf(move: Move): Promise<Grounds | undefined> {
        return (await this.#outcomes.get(approvalDigest(move)))?.grounds;
    }

    async #look(move: Move): Promise<Outcome> {
        const { conditions, readStep, readConsents, policy } = this.#args;
        const live = await readStep();
        const [reading, ...findings] = await Promise.all([readConsents(), ...conditions.map(async (condition) => askedOf(condition, move, live))]);
        const clock = clockOf(move, live);
        const overrides =
            reading.kind === "unreadable"
                ? { counting: [], reasons: [] }
                : overridesFor({
                      digest: approvalDigest(move),
                      overrides: reading.consents.overrides,
                      enteredAt: clock.kind === "known" ? clock.enteredAt : undefined,
                      now: reading.consents.now,
                      policy,
                  });
        const found = findings.flatMap(({ obstacles }) => obstacles);
        const lifted = found.flatMap((obstacle) => {
            const override = obstacle.liftable ? overrides.counting.find(({ lifts }) => lifts.includes(obstacle.id)) : undefined;
            return override === undefined ? [] : [{ obstacle, override }];
        });
        return {
            obstacles: found.filter((obstacle) => !lifted.some((one) => one.obstacle === obstacle)),
            lifted,
            summaries: findings.filter(({ obstacles }) => obstacles.length === 0).map(({ summary }) => summary),
            notes: [...overrides.reasons, ...(reading.kind === "unreadable" ? [] : reading.consents.problems)],
            grounds: groundsIn(findings, lifted),
        };
    }
}

/** What `condition` finds. One that fails is no answer, and so it is in the way. */
async function askedOf(condition: Condition, move: Move, live: LiveStep): Promise<Finding> {
    try {
        return await condition(move, live);
    } catch (error) {
        const problem = `a condition could not be asked: ${error instanceof Error ? error.message : String(error)}`;
        return { obstacles: [{ id: "conditions", liftable: false, notEvaluated: true, problem, mend: "run the command again" }], summary: "" };
    }
}

/** A lab that takes steps with no evidence: nothing is asked, and each time it says so and why. */
export function orderOnly(reason: string, log: Pick<typeof pulumi.log, "warn"> = pulumi.log): StepCondition {
    return async ({ move }) => {
        await log.warn(`${describeMove(move)} with no soak, no gate and no approval, because gates.kind is order-only: ${reason}`);
        return undefined;
    };
}

interface Lifted {
    readonly obstacle: Obstacle;
    readonly override: Override;
}

interface Outcome {
    readonly obstacles: readonly Obstacle[];
    readonly lifted: readonly Lifted[];
    readonly summaries: readonly string[];
    /** What people should know of consents that don't count. */
    readonly notes: readonly string[];
    readonly grounds: Grounds;
}

function groundsIn(findings: readonly Finding[], lifted: readonly Lifted[]): Grounds {
    const judgement = findings.find((finding) => finding.judgement !== undefined)?.judgement;
    const evidence = findings.find((finding) => finding.evidence !== undefined)?.evidence;
    const approvals = findings.flatMap((finding) => finding.approvals ?? []);
    const overrides = [...new Set(lifted.map(({ override }) => override))];
    return {
        ...(judgement === undefined ? {} : { judgement }),
        ...(evidence === undefined ? {} : { evidence: { kind: "whole", evidence } }),
        ...(approvals.length === 0 ? {} : { approvals }),
        ...(overrides.length === 0 ? {} : { overrides }),
    };
}

/** Every obstacle in one message: whoever mends the first should not meet the second only then. */
function describeObstacles(move: Move, obstacles: readonly Obstacle[]): { readonly problem: string; readonly mend: string } {
    const lines = obstacles.map(({ id, notEvaluated, problem }) => `\n  - ${id}${notEvaluated ? ", not evaluated" : ""}: ${problem}`);
    const count = obstacles.length === 1 ? "1 condition is" : `${String(obstacles.length)} conditions are`;
    return { problem: `${count} not met for ${describeMove(move)}:${lines.join("")}`, mend: [...new Set(obstacles.map(({ mend }) => mend))].join("; ") };
}

function describeLifted({ obstacle, override }: Lifted): string {
    const { identity, expiresAt, reason } = override;
    return `override: ${obstacle.id} is lifted by ${identity} until ${expiresAt}, because: ${reason}. What is lifted: ${obstacle.problem}`;
}
