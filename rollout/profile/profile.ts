import type { Checklist } from "../checklist/box.ts";
import { checklistProblems } from "../checklist/check.ts";
import { wordsOf } from "../words.ts";
import { checkCriteria } from "../gate/criteria/check.ts";
import type { Criteria, Criterion, StepCriteria } from "../gate/criterion.ts";
import type { LabelPrefix } from "../route/label-keys.ts";
import { metricProblems } from "./metrics.ts";
import { prefixProblems } from "./names.ts";
import type { VariablePrefix } from "./variables.ts";
import { type Probes, probeProblems } from "../gate/probe.ts";
import type { ServiceMetrics } from "../gate/service-metrics.ts";
import { type RolloutPlan, definePlan, findStep, weightsOf } from "../plan/plan.ts";

/** How one service is rolled out: data that the library judges by. A program gives it once, in `rollout.config.ts` and to its ProgressiveRollout. */
export interface ServiceProfile extends LabelPrefix, VariablePrefix {
    /** Weights, pods, soaks and approvals. */
    readonly plan: RolloutPlan;
    /** What must hold before a step is left, and what rolls back: one entry for each step of the plan. */
    readonly criteria: readonly StepCriteria[];
    /** What a finished rollout is declared a success by, on the stable revision that the candidate has become. */
    readonly successCriteria: Criteria;
    /** Boxes of a production checklist, which the steps wait for. @default none: no box is asked */
    readonly checklist?: Checklist;
    /** What the pods say of themselves. @default { kind: "gateway-alone" } */
    readonly metrics?: ServiceMetrics;
    /** Functional probes by name: criteria of the kind `probe` ask for them. @default none */
    readonly probes?: Probes;
}

/**
 * Checks a profile where it is written.
 *
 * @throws {RangeError} with everything that is wrong with it: each with the key, the value and the fix.
 */
export function defineProfile(profile: ServiceProfile): ServiceProfile {
    const { plan, criteria, successCriteria, checklist } = profile;
    const every = [...criteria.flatMap(everyCriterionOf), ...successCriteria];
    const judged = criteria.map(({ weightPercent }) => weightPercent);
    const problems = [
        ...prefixProblems(profile),
        ...weightsOf(plan)
            .filter((weight) => !judged.includes(weight))
            .map((weight) => `criteria has no entry for ${String(weight)} %: a step that nothing judges would never be rolled back; add one`),
        ...judged
            .filter((weight) => findStep(plan, weight) === undefined)
            .map(
                (weight) =>
                    `criteria has an entry for ${String(weight)} %, which is no weight of the plan (${weightsOf(plan).join(", ")}); correct or remove it`,
            ),
        ...metricProblems(profile.metrics, every),
        ...probeProblems(profile.probes ?? {}, every),
        ...judged.filter((weight, index) => judged.indexOf(weight) !== index).map((weight) => `criteria has two entries for ${String(weight)} %; keep one`),
        ...(checklist === undefined
            ? []
            : checklistProblems(checklist, {
                  plan,
                  criteria: new Map(criteria.map((step) => [step.weightPercent, everyCriterionOf(step)])),
                  successCriteria,
              })),
    ];
    const longestSoakMinutes = Math.max(...plan.steps.map(({ soakMinutes }) => soakMinutes));
    const complaints = [
        ...complaintOf(() => definePlan(plan)),
        ...(problems.length > 0 ? [`The profile:\n${problems.map((problem) => `  ${problem}`).join("\n")}`] : []),
        ...criteria.flatMap((step) => {
            const { name, soakMinutes } = findStep(plan, step.weightPercent) ?? { name: `${String(step.weightPercent)} %`, soakMinutes: longestSoakMinutes };
            return [
                ...complaintOf(() => checkCriteria(`criteria of the step '${name}'`, everyCriterionOf(step), soakMinutes)),
                ...complaintOf(() => checkCriteria(`gate of the step '${name}'`, step.gate, soakMinutes)),
            ];
        }),
        ...complaintOf(() => checkCriteria("success criteria", successCriteria, longestSoakMinutes)),
    ];
    if (complaints.length > 0) {
        throw new RangeError(complaints.join("\n"));
    }
    return profile;
}

/** What `check` throws, or nothing: one part of a profile that is wrong hides no other. */
function complaintOf(check: () => unknown): readonly string[] {
    try {
        check();
        return [];
    } catch (error) {
        return [wordsOf(error)];
    }
}

/** Every criterion of a step, each once: gate, at once, investigate. */
export function everyCriterionOf({ gate, atOnce, investigate }: StepCriteria): readonly Criterion[] {
    return [...new Map([...gate, ...atOnce, ...investigate].map((criterion) => [criterion.id, criterion])).values()];
}
