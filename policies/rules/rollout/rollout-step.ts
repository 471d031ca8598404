import { objectRule, wrong } from "../../engine/rule.ts";
import { argoRollout, stepsOf } from "../../shapes/argo.ts";
import { planSteps } from "../../shapes/plan.ts";
import { checklist } from "../../shapes/references.ts";
import { rolloutOf, routeKind } from "../../shapes/rollout-route.ts";

/** A step forward goes to the next of the plan, never past it. Back is always allowed. */
export const rolloutStep = objectRule({
    name: "rollout-step",
    title: "A rollout goes step by step: it starts small, and no step is left out.",
    severity: "critical",
    level: "mandatory",
    rows: ["R2"],
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
        if (object.kind === "Rollout") {
            let before: number | undefined;
            for (const { weight, path } of stepsOf(object)) {
                if (weight === undefined) {
                    continue;
                }
                const most = before === undefined ? settings.firstPercent : before + settings.increasePoints;
                if (weight < 0 || weight > 100 || weight <= (before ?? -1)) {
                    yield wrong(path, `the weight ${String(weight)} does not go up within 0 to 100`, "let the weights rise");
                } else if (weight > most) {
                    yield wrong(
                        path,
                        `the weight jumps ${before === undefined ? "" : `from ${String(before)} `}to ${String(weight)} %`,
                        `go to ${String(most)} % at most`,
                    );
                }
                before = weight;
            }
            return;
        }
        const rollout = rolloutOf(object);
        if (rollout === undefined) {
            return;
        }
        const { percent, previousPercent } = rollout;
        const position = settings.steps.indexOf(percent);
        if (position < 0) {
            yield wrong("metadata.annotations", `${String(percent)} % is no step of the plan`, `use one of ${settings.steps.join(", ")}`);
        } else if (previousPercent !== undefined && position > settings.steps.indexOf(previousPercent) + 1) {
            yield wrong(
                "metadata.annotations",
                `the rollout jumps from ${String(previousPercent)} to ${String(percent)} %`,
                `go to ${String(settings.steps[settings.steps.indexOf(previousPercent) + 1])} % first`,
            );
        }
    },
});
