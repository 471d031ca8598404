import type { Criterion, Measure } from "../../rollout/gate/criterion.ts";
import { boundIn, gateBounds, gateOn, madeOf, standingOn } from "../bounds.ts";
import { number } from "../../rollout/gate/gateway-series/promql.ts";
import type { PanelLine, PanelQuery } from "./panel.ts";
import { own } from "./queries.ts";
import type { Scope } from "../scope.ts";

type Profiled = Pick<Scope, "profile">;

/** Lines at which a candidate is looked into, and at which it is rolled back. */
export function candidateLines(scope: Profiled, kind: "error-ratio" | "latency-p95"): readonly PanelLine[] {
    return [
        ...madeOf(standingOn(scope, "investigate", kind), (criterion) => lineAt(criterion, "caution")),
        ...madeOf(standingOn(scope, "atOnce", kind), (criterion) => lineAt(criterion, "limit")),
    ];
}

/** The line of the baseline on the stable revision. */
export function baselineLines(scope: Profiled, kind: Measure["kind"]): readonly PanelLine[] {
    return madeOf(gateOn(scope, 0, kind, "stable"), (criterion) => lineAt(criterion, "caution"));
}

/** The bound of the gate at the step that the rollout is at: a line that moves with the steps. Steps without a bound have none, and nor has a measure that no gate judges. */
export function gateLines(scope: Profiled, kind: Measure["kind"], isMeant?: (measure: Measure) => boolean): readonly PanelQuery[] {
    const weight = `max(${own("rollout_step_weight_percent")})`;
    const atStep = gateBounds(scope, kind, "candidate", isMeant).map(
        ({ step, bound }) => `${number(bound.value)} * (${weight} == bool ${String(step.weightPercent)})`,
    );
    return atStep.length === 0 ? [] : [{ expression: `(${atStep.join(" + ")}) > 0`, legend: "gate at this step" }];
}

function lineAt(criterion: Criterion, meaning: PanelLine["meaning"]): PanelLine {
    return { value: boundIn(criterion).value, meaning };
}
