import { z } from "zod";

import { type Bound, boundOf, findCriteria } from "../gate/criteria.ts";
import type { Criterion, Measure } from "../gate/criterion.ts";
import { amount, duration, mebibytes, percent } from "../gate/judge/wording.ts";
import type { Reason } from "../gate/verdict.ts";
import { type ServiceProfile, everyCriterionOf } from "../profile/profile.ts";

/** How a criterion stands: `fail` rolls back, `hold` is shown to be broken and holds, `open` is not shown either way, `pass` is shown to hold. The worst first. */
export const cellStates = ["fail", "hold", "open", "pass"] as const;

/** A criterion in the grid of the live page, in words that are ready to be shown. */
export const criterionCellSchema = z
    .strictObject({
        /** Id of the criterion. */
        id: z.string(),
        /** What it asks for: `errors below 0.5 %`. */
        title: z.string(),
        state: z.enum(cellStates),
        /** Whether the rollback was decided on it. */
        decided: z.boolean(),
        /** What was measured, with its unit. Absent where nothing could be. */
        value: z.string().exactOptional(),
        /** What it is held against: `< 0.5 %`. Absent for a state, such as a probe's. */
        bound: z.string().exactOptional(),
        /** How much evidence is missing for a pass: `1,204 more requests`. Absent where none is. */
        lacking: z.string().exactOptional(),
        /** How much there is: `3,500 requests`. Absent where nothing is counted. */
        samples: z.string().exactOptional(),
        /** What the judge found, as a sentence. */
        text: z.string(),
    })
    .readonly();

/** A {@link criterionCellSchema}. */
export type CriterionCell = z.infer<typeof criterionCellSchema>;

/** The grid of what was judged at a weight: each criterion once, and the worst first. `decided`: ids of those that a rollback was decided on. */
export function criterionCells(
    profile: Pick<ServiceProfile, "criteria">,
    weightPercent: number,
    reasons: readonly Reason[],
    decided: readonly string[] = [],
): readonly CriterionCell[] {
    const criteria = criteriaOf(profile, weightPercent);
    const each = [...new Map(reasons.map((reason) => [reason.criterion, reason])).values()];
    return inOrder(each.map((reason) => cellOf(criteria.get(reason.criterion), reason, decided.includes(reason.criterion))));
}

/** The worst first, and what a rollback was decided on before everything else. */
export function inOrder(cells: readonly CriterionCell[]): readonly CriterionCell[] {
    const rank = ({ decided, state }: CriterionCell): number => (decided ? -1 : cellStates.indexOf(state));
    return cells.toSorted((left, right) => rank(left) - rank(right));
}

/** The criteria at a weight by their ids. None at a weight that the profile does not know. */
export function criteriaOf(profile: Pick<ServiceProfile, "criteria">, weightPercent: number): ReadonlyMap<string, Criterion> {
    const criteria = findCriteria(profile, weightPercent);
    return new Map(criteria === undefined ? [] : everyCriterionOf(criteria).map((criterion) => [criterion.id, criterion]));
}

/** A bound as people read it: `< 0.5 %`. Undefined for a measure without one. */
export function shownBound(measure: Measure): string | undefined {
    const bound = boundOf(measure);
    if (measure.kind === "observed-split") {
        return `near ${percent(measure.weightPercent / 100)}`;
    }
    if (bound === "none") {
        return measure.kind.endsWith("-against-stable") ? "as stable" : undefined;
    }
    return bound === "faulty" ? undefined : `${signOf(bound)} ${shownMeasure(measure, bound.value)}`;
}

function cellOf(criterion: Criterion | undefined, reason: Reason, decided: boolean): CriterionCell {
    const { criterion: id, value, samples, text } = reason;
    const measure = criterion?.measure;
    const bound = measure === undefined ? undefined : shownBound(measure);
    const lacking = lackingOf(reason, measure);
    return {
        id,
        title: criterion?.title ?? id,
        state: stateOf(reason),
        decided,
        ...(value === undefined || measure === undefined ? {} : { value: shownMeasure(measure, value) }),
        ...(bound === undefined ? {} : { bound }),
        ...(lacking === undefined ? {} : { lacking }),
        ...(samples > 0 ? { samples: `${amount(samples)} ${unitOf(measure)}` } : {}),
        text,
    };
}

function stateOf({ verdict, shortfall }: Reason): CriterionCell["state"] {
    return verdict === "rollback" ? "fail" : verdict === "pass" ? "pass" : shortfall === "breached" ? "hold" : "open";
}

function lackingOf({ shortfall, samples, neededSamples = 0 }: Reason, measure: Measure | undefined): string | undefined {
    switch (shortfall) {
        case undefined:
        case "breached":
            return undefined;
        case "unseen":
            return "not seen";
        case "unproven":
            return neededSamples > samples ? `${amount(neededSamples - samples)} more ${unitOf(measure)}` : "more time or requests";
    }
}

function signOf({ side, inclusive }: Bound): string {
    return { below: inclusive ? "≤" : "<", above: inclusive ? "≥" : ">" }[side];
}

function unitOf(measure: Measure | undefined): string {
    switch (measure?.kind) {
        case "cache-hit-ratio":
        case "cache-against-stable":
            return "lookups";
        case "events-recorded":
            return "events";
        case "error-ratio":
        case "availability":
        case "latency-p95":
        case "timeout-ratio":
        case "observed-split":
        case "error-ratio-against-stable":
        case "client-errors-against-stable":
        case "latency-against-stable":
            return "requests";
        default:
            return "samples";
    }
}

function shownMeasure({ kind }: Measure, value: number): string {
    switch (kind) {
        case "latency-p95":
            return Number.isFinite(value) ? duration(value) : "above the histogram";
        case "memory":
            return mebibytes(value);
        case "memory-growth":
            return `${mebibytes(value)} an hour`;
        case "restarts":
        case "crash-loop":
        case "database-connection-errors":
        case "critical-log-lines":
        case "ready-pods":
        case "autoscaling":
        case "probe":
            return amount(value);
        default:
            return percent(value);
    }
}
