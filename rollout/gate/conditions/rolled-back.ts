import { markOf } from "../../route/rolled-back.ts";
import type { Condition, ConditionFinding } from "./condition.ts";

/** The candidate bears no mark of a rollback. One that was rolled back goes no step forward, whatever else is well, and no override lifts that. */
export const notRolledBack: Condition = async ({ move: { candidate }, live }): Promise<ConditionFinding> => {
    const marks = live.kind === "found" ? (live.present.rolledBack ?? []) : [];
    const mark = marks === "unreadable" ? undefined : markOf(marks, candidate);
    const problem =
        marks === "unreadable"
            ? "the route's list of revisions that were rolled back can't be read"
            : mark && `${candidate.name} was rolled back: ${mark.reason}`;
    return problem === undefined
        ? { obstacles: [], summary: "" }
        : {
              obstacles: [
                  {
                      id: "rolled-back",
                      liftable: false,
                      notEvaluated: false,
                      problem,
                      fix: "put the fix in a new revision, or run 'rollout retry --role <role> --reason ...'",
                  },
              ],
              summary: "",
          };
};
