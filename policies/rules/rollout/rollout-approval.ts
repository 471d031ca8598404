import { type PolicyFinding, missing, objectRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { argoRollout, canaryOf, stepsOf } from "../../shapes/argo.ts";
import { planApprovals } from "../../shapes/plan.ts";
import { checklist } from "../../shapes/references.ts";
import { annotation, gateStep } from "../../shapes/rollout-route.ts";

/**
 * An approver has to say yes before most users meet a revision.
 *
 * An Argo rollout waits for it in a pause. Where the program drives the steps, its gate says which roles the step asks; that they really approved is signed in the live system, where the
 * rollout's guard reads it and a policy can't.
 */
export const rolloutApproval = objectRule({
    name: "rollout-approval",
    title: "In production a person approves before a rollout reaches most users.",
    severity: "high",
    level: "mandatory",
    staging: "advisory",
    references: [checklist("Approval Gate"), checklist("Go/No-Go for full rollout")],
    settings: planApprovals,
    kinds: ["core/ConfigMap", argoRollout],
    *check(object, { settings }) {
        yield* object.kind === "Rollout" ? pausesOf(object, settings.approvedFrom) : rolesOf(object, settings);
    },
});

function* pausesOf(rollout: KubernetesObject, approvedFrom: number): Generator<PolicyFinding> {
    const steps = canaryOf(rollout) === undefined ? [] : stepsOf(rollout);
    const top = steps.findIndex(({ weight }) => (weight ?? 0) >= approvedFrom);
    if (steps.length > 0 && !steps.slice(0, top < 0 ? undefined : top).some(({ pause }) => pause === "forever")) {
        yield missing(
            "spec.strategy.canary.steps",
            `nothing waits for an approval before ${String(approvedFrom)} %`,
            "add a pause without a duration before that weight",
        );
    }
}

function* rolesOf(gate: KubernetesObject, settings: { readonly approvedFrom: number; readonly roles: readonly string[] }): Generator<PolicyFinding> {
    const percent = gateStep(gate);
    if (percent === undefined || percent < settings.approvedFrom) {
        return;
    }
    const asked = annotation(gate, "required-approvals");
    if (asked === undefined) {
        yield missing(
            "metadata.annotations",
            `the gate does not say who approves ${String(percent)} %`,
            "annotate it with nova.example.com/required-approvals",
        );
        return;
    }
    const roles = asked.split(",").map((role) => role.trim());
    const absent = settings.roles.filter((role) => !roles.includes(role));
    if (absent.length > 0) {
        yield wrong(
            "metadata.annotations",
            `${String(percent)} % is entered without the approval of ${absent.join(" and ")}`,
            "ask for it before the step is entered",
        );
    }
}
