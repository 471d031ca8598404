import { type Environment, type PolicyFinding, missing, objectRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { argoRollout, canaryOf, stepsOf } from "../../shapes/argo.ts";
import { planSoaks, planSteps } from "../../shapes/plan.ts";
import { checklist } from "../../shapes/references.ts";
import { annotation, gateStep } from "../../shapes/rollout-route.ts";

/** A step that ends before its metrics have seen it is judged by the step before. */
export const bakeTime = objectRule({
    name: "bake-time",
    title: "Each step lasts as long as the plan says, and an Argo rollout long enough to show a slow fault.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Sustained Monitoring (30 minutes)")],
    settings: {
        ...planSteps,
        ...planSoaks,
        totalMinutes: {
            type: "integer",
            default: 30,
            minimum: 0,
            description: "Shortest sum of an Argo rollout's timed pauses, in minutes; a pause for an approval counts as enough",
        },
        windowMinutes: { type: "integer", default: 5, minimum: 0, description: "Window of the metrics that judge a step of an Argo rollout, in minutes" },
    },
    kinds: [argoRollout, "core/ConfigMap"],
    *check(object, { settings, environment }) {
        yield* object.kind === "Rollout" ? pausesOf(object, settings) : soakOf(object, settings, environment);
    },
});

function* soakOf(
    gate: KubernetesObject,
    settings: { readonly steps: readonly number[]; readonly soakMinutes: readonly number[] },
    environment: Environment,
): Generator<PolicyFinding> {
    const percent = gateStep(gate);
    if (percent === undefined) {
        return;
    }
    const soak = annotation(gate, "soak-minutes");
    // At 0 % no user meets the candidate. Its long soak is for the environment where load is made for it.
    const least = percent === 0 && environment !== "staging" ? 0 : (settings.soakMinutes[settings.steps.indexOf(percent)] ?? Infinity);
    if (soak === undefined) {
        yield missing("metadata.annotations", `the gate does not say how long ${String(percent)} % lasts`, "annotate it with nova.example.com/soak-minutes");
    } else if (!(Number(soak) >= least)) {
        yield wrong("metadata.annotations", `${String(percent)} % lasts ${soak} min`, `let it last at least ${String(least)} min, as the plan says`);
    }
}

function* pausesOf(rollout: KubernetesObject, settings: { readonly totalMinutes: number; readonly windowMinutes: number }): Generator<PolicyFinding> {
    if (canaryOf(rollout) === undefined) {
        return;
    }
    const steps = stepsOf(rollout);
    let totalSeconds = 0;
    for (const { pause, path } of steps) {
        if (typeof pause !== "number") {
            continue;
        }
        totalSeconds += pause;
        if (pause < settings.windowMinutes * 60) {
            yield wrong(
                `${path}.pause.duration`,
                `the pause of ${String(pause)} s is shorter than the metrics' window`,
                `pause at least ${String(settings.windowMinutes)} min`,
            );
        }
    }
    if (totalSeconds < settings.totalMinutes * 60 && !steps.some(({ pause }) => pause === "forever")) {
        yield wrong(
            "spec.strategy.canary.steps",
            `the rollout takes ${String(Math.round(totalSeconds / 60))} min in all`,
            `let it take at least ${String(settings.totalMinutes)} min`,
        );
    }
}
