import { wordsOf } from "../../words.ts";
import type { Criterion, StepCriteria } from "../criterion.ts";
import type { Evidence } from "../evidence.ts";
import type { Move } from "../../plan/move.ts";
import type { Weight } from "../../plan/plan.ts";
import type { Judgement, Reason, Shortfall } from "../verdict.ts";
import { type Condition, type ConditionFinding, type Obstacle, clockOf } from "./condition.ts";

/** What a gate is made of. */
export interface GateParts {
    readonly criteriaAt: (weightPercent: Weight) => StepCriteria;
    /** Whether looking at a criterion leaves something behind: a preview leaves it out. */
    readonly writes: (criterion: Criterion) => boolean;
    /** Looks at everything that `criteria` judge, from `enteredAt` (ISO 8601) on. */
    readonly collect: (move: Move, enteredAt: string, criteria: readonly Criterion[]) => Promise<Evidence>;
    readonly judge: (criteria: readonly Criterion[], evidence: Evidence) => Judgement;
}

/**
 * The step that is left passes its gate on live evidence, and nothing is in sight that would roll it back or has to be looked into.
 *
 * Everything must pass. What can't be seen, and a judge that fails, stand in the way.
 */
export function gate({ criteriaAt, writes, collect, judge }: GateParts): Condition {
    return async (question): Promise<ConditionFinding> => {
        const { move, preview } = question;
        const { gate: own, investigate, atOnce } = criteriaAt(move.from);
        const all = [...new Map([...own, ...investigate, ...atOnce].map((criterion) => [criterion.id, criterion])).values()];
        const criteria = preview ? all.filter((criterion) => !writes(criterion)) : all;
        const clock = clockOf(question);
        if (clock.kind === "unknown") {
            return blind(`there is no evidence: ${clock.reason}`);
        }
        try {
            const evidence = await collect(move, clock.enteredAt, criteria);
            const judgement = judge(criteria, evidence);
            const left = all.length === criteria.length ? "" : `; in a preview, ${String(all.length - criteria.length)} that would write are left out`;
            const summary = `gate passed by ${String(criteria.length)} criteria${left}`;
            return { obstacles: obstaclesIn(judgement, criteria), summary, judgement, evidence };
        } catch (error) {
            return blind(`the evidence could not be judged: ${wordsOf(error)}`);
        }
    };
}

/** What stands in the way. A criterion without a reason of its own, and a verdict without any, do too. */
function obstaclesIn({ verdict, reasons }: Judgement, criteria: readonly Criterion[]): readonly Obstacle[] {
    const obstacles = criteria.flatMap((criterion): readonly Obstacle[] => {
        const own = reasons.filter((reason) => reason.criterion === criterion.id);
        const unmet = own.length === 0 ? [unjudged(criterion)] : own.filter((reason) => reason.verdict !== "pass");
        return unmet.map((reason) => obstacleOf(criterion, reason));
    });
    return obstacles.length > 0 || verdict === "pass" ? obstacles : blind(`the judge says ${verdict}, and not why`).obstacles;
}

function obstacleOf({ id, title, onBreach }: Criterion, { verdict, shortfall, text }: Reason): Obstacle {
    return {
        id,
        liftable: onBreach !== "rollback" && verdict !== "rollback",
        notEvaluated: shortfall === "unseen",
        problem: `${title}: ${text}`,
        fix: verdict === "rollback" ? "roll back: set rolloutPercent to 0" : fixes[shortfall ?? "unseen"],
    };
}

function unjudged({ id }: Criterion): Reason {
    return { criterion: id, verdict: "hold", shortfall: "unseen", text: "it was not judged", samples: 0 };
}

function blind(problem: string): ConditionFinding & { readonly obstacles: readonly Obstacle[] } {
    return { obstacles: [{ id: "gate", liftable: false, notEvaluated: true, problem, fix: fixUnseen }], summary: "" };
}

const fixUnseen = "see that Prometheus and the API server can be reached, and that the candidate is scraped, then run the command again";

const fixes: Readonly<Record<Shortfall, string>> = {
    breached: "find the cause; wait if it is over, or roll back with rolloutPercent 0",
    unproven: "wait for more evidence, then run the command again",
    unseen: fixUnseen,
};
