import { type RolloutPlan, findStep, weightsOf } from "../../plan/plan.ts";
import type { Condition, ConditionFinding } from "./condition.ts";

const nothing: ConditionFinding = { obstacles: [], summary: "" };

/**
 * The step that is left is one of the plan. A route can be at another weight after the plan was changed: there is no soak, gate or approval for it then, so nothing
 * may go forward from it.
 */
export function onPlan(plan: RolloutPlan): Condition {
    return ({ move: { from } }) =>
        Promise.resolve(
            findStep(plan, from) !== undefined
                ? nothing
                : {
                      obstacles: [
                          {
                              id: "plan",
                              liftable: false,
                              notEvaluated: false,
                              problem: `the rollout is at ${String(from)} %, which is no step of the plan (${weightsOf(plan).join(", ")})`,
                              fix: "roll back to a lower step of the plan, and go on from there",
                          },
                      ],
                      summary: "",
                  },
        );
}

/** `condition`, asked only of steps that the plan has: {@link onPlan} says what is wrong with others. */
export function ofStep(plan: RolloutPlan, condition: Condition): Condition {
    return (question) => (findStep(plan, question.move.from) === undefined ? Promise.resolve(nothing) : condition(question));
}
