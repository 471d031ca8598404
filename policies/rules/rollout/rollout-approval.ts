import { objectRule, missing, wrong } from "../../engine/rule.ts";
import { argoRollout, canaryOf, stepsOf } from "../../shapes/argo.ts";
import { checklist } from "../../shapes/references.ts";
import { annotation, rolloutOf, routeKind } from "../../shapes/rollout-route.ts";

/**
 * Somebody has to say yes before most users meet a revision.
 *
 * For a route, approvals are signed records that the guard reads from the live system. Where a program also writes the roles that signed on the route, they must be enough.
 */
export const rolloutApproval = objectRule({
    name: "rollout-approval",
    title: "In production a person approves before a rollout reaches most users.",
    severity: "high",
    level: "mandatory",
    staging: "advisory",
    rows: ["R4"],
    references: [checklist("Approval Gate"), checklist("Go/No-Go for full rollout")],
    settings: {
        approvedFrom: { type: "integer", default: 50, minimum: 1, description: "Weight from which an approval is needed, in percent" },
        roles: { type: "array", items: { type: "string" }, default: ["tech-lead", "operations-lead"], description: "Roles that must have approved" },
    },
    kinds: [routeKind, argoRollout],
    *check(object, { settings }) {
        if (object.kind === "Rollout") {
            const steps = canaryOf(object) === undefined ? [] : stepsOf(object);
            const top = steps.findIndex(({ weight }) => (weight ?? 0) >= settings.approvedFrom);
            if (steps.length > 0 && !steps.slice(0, top < 0 ? undefined : top).some(({ pause }) => pause === "forever")) {
                yield missing(
                    "spec.strategy.canary.steps",
                    `nothing waits for an approval before ${String(settings.approvedFrom)} %`,
                    "add a pause without a duration before that weight",
                );
            }
            return;
        }
        const rollout = rolloutOf(object);
        const written = annotation(object, "approvals");
        if (rollout !== undefined && rollout.percent >= settings.approvedFrom && written !== undefined) {
            const signed = written.split(",").map((role) => role.trim());
            const absent = settings.roles.filter((role) => !signed.includes(role));
            if (absent.length > 0) {
                yield wrong("metadata.annotations", `${absent.join(" and ")} did not approve ${String(rollout.percent)} %`, "let them approve the step first");
            }
        }
    },
});
