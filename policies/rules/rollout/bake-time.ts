import { objectRule, wrong } from "../../engine/rule.ts";
import { argoRollout, canaryOf, stepsOf } from "../../shapes/argo.ts";
import { checklist } from "../../shapes/references.ts";
import { annotation } from "../../shapes/rollout-route.ts";

/** A step that ends before its metrics have seen it is judged by the step before. */
export const bakeTime = objectRule({
    name: "bake-time",
    title: "Each step lasts at least as long as the window of its metrics, and the whole rollout long enough to show a slow fault.",
    severity: "high",
    level: "mandatory",
    rows: ["R6"],
    references: [checklist("Sustained Monitoring (30 minutes)")],
    settings: {
        totalMinutes: {
            type: "integer",
            default: 30,
            minimum: 0,
            description: "Shortest sum of an Argo rollout's timed pauses, in minutes; a pause for an approval counts as enough",
        },
        windowMinutes: { type: "integer", default: 5, minimum: 0, description: "Window of the metrics that judge a step, in minutes" },
    },
    kinds: [argoRollout, "core/ConfigMap"],
    *check(object, { settings }) {
        if (object.kind === "ConfigMap") {
            const soak = annotation(object, "soak-minutes");
            if (soak !== undefined && !(Number(soak) >= settings.windowMinutes)) {
                yield wrong(
                    "metadata.annotations",
                    `the step soaks ${soak} min, less than the metrics' window`,
                    `soak at least ${String(settings.windowMinutes)} min`,
                );
            }
            return;
        }
        if (canaryOf(object) === undefined) {
            return;
        }
        const timed = stepsOf(object).filter((step) => typeof step.pause === "number");
        const seconds = timed.map(({ pause }) => (typeof pause === "number" ? pause : 0));
        for (const step of timed) {
            if (typeof step.pause === "number" && step.pause < settings.windowMinutes * 60) {
                yield wrong(
                    `${step.path}.pause.duration`,
                    `the pause of ${String(step.pause)} s is shorter than the metrics' window`,
                    `pause at least ${String(settings.windowMinutes)} min`,
                );
            }
        }
        const total = seconds.reduce((sum, pause) => sum + pause, 0);
        if (total < settings.totalMinutes * 60 && !stepsOf(object).some(({ pause }) => pause === "forever")) {
            yield wrong(
                "spec.strategy.canary.steps",
                `the rollout takes ${String(Math.round(total / 60))} min in all`,
                `let it take at least ${String(settings.totalMinutes)} min`,
            );
        }
    },
});
