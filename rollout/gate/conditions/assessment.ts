import { type Approval, type ApprovalPolicy, approvalDigest } from "../../consent/approval.ts";
import { defined } from "../../defined.ts";
import type { TimedRoute } from "../../kubernetes/cluster-reader.ts";
import { wordsOf } from "../../words.ts";
import type { Evidence } from "../evidence.ts";
import type { Move } from "../../plan/move.ts";
import { type Override, overridesFor } from "../../consent/override.ts";
import type { Judgement } from "../verdict.ts";
import type { ConsentReading } from "./approvals.ts";
import { type Condition, type ConditionFinding, type Obstacle, type Question, clockOf } from "./condition.ts";

/** What an assessment is made of. */
export interface AssessmentParts {
    /** All are checked, whatever the others say. */
    readonly conditions: readonly Condition[];
    /** Those that are checked again right before the route changes: what may have turned bad in the meantime. @default all */
    readonly again?: readonly Condition[];
    /** Where the rollout stands, and since when. Never throws. */
    readonly readStep: () => Promise<TimedRoute>;
    readonly readConsents: () => Promise<ConsentReading>;
    /** Has `readConsents` read anew. @default it always does */
    readonly renew?: () => void;
    /** Never throws. */
    readonly policy: () => Promise<ApprovalPolicy>;
}

/** An obstacle that an override lets pass. */
export interface Lifted {
    readonly obstacle: Obstacle;
    readonly override: Override;
}

/** What stands in the way of a move, and what does not. */
export interface Assessment {
    readonly obstacles: readonly Obstacle[];
    readonly lifted: readonly Lifted[];
    /** What people read of the conditions that are met. */
    readonly summaries: readonly string[];
    /** What people should know of consents that don't count. */
    readonly notes: readonly string[];
    readonly grounds: AssessedGrounds;
}

/** What a step forward is decided on. */
export interface AssessedGrounds {
    readonly judgement?: Judgement;
    readonly evidence?: Evidence;
    readonly approvals: readonly Approval[];
    /** Those that lifted something. */
    readonly overrides: readonly Override[];
}

/**
 * Asks every condition of a move, and sees which obstacles an override lifts.
 *
 * @param preview whether looking must have no effect on anything.
 */
export async function assess(parts: AssessmentParts, move: Move, preview: boolean): Promise<Assessment> {
    const { conditions, readStep, readConsents, policy } = parts;
    parts.renew?.();
    const question = { move, live: await readStep(), preview };
    const [reading, ...findings] = await Promise.all([readConsents(), ...conditions.map(async (condition) => askedOf(condition, question))]);
    const clock = clockOf(question);
    const overrides =
        reading.kind === "unreadable"
            ? { counting: [], reasons: [] }
            : overridesFor({
                  digest: approvalDigest(move),
                  overrides: reading.consents.overrides,
                  enteredAt: clock.kind === "known" ? clock.enteredAt : undefined,
                  now: reading.consents.now,
                  policy: await policy(),
              });
    const found = findings.flatMap(({ obstacles }) => obstacles);
    const lifted = found.flatMap((obstacle) => {
        const override = obstacle.liftable ? overrides.counting.find(({ lifts }) => lifts.includes(obstacle.id)) : undefined;
        return override === undefined ? [] : [{ obstacle, override }];
    });
    return {
        obstacles: found.filter((obstacle) => !lifted.some((one) => one.obstacle === obstacle)),
        lifted,
        summaries: findings.filter(({ obstacles, summary }) => obstacles.length === 0 && summary !== "").map(({ summary }) => summary),
        notes: [...overrides.reasons, ...(reading.kind === "unreadable" ? [] : reading.consents.problems)],
        grounds: groundsIn(findings, lifted),
    };
}

/** What `condition` finds. One that fails is no answer, and so it is in the way. */
async function askedOf(condition: Condition, question: Question): Promise<ConditionFinding> {
    try {
        return await condition(question);
    } catch (error) {
        const problem = `a condition could not be checked: ${wordsOf(error)}`;
        return { obstacles: [{ id: "conditions", liftable: false, notEvaluated: true, problem, fix: "run the command again" }], summary: "" };
    }
}

function groundsIn(findings: readonly ConditionFinding[], lifted: readonly Lifted[]): AssessedGrounds {
    const judgement = findings.find((finding) => finding.judgement !== undefined)?.judgement;
    const evidence = findings.find((finding) => finding.evidence !== undefined)?.evidence;
    return {
        ...defined({ judgement, evidence }),
        approvals: findings.flatMap(({ approvals = [] }) => approvals),
        overrides: [...new Set(lifted.map(({ override }) => override))],
    };
}
