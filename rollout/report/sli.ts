import { boundOf, findCriteria } from "../gate/criteria.ts";
import type { Criterion, Measure } from "../gate/criterion.ts";
import type { Weight } from "../plan/plan.ts";
import { type ServiceProfile } from "../profile/profile.ts";

/** What a report draws as a curve, for each revision: what users got at the gateway beside what the pods say. */
export const slis = ["users-error-ratio", "error-ratio", "users-latency-p95", "latency-p95", "cache-hit-ratio", "requests-per-second"] as const;

/** One of {@link slis}. Ratios from 0 to 1, latency in seconds. Those that begin with `users` are the gateway's, all others the pods'. */
export type Sli = (typeof slis)[number];

/** A bound of the plan on an SLI, at one weight. */
export interface Threshold {
    readonly sli: Sli;
    readonly weightPercent: Weight;
    /** Id of the criterion. */
    readonly criterion: string;
    readonly title: string;
    /** In the SLI's unit. */
    readonly value: number;
    /** `gate`: asked before the step is left. `investigate`: a breach holds. `at-once`: a breach rolls the traffic back. */
    readonly asked: "gate" | "investigate" | "at-once";
}

/**
 * The plan's bounds on an SLI at a weight. None at a weight that is not the plan's, and none on the number of requests. Bounds
 * that hold for answers from the cache alone, or for those that missed it, are no bounds on all answers, so they are left out.
 */
export function thresholdsAt(profile: Pick<ServiceProfile, "criteria">, sli: Sli, weightPercent: number): readonly Threshold[] {
    const step = findCriteria(profile, weightPercent);
    if (step === undefined) {
        return [];
    }
    const { gate, atOnce, investigate } = step;
    const of = (asking: readonly Criterion[], asked: Threshold["asked"]): readonly Threshold[] =>
        asking.flatMap(({ id, title, measure }) => {
            const bound = slisOf(measure).includes(sli) ? boundOf(measure) : "none";
            return typeof bound === "string" ? [] : [{ sli, weightPercent, criterion: id, title, value: bound.value, asked }];
        });
    return [...of(gate, "gate"), ...of(investigate, "investigate"), ...of(atOnce, "at-once")];
}

/** A bound on errors and on latency holds for both views. */
function slisOf(measure: Measure): readonly Sli[] {
    switch (measure.kind) {
        case "error-ratio":
            return ["users-error-ratio", "error-ratio"];
        case "cache-hit-ratio":
            return ["cache-hit-ratio"];
        case "latency-p95":
            return measure.cache === undefined ? ["users-latency-p95", "latency-p95"] : [];
        default:
            return [];
    }
}
