/**
 * The production deployment checklist as data: every box, and how it is established that it holds.
 */
import { baseline, deploymentDay, preparation } from "./before.ts";
import type { Box } from "./box.ts";
import { communication, rollback, signOff, steady, success } from "./after.ts";
import { canary, full, half, quarter } from "./steps.ts";

/** Every box, in the checklist's order. */
export const checklist: readonly Box[] = [
    ...preparation,
    ...baseline,
    ...deploymentDay,
    ...canary,
    ...quarter,
    ...half,
    ...full,
    ...steady,
    ...rollback,
    ...communication,
    ...success,
    ...signOff,
];

/** Share of the boxes that are established by looking, and not by a signature: a ratio. */
export function automaticShare(boxes: readonly Box[]): number {
    return boxes.filter(({ establishedBy }) => establishedBy.kind !== "attested").length / boxes.length;
}
