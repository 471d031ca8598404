import { type PolicyFinding, missing, objectRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { argoRollout, stepsOf } from "../../shapes/argo.ts";
import { planSteps } from "../../shapes/plan.ts";
import { checklist } from "../../shapes/references.ts";
import { rolloutOf, routeKind } from "../../shapes/rollout-route.ts";

/** A step forward goes to the next of the plan, never past it. A rollback is always allowed. */
export const rolloutStep = objectRule({
    name: "rollout-step",
    title: "A rollout goes step by step: it starts small, and no step is left out.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Strategy")],
    settings: {
        ...planSteps,
        firstPercent: { type: "integer", default: 10, minimum: 1, description: "Largest first weight of an Argo rollout, in percent" },
        increasePoints: {
            type: "integer",
            default: 50,
            minimum: 1,
            description: "Largest increase between two weights of an Argo rollout, in percentage points",
        },
    },
    kinds: [routeKind, argoRollout],
    *check(object, { settings }) {
        yield* object.kind === "Rollout" ? weightsOf(object, settings) : stepOf(object, settings.steps);
    },
});

function* stepOf(route: KubernetesObject, steps: readonly number[]): Generator<PolicyFinding> {
    const rollout = rolloutOf(route);
    if (rollout === undefined) {
        return;
    }
    const { percent, previousPercent } = rollout;
    const position = steps.indexOf(percent);
    if (position < 0) {
        yield wrong("metadata.annotations", `${String(percent)} % is no step of the plan`, `use one of ${steps.join(", ")}`);
        return;
    }
    // A move to 0 is no jump.
    if (position === 0) {
        return;
    }
    if (previousPercent === undefined) {
        yield missing(
            "metadata.annotations",
            `the route does not say which step ${String(percent)} % was reached from, so a jump would not show`,
            "annotate it with nova.example.com/previous-percent, from where the live route stood",
        );
        return;
    }
    const before = steps.indexOf(previousPercent);
    if (before < 0) {
        yield wrong(
            "metadata.annotations",
            `${String(previousPercent)} %, which it was reached from, is no step of the plan`,
            `use one of ${steps.join(", ")}`,
        );
    } else if (position > before + 1) {
        yield wrong(
            "metadata.annotations",
            `the rollout jumps from ${String(previousPercent)} to ${String(percent)} %`,
            `go to ${String(steps[before + 1])} % first`,
        );
    }
}

function* weightsOf(rollout: KubernetesObject, settings: { readonly firstPercent: number; readonly increasePoints: number }): Generator<PolicyFinding> {
    let before: number | undefined;
    for (const { weight, path } of stepsOf(rollout)) {
        if (weight === undefined) {
            continue;
        }
        const most = before === undefined ? settings.firstPercent : before + settings.increasePoints;
        if (weight < 0 || weight > 100 || weight <= (before ?? -1)) {
            yield wrong(path, `the weight ${String(weight)} does not go up within 0 to 100`, "let the weights rise");
        } else if (weight > most) {
            const from = before === undefined ? "" : `from ${String(before)} `;
            yield wrong(path, `the weight jumps ${from}to ${String(weight)} %`, `go to ${String(most)} % at most`);
        }
        before = weight;
    }
}
