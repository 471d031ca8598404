import type { Checklist } from "../../rollout/checklist/box.ts";
import { communication, rollback, signOff, steady, success } from "./after.ts";
import { baseline, deploymentDay, preparation } from "./before.ts";
import { canary, full, half, quarter } from "./steps.ts";

/** The production deployment checklist as data: every box in its order, and how it is established that it holds. */
export const checklist: Checklist = [
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
