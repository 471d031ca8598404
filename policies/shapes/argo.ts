import type { KubernetesObject } from "../engine/subject.ts";
import { at, fields, has, list, number, numberOrText, type Fields, type Plain } from "../engine/value.ts";

/** The kind of Argo's rollouts. https://argo-rollouts.readthedocs.io/en/stable/features/specification/ */
export const argoRollout = "argoproj.io/Rollout";

/** The canary strategy of a rollout, where it has one. */
export function canaryOf(rollout: KubernetesObject): Fields | undefined {
    return fields(rollout.body, "spec", "strategy", "canary");
}

/** One step of a canary: what it does, and where it stands. */
export interface ArgoStep {
    readonly path: string;
    readonly weight: number | undefined;
    /** Seconds of a timed pause; `forever` for one that waits for a person. */
    readonly pause: number | "forever" | undefined;
    readonly analysis: boolean;
    readonly body: Plain;
}

/** The steps of a canary. @throws Unjudgeable */
export function stepsOf(rollout: KubernetesObject): readonly ArgoStep[] {
    return list(canaryOf(rollout), "steps").map((body, index) => ({
        path: `spec.strategy.canary.steps[${String(index)}]`,
        weight: number(body, "setWeight"),
        pause: pauseOf(body),
        analysis: has(body, "analysis") || has(body, "experiment"),
        body,
    }));
}

function pauseOf(step: Plain): number | "forever" | undefined {
    if (at(step, "pause") === undefined) {
        return undefined;
    }
    const duration = numberOrText(step, "pause", "duration");
    return duration === undefined ? "forever" : secondsOf(duration);
}

const unitSeconds: ReadonlyMap<string, number> = new Map([
    ["ms", 0.001],
    ["s", 1],
    ["m", 60],
    ["h", 3600],
    ["d", 86_400],
    ["w", 604_800],
    ["", 1],
]);

/** Seconds of a duration such as `10m`, `1h30m`, `30` or 30; 0 when it can't be read, which is too short for every rule. */
export function secondsOf(duration: string | number): number {
    if (typeof duration === "number") {
        return duration;
    }
    const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw]?)/g)];
    return parts.map(([whole]) => whole).join("") === duration
        ? parts.reduce((sum, [, value = "0", unit = ""]) => sum + Number(value) * (unitSeconds.get(unit) ?? 0), 0)
        : 0;
}
