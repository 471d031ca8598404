import { type Bound, boundOf, criteriaAt } from "../../gate/criteria.ts";
import type { ServiceProfile } from "../../profile/profile.ts";
import type { Criterion, Measure } from "../../gate/criterion.ts";
import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** A report of how a revision did under load for some time: the staging baseline, or a load test. Ratios are from 0 to 1, times in seconds. docs/preflight.md shows one. */
export interface PerformanceReport {
    /** Image by digest that was measured. */
    readonly image: string;
    /** ISO 8601. */
    readonly startedAt: string;
    readonly endedAt: string;
    readonly requests: number;
    readonly availabilityRatio: number;
    readonly errorRatio: number;
    readonly timeoutRatio: number;
    readonly latencyP95Seconds: number;
    readonly latencyP95HitSeconds: number;
    readonly latencyP95MissSeconds: number;
    readonly cacheHitRatio: number;
    readonly cpuUtilisationRatio: number;
    /** Of the fullest pod. */
    readonly memoryBytes: number;
    /** Of the pod that grew most. */
    readonly memoryGrowthBytesPerHour: number;
    readonly restarts: number;
    /** Result of each functional probe. */
    readonly probes: Readonly<Record<string, "passed" | "failed">>;
    /** Requests a second that the test was to make, and made. Asked of a load test. */
    readonly load?: { readonly targetPerSecond: number; readonly reachedPerSecond: number };
}

/** What a report is for. */
export interface PerformanceExpectation {
    /** Whose criteria are judged. */
    readonly profile: ServiceProfile;
    readonly kind: "baseline" | "load-test";
    /** `sha256:<64 hex>` of the candidate's image. */
    readonly imageDigest: string;
    /** ISO 8601. */
    readonly now: string;
}

/** Hours that the baseline covers. Checklist, 'Baseline Report'. */
const baselineHours = 24;
/** Minutes that a load test lasts at the least: as long as the shortest soak of the plan. The checklist says no number. */
const loadTestMinutes = 15;
/** Days after which a report says nothing any more of the systems around the revision. Not in the checklist. */
const mostAgeDays = 14;
/** Share of the load that was to be made. Less, and the generator was the bottleneck. */
const leastLoadShare = 0.95;

/**
 * Judges a report by the plan's own criteria: those of the baseline's gate and of the success of a rollout, on what the report measures. What it doesn't have counts as broken.
 *
 * It is bound to the image, not to the revision's content: staging has settings of its own, so the content has another digest there.
 */
export function judgePerformance(report: PerformanceReport, expected: PerformanceExpectation): PreflightFinding {
    const hours = (Date.parse(report.endedAt) - Date.parse(report.startedAt)) / 3_600_000;
    const ageDays = (Date.parse(expected.now) - Date.parse(report.endedAt)) / (24 * 3_600_000);
    const leastHours = expected.kind === "baseline" ? baselineHours : loadTestMinutes / 60;
    const digest = report.image.split("@")[1] ?? "no digest";
    const again =
        expected.kind === "baseline" ? "run the candidate in staging for 24 hours, and write the report anew" : "run the load test anew, against the candidate";
    const problems: readonly Problem[] = [
        ...(digest === expected.imageDigest ? [] : [{ text: `the report is about ${digest}, not the candidate's ${expected.imageDigest}`, fix: again }]),
        ...(hours >= leastHours ? [] : [{ text: `it covers ${hours.toFixed(1)} h, not ${String(leastHours)} h`, fix: again }]),
        ...(ageDays <= mostAgeDays ? [] : [{ text: `it is ${ageDays.toFixed(0)} days old, more than ${String(mostAgeDays)}`, fix: again }]),
        ...(ageDays < -1 / 24
            ? [{ text: `it ends at ${report.endedAt}, which is later than now`, fix: "correct the clock of the machine that wrote it" }]
            : []),
        ...(report.requests > 0 ? [] : [{ text: "it has no requests", fix: again }]),
        ...(expected.kind === "load-test" ? problemsOfLoad(report.load, again) : []),
        ...criteriaOf(expected).flatMap((criterion): readonly Problem[] => {
            const broken = brokenBy(criterion, report);
            return broken === undefined
                ? []
                : [{ text: `${criterion.title}: it is ${broken}`, fix: "find the cause in the candidate, and begin with a fixed one" }];
        }),
    ];
    return findingOf(problems, `${hours.toFixed(1)} h, ${String(report.requests)} requests, all thresholds of the plan kept`, {
        image: report.image,
        endedAt: report.endedAt,
        hours: Number(hours.toFixed(2)),
        requests: report.requests,
        errorRatio: report.errorRatio,
        latencyP95HitSeconds: report.latencyP95HitSeconds,
        latencyP95MissSeconds: report.latencyP95MissSeconds,
        cacheHitRatio: report.cacheHitRatio,
    });
}

/** The criteria of one kind of report: each measure once. Probes are of the baseline: a load test has its own requests. */
function criteriaOf({ kind, profile }: PerformanceExpectation): readonly Criterion[] {
    const all = [...criteriaAt(profile, 0).gate, ...profile.successCriteria].filter(
        ({ measure }) => measured(measure) && (kind === "baseline" || measure.kind !== "probe"),
    );
    const keys = all.map(({ measure }) => JSON.stringify(measure));
    return all.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

function measured({ kind }: Measure): boolean {
    return kind !== "ready-pods";
}

/** What the report has in place of what the criterion requires, as text; undefined where it keeps the criterion. */
function brokenBy({ measure }: Criterion, report: PerformanceReport): string | undefined {
    if (measure.kind === "probe") {
        const result = report.probes[measure.probe] ?? "not reported";
        return result === "passed" ? undefined : result;
    }
    const bound = boundOf(measure);
    const value = valueOf(measure, report);
    if (bound === "none" || bound === "faulty" || value === undefined) {
        return "not reported";
    }
    return keeps(value, bound) ? undefined : String(value);
}

/** Not a number keeps no bound. */
function keeps(value: number, { side, value: limit, inclusive }: Bound): boolean {
    return (inclusive && value === limit) || (side === "below" ? value < limit : value > limit);
}

function valueOf(measure: Measure, report: PerformanceReport): number | undefined {
    switch (measure.kind) {
        case "availability":
            return report.availabilityRatio;
        case "error-ratio":
            return report.errorRatio;
        case "timeout-ratio":
            return report.timeoutRatio;
        case "latency-p95":
            return measure.cache === "hit" ? report.latencyP95HitSeconds : measure.cache === "miss" ? report.latencyP95MissSeconds : report.latencyP95Seconds;
        case "cache-hit-ratio":
            return report.cacheHitRatio;
        case "cpu-utilisation":
            return report.cpuUtilisationRatio;
        case "memory":
            return report.memoryBytes;
        case "memory-growth":
            return report.memoryGrowthBytesPerHour;
        case "restarts":
            return report.restarts;
        default:
            return undefined;
    }
}

function problemsOfLoad(load: PerformanceReport["load"], again: string): readonly Problem[] {
    if (load === undefined) {
        return [{ text: "it does not say how many requests a second were made", fix: again }];
    }
    const { targetPerSecond, reachedPerSecond } = load;
    return targetPerSecond > 0 && reachedPerSecond >= targetPerSecond * leastLoadShare
        ? []
        : [{ text: `${String(reachedPerSecond)} requests a second were made, not ${String(targetPerSecond)}`, fix: again }];
}
