import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { flag, has, number } from "../../engine/value.ts";
import { argoRollout, canaryOf, stepsOf } from "../../shapes/argo.ts";
import { checklist } from "../../shapes/references.ts";

/** A revision that was thrown away can't get traffic again. */
export const wayBack = objectRule({
    name: "way-back",
    title: "A rollout notices that it is stuck, and keeps what a rollback needs.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Rollback procedures tested")],
    kinds: [argoRollout, "apps/Deployment"],
    *check(object) {
        if (number(object.body, "spec", "revisionHistoryLimit") === 0) {
            yield wrong("spec.revisionHistoryLimit", "no earlier revision is kept", "keep at least 2");
        }
        if (object.kind === "Deployment" || canaryOf(object) === undefined) {
            return;
        }
        const pauses = stepsOf(object).map(({ pause }) => (typeof pause === "number" ? pause : 0));
        const deadline = number(object.body, "spec", "progressDeadlineSeconds") ?? 600;
        if (deadline <= Math.max(0, ...pauses)) {
            yield wrong(
                "spec.progressDeadlineSeconds",
                `the deadline of ${String(deadline)} s ends before the longest pause`,
                "make it longer than the longest pause",
            );
        }
        if (flag(object.body, "spec", "progressDeadlineAbort") !== true) {
            yield missing("spec.progressDeadlineAbort", "a rollout that is stuck stays where it is", "set it to true");
        }
        if (!has(canaryOf(object), "abortScaleDownDelaySeconds")) {
            yield missing(
                "spec.strategy.canary.abortScaleDownDelaySeconds",
                "an aborted canary is gone before an engineer can look at it",
                "set it to some minutes",
            );
        }
        if (!has(object.body, "spec", "rollbackWindow")) {
            yield missing("spec.rollbackWindow", "a rollback goes through all steps again", "set rollbackWindow.revisions");
        }
    },
});
