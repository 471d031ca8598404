/**
 * What a step must show before it is left, and what rolls a rollout back: the checklist's numbers as data.
 *
 * The numbers are requirements. A lab scales times, never one of these.
 */
import { checkCriteria } from "./criteria/check.ts";
import { againstStable, holdAndInvestigate, rollbackAtOnce } from "./criteria/standing.ts";
import { baselineGate, canaryGate, fullGate, halfGate, quarterGate, successCriteria } from "./criteria/steps.ts";
import type { Criterion, ProbeName, StepCriteria } from "./criterion.ts";
import { type Weight, plan, stepAt } from "../plan/plan.ts";

export { type Bound, boundOf } from "./criteria/bound.ts";
export { checkCriteria } from "./criteria/check.ts";
export { againstStable, holdAndInvestigate, rollbackAtOnce } from "./criteria/standing.ts";
export { successCriteria } from "./criteria/steps.ts";

/** The criteria at a weight: the gate out of the step, and what is watched while it lasts. */
export function criteriaAt(weightPercent: Weight): StepCriteria {
    return steps[weightPercent];
}

/** Every criterion that is judged at a weight, each once: gate, at once, investigate. */
export function everyCriterionAt(weightPercent: Weight): readonly Criterion[] {
    const { gate, atOnce, investigate } = criteriaAt(weightPercent);
    return [...new Map([...gate, ...atOnce, ...investigate].map((criterion) => [criterion.id, criterion])).values()];
}

/** The probes that criteria ask for. */
export function probesOf(criteria: readonly Criterion[]): readonly ProbeName[] {
    return criteria.flatMap(({ measure }) => (measure.kind === "probe" ? [measure.probe] : []));
}

const compared = [...holdAndInvestigate, ...againstStable];

const steps: Readonly<Record<Weight, StepCriteria>> = {
    0: { weightPercent: 0, gate: baselineGate, atOnce: [], investigate: [] },
    10: { weightPercent: 10, gate: canaryGate, atOnce: rollbackAtOnce, investigate: compared },
    25: { weightPercent: 25, gate: quarterGate, atOnce: rollbackAtOnce, investigate: compared },
    50: { weightPercent: 50, gate: halfGate, atOnce: rollbackAtOnce, investigate: compared },
    100: { weightPercent: 100, gate: fullGate, atOnce: rollbackAtOnce, investigate: holdAndInvestigate },
};

for (const { name, weightPercent, soakMinutes } of plan) {
    checkCriteria(`criteria of the step '${name}'`, everyCriterionAt(weightPercent), soakMinutes);
    checkCriteria(`gate of the step '${name}'`, criteriaAt(weightPercent).gate, soakMinutes);
}
checkCriteria("success criteria", successCriteria, stepAt(0).soakMinutes);
