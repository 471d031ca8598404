import { stepAt } from "../../rollout/plan.ts";
import { type Schedule, soakSecondsAt } from "../../rollout/schedule.ts";
import { type Condition, type Finding, clockOf } from "./condition.ts";

/** The step that is left has lasted as long as the plan asks, by the API server's clock. Whoever writes the weights begins it again. */
export function soak(schedule: Schedule): Condition {
    return async (question): Promise<Finding> => {
        const { move } = question;
        const clock = clockOf(question);
        const { name } = stepAt(move.from);
        const neededSeconds = soakSecondsAt(schedule, move.from);
        const needed = describeSeconds(neededSeconds);
        if (clock.kind === "unknown") {
            return unmet(
                true,
                `it is not known for how long ${name} (${String(move.from)} %) has lasted, and it needs ${needed}: ${clock.reason}`,
                mendUnknown,
            );
        }
        const { soakedSeconds } = clock;
        const soaked = describeSeconds(soakedSeconds);
        return soakedSeconds < neededSeconds
            ? unmet(
                  false,
                  `${name} (${String(move.from)} %) has lasted ${soaked} of ${needed}, ${describeSeconds(neededSeconds - soakedSeconds)} left`,
                  "wait until the soak is over, then run the command again",
              )
            : { obstacles: [], summary: `soak ${soaked} of ${needed}` };
    };
}

/** Seconds as people read them, in the two largest units: `2 h 5 min`, `45 s`. A fraction counts as a whole second: a limit is not over before it is. */
export function describeSeconds(seconds: number): string {
    const whole = Math.ceil(seconds);
    const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
    const parts = [
        ...(hours > 0 ? [`${String(hours)} h`] : []),
        ...(minutes > 0 ? [`${String(minutes)} min`] : []),
        ...(rest > 0 ? [`${String(rest)} s`] : []),
    ];
    return parts.length === 0 ? "0 s" : parts.slice(0, 2).join(" ");
}

function unmet(notEvaluated: boolean, problem: string, mend: string): Finding {
    return { obstacles: [{ id: "soak", liftable: true, notEvaluated, problem, mend }], summary: "" };
}

const mendUnknown = "make the live route readable, with the candidate at the step that is left, then run the command again";
