import type { CriterionForecast, StepOutlook, TrafficOutlook } from "../gate/forecast.ts";
import { shownSeconds } from "../plan/duration.ts";
import type { Weight } from "../plan/plan.ts";
import { type PreflightFinding, type Problem, findingOf } from "./preflight.ts";

/** What a stack does about a gate that lacks evidence when its time is over: `gates.lackOfEvidence`. */
export type LackOfEvidence = "roll-back" | "wait";

/**
 * Whether the steps that are still to come can be shown to hold, at the traffic of now.
 *
 * What even a clean candidate does not show in its time is a problem where the stack rolls back for it; where the stack waits for people, the finding says so and passes. What can't be looked
 * at is a problem on both: no number of users shows it.
 *
 * @param from the weight that the config asks for: steps below it are over.
 */
export function judgeForecast({ traffic, steps }: TrafficOutlook, from: Weight, lackOfEvidence: LackOfEvidence): PreflightFinding {
    const { requestsPerSecond } = traffic;
    const rate = requestsPerSecond.kind === "observed" ? `${requestsPerSecond.value.toFixed(1)} requests a second` : "a traffic that is not known";
    const toCome = steps.filter(({ weightPercent }) => weightPercent >= from);
    const late = toCome.flatMap((step) => step.tooSlow.map((criterion) => ({ step, criterion })));
    const unseen = late.filter(({ criterion: { clean } }) => clean.kind === "never" && clean.unseen);
    const unproven = late.filter((one) => !unseen.includes(one));
    const problems: readonly Problem[] = [
        ...(requestsPerSecond.kind === "observed"
            ? []
            : [
                  {
                      text: `how many requests users send is not known: ${requestsPerSecond.reason}`,
                      fix: "see that Prometheus scrapes the gateway and the pods",
                  },
              ]),
        ...unseen.map((one) => ({ text: shownLate(one), fix: "see why it can't be looked at: 'rollout forecast', and docs/gate.md" })),
        ...(lackOfEvidence === "wait" ? [] : unproven.map((one) => ({ text: `at ${rate}, ${shownLate(one)}: it would be rolled back`, fix }))),
    ];
    const names = toCome.map(({ weightPercent }) => `${String(weightPercent)} %`).join(", ");
    const passed =
        unproven.length === 0
            ? `at ${rate}, a clean candidate shows every criterion of ${names} in its time`
            : `at ${rate}, the watch will wait for people: ${unproven.map(shownLate).join("; ")}`;
    return findingOf(problems, passed, {
        ...(requestsPerSecond.kind === "observed" ? { requestsPerSecond: requestsPerSecond.value } : {}),
        late: late.map(({ step, criterion }) => `${criterion.criterion} at ${String(step.weightPercent)} %`),
    });
}

const fix =
    "begin when there are more users ('rollout forecast' says how long each step needs), change the plan with those who own it, or set gates.lackOfEvidence to wait";

function shownLate({ step, criterion: { criterion, clean } }: { readonly step: StepOutlook; readonly criterion: CriterionForecast }): string {
    const at = `${criterion} at ${String(step.weightPercent)} %`;
    return clean.kind === "shown"
        ? `${at} takes ${shownSeconds(clean.afterSeconds)}, and the step has ${shownSeconds(step.limitSeconds)}`
        : `${at} is never shown: ${clean.why}`;
}
