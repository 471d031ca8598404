import type { Criteria, Criterion, Measure } from "../criterion.ts";
import { boundOf } from "./bound.ts";

/** Measures whose bound is a ratio: strictly between 0 and 1, since at either end nothing or everything would pass. */
const ratios: ReadonlySet<Measure["kind"]> = new Set<Measure["kind"]>([
    "error-ratio",
    "availability",
    "cache-hit-ratio",
    "cpu-utilisation",
    "database-pool-utilisation",
    "timeout-ratio",
    "events-recorded",
]);

/** Measures whose bound counts something: a whole number from 0. */
const counts: ReadonlySet<Measure["kind"]> = new Set<Measure["kind"]>([
    "restarts",
    "crash-loop",
    "database-connection-errors",
    "critical-log-lines",
    "ready-pods",
]);

/**
 * Refuses criteria that could let something pass unseen: none at all, two under one id, a bound that is missing, no number or out of range, a window that
 * is longer than the soak.
 *
 * @param name what the list is called in the message, such as `gate of 10 %`.
 * @param soakMinutes soak of the step, in minutes of the plan.
 * @throws {RangeError} with every problem of the list, each with the criterion's id and the fix.
 */
export function checkCriteria(name: string, criteria: readonly Criterion[], soakMinutes: number): Criteria {
    const [first, ...others] = criteria;
    if (first === undefined) {
        throw new RangeError(`${name}: there are no criteria, and a gate without any would never say no; add at least one`);
    }
    const repeated = criteria.filter(({ id }, index) => criteria.findIndex((other) => other.id === id) !== index);
    const problems = [
        ...repeated.map(({ id }) => `${id}: the id is used twice; give each criterion its own`),
        ...criteria.flatMap((criterion) => problemsOf(criterion, soakMinutes).map((problem) => `${criterion.id}: ${problem}`)),
    ];
    if (problems.length > 0) {
        throw new RangeError(`${name}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    }
    return [first, ...others];
}

function problemsOf({ id, title, source, measure, windowMinutes = 0 }: Criterion, soakMinutes: number): readonly string[] {
    return [
        ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) ? [] : ["the id is no word of lower-case letters, digits and hyphens; URLs and alerts carry it"]),
        ...(title.trim() === "" ? ["the title is empty; say in words what must hold"] : []),
        ...(source.trim() === "" ? ["the source is empty; say where the number comes from"] : []),
        ...boundProblem(measure),
        ...(windowMinutes >= 0 && windowMinutes <= soakMinutes
            ? []
            : [`the window is ${String(windowMinutes)} min and the soak ${String(soakMinutes)} min; shorten the window, or lengthen the soak`]),
    ];
}

function boundProblem(measure: Measure): readonly string[] {
    const bound = boundOf(measure);
    if (bound === "none") {
        return [];
    }
    if (bound === "faulty") {
        return [`${measure.kind} needs exactly one bound; without one everything passes`];
    }
    const { value } = bound;
    const shown = `the bound of ${measure.kind} is ${String(value)}`;
    if (ratios.has(measure.kind)) {
        return value > 0 && value < 1 ? [] : [`${shown}; use a ratio above 0 and below 1, so 0.005 for 0.5 %`];
    }
    if (counts.has(measure.kind)) {
        return [...(Number.isInteger(value) && value >= 0 ? [] : [`${shown}; use a whole number from 0`]), ...shareProblem(measure)];
    }
    return value > 0 && Number.isFinite(value) ? [] : [`${shown}; use a finite number above 0`];
}

function shareProblem(measure: Measure): readonly string[] {
    if (measure.kind !== "database-connection-errors" || measure.shareAbove === undefined || (measure.shareAbove > 0 && measure.shareAbove < 1)) {
        return [];
    }
    return [`the share of requests is ${String(measure.shareAbove)}; use a ratio above 0 and below 1, or leave it out`];
}
