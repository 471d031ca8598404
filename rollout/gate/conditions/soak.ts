import { exactSeconds } from "../../plan/duration.ts";
import { stepAt } from "../../plan/plan.ts";
import { type Schedule, soakSecondsAt } from "../../plan/schedule.ts";
import { type Condition, type ConditionFinding, clockOf } from "./condition.ts";

/** The step that is left has lasted as long as the plan asks, by the API server's clock. Each write of the weights begins it again. */
export function soak(schedule: Schedule): Condition {
    return async (question): Promise<ConditionFinding> => {
        const { move } = question;
        const clock = clockOf(question);
        const { name } = stepAt(schedule.plan, move.from);
        const neededSeconds = soakSecondsAt(schedule, move.from);
        const needed = exactSeconds(neededSeconds);
        if (clock.kind === "unknown") {
            return unmet(true, `it is not known for how long ${name} (${String(move.from)} %) has lasted, and it needs ${needed}: ${clock.reason}`, fixUnknown);
        }
        const { soakedSeconds } = clock;
        const soaked = exactSeconds(soakedSeconds);
        return soakedSeconds < neededSeconds
            ? unmet(
                  false,
                  `${name} (${String(move.from)} %) has lasted ${soaked} of ${needed}, ${exactSeconds(neededSeconds - soakedSeconds)} left`,
                  "wait until the soak is over, then run the command again",
              )
            : { obstacles: [], summary: `soak ${soaked} of ${needed}` };
    };
}

function unmet(notEvaluated: boolean, problem: string, fix: string): ConditionFinding {
    return { obstacles: [{ id: "soak", liftable: true, notEvaluated, problem, fix }], summary: "" };
}

const fixUnknown = "make the live route readable, with the candidate at the step that is left, then run the command again";
