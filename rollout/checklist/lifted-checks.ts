import { type Checklist, checksOf } from "./box.ts";
import type { Destination } from "../plan/move.ts";
import { type PreflightCheck, preflightChecks } from "./preflight.ts";

/**
 * Checks that do not block the step to `to`, since an override lifts every box of the step that rests on the check.
 *
 * @param checklist boxes of the profile.
 * @param lifted ids of boxes that an override lifts which counts for this step.
 */
export function liftedChecks(checklist: Checklist, to: Destination, lifted: readonly string[]): readonly PreflightCheck[] {
    return preflightChecks.filter((check) => {
        const boxes = checklist.filter(
            ({ blocks, establishedBy }) => blocks === to && establishedBy.kind === "check" && checksOf(establishedBy).includes(check),
        );
        return boxes.length > 0 && boxes.every(({ id }) => lifted.includes(id));
    });
}
