import { criteriaAt } from "../../rollout/gate/criteria.ts";
import type { Measure } from "../../rollout/gate/criterion.ts";
import { boundIn, criterionIn, gateBounds } from "../bounds.ts";
import { number } from "../../rollout/gate/gateway-series/promql.ts";
import type { PanelLine, PanelQuery } from "./panel.ts";
import { own } from "./queries.ts";
import { profile } from "../../service/profile.ts";
import { holdAndInvestigate, rollbackAtOnce } from "../../service/criteria/standing.ts";

/** Lines at which a candidate is looked into, and at which it is rolled back. */
export const candidateLines = {
    errors: [line("caution", "error-ratio-investigate"), line("limit", "error-ratio-at-once")],
    latency: [line("caution", "latency-p95-investigate"), line("limit", "latency-p95-at-once")],
} as const satisfies Readonly<Record<string, readonly PanelLine[]>>;

/** The line of the baseline on the stable revision, by the id of its criterion. */
export function baselineLine(id: string): PanelLine {
    return { value: boundIn(criterionIn(criteriaAt(profile, 0).gate, id)).value, meaning: "caution" };
}

/** The bound of the gate at the step that the rollout is at: a line that moves with the steps. Steps without a bound have none. */
export function gateLine(kind: Measure["kind"], isMeant?: (measure: Measure) => boolean): PanelQuery {
    const weight = `max(${own("rollout_step_weight_percent")})`;
    const atStep = gateBounds(kind, "candidate", isMeant).map(
        ({ step, bound }) => `${number(bound.value)} * (${weight} == bool ${String(step.weightPercent)})`,
    );
    return { expression: `(${atStep.join(" + ")}) > 0`, legend: "gate at this step" };
}

function line(meaning: PanelLine["meaning"], id: string): PanelLine {
    return { value: boundIn(criterionIn([...holdAndInvestigate, ...rollbackAtOnce], id)).value, meaning };
}
