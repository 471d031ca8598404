import { boundOf, keeps } from "../gate/criteria.ts";
import type { Criterion } from "../gate/criterion.ts";
import { type PreflightFinding, type Problem, findingOf } from "../preflight/preflight.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import { type BaselineLimits, fewestInPart } from "./limits.ts";
import { baselineCriteria, measuredIn } from "./measured.ts";
import type { BaselineReport } from "./report.ts";

/** What a baseline is judged against. */
export interface BaselineExpectation {
    /** Whose criteria are judged. */
    readonly profile: ServiceProfile;
    /** `sha256:<64 hex>` of the candidate's image. */
    readonly imageDigest: string;
    readonly limits: BaselineLimits;
    /** How old the end of the window may be, in days. */
    readonly ageDays: number;
    /** ISO 8601. */
    readonly now: string;
}

/**
 * How much slower the last part of the window may be than the first. As for a comparison with the stable revision, half as many again is what matters, and
 * nobody feels a difference below 10 ms (rollout/gate/judge/against-stable.ts).
 */
const mostDrift = 1.5;
const lowestFeltSeconds = 0.01;

/**
 * Judges a baseline: that it is about the candidate's image, young, long and dense enough, that it keeps the plan's own thresholds, and that nothing degrades
 * from its first part to its last. What a criterion needs and the report does not have counts as broken.
 *
 * It is bound to the image, not to the revision's content: staging has settings of its own, so the content has another digest there.
 */
export function judgeBaseline(report: BaselineReport, expected: BaselineExpectation): PreflightFinding {
    const { window, requests, image } = report;
    const problems = [...problemsOfExtent(report, expected), ...problemsOfTrend(report), ...baselineCriteria(expected.profile).flatMap(brokenIn(report))];
    return findingOf(problems, `${window.hours.toFixed(1)} h until ${window.to}, ${String(requests)} requests, all thresholds of the plan kept, and no trend`, {
        image,
        revision: report.revision,
        endedAt: window.to,
        hours: Number(window.hours.toFixed(2)),
        requests,
        requestsPerSecond: report.requestsPerSecond,
        coveredRatio: report.coverage.ratio,
        errorRatio: report.errorRatio,
        latencyP95Seconds: report.latencyP95Seconds,
    });
}

function problemsOfExtent({ image, window, requests, coverage, parts }: BaselineReport, expected: BaselineExpectation): readonly Problem[] {
    const { limits, ageDays, imageDigest, now } = expected;
    const hours = (Date.parse(window.to) - Date.parse(window.from)) / 3_600_000;
    const age = (Date.parse(now) - Date.parse(window.to)) / (24 * 3_600_000);
    const digest = image.split("@")[1] ?? "no digest";
    const again = `run the candidate in staging for ${String(limits.hours)} hours, and then 'rollout baseline --stack staging'`;
    const few = parts.find((part) => part.requests < fewestInPart);
    const problem = (wrong: boolean, text: string, fix = again): readonly Problem[] => (wrong ? [{ text, fix }] : []);
    return [
        ...problem(digest !== imageDigest, `the report is about ${digest}, not the candidate's ${imageDigest}`),
        // The text of a number, not the number that the report states of itself.
        ...problem(!(hours >= limits.hours), `it covers ${hours.toFixed(1)} h, not ${String(limits.hours)} h`),
        ...problem(!(age <= ageDays), `it is ${age.toFixed(0)} days old, more than ${String(ageDays)}`),
        ...problem(age < -1 / 24, `it ends at ${window.to}, which is later than now`, "correct the clock of the machine that wrote it"),
        ...problem(!(requests >= limits.requests), `it has ${String(requests)} requests, fewer than ${String(limits.requests)}`),
        ...problem(
            few !== undefined,
            `from ${few?.from ?? ""} to ${few?.to ?? ""} it has ${String(Math.round(few?.requests ?? 0))} requests, fewer than ${String(fewestInPart)}`,
        ),
        ...problem(
            !(coverage.ratio * 100 >= limits.coveredPercent),
            `Prometheus has data of ${(coverage.ratio * 100).toFixed(1)} % of its time, less than ${String(limits.coveredPercent)} %`,
        ),
        ...problem(
            !(coverage.longestGapSeconds <= limits.gapMinutes * 60),
            `it has a gap of ${(coverage.longestGapSeconds / 60).toFixed(0)} min, more than ${String(limits.gapMinutes)}`,
        ),
    ];
}

function problemsOfTrend({ parts }: BaselineReport): readonly Problem[] {
    const [first, last] = [parts[0], parts.at(-1)];
    if (first === undefined || last === undefined) {
        return [{ text: "it has no parts, so that no trend shows", fix: "write it again with 'rollout baseline'" }];
    }
    const slower = last.latencyP95Seconds > Math.max(first.latencyP95Seconds, lowestFeltSeconds) * mostDrift;
    return slower
        ? [
              {
                  text: `p95 went from ${milliseconds(first.latencyP95Seconds)} in its first part to ${milliseconds(last.latencyP95Seconds)} in its last`,
                  fix: "find out what degrades, and begin with a fixed candidate",
              },
          ]
        : [];
}

function milliseconds(seconds: number): string {
    return `${(seconds * 1_000).toFixed(0)} ms`;
}

/** What the report has in place of what the criterion requires, whole or in one of its parts. */
function brokenIn(report: BaselineReport): (criterion: Criterion) => readonly Problem[] {
    return ({ measure, title }) => {
        const problem = (text: string): readonly Problem[] => [
            { text: `${title}: ${text}`, fix: "find the cause in the candidate, and begin with a fixed one" },
        ];
        if (measure.kind === "probe") {
            const result = report.probes[measure.probe] ?? "not reported";
            return result === "passed" ? [] : problem(`it is ${result}`);
        }
        const bound = boundOf(measure);
        const value = measuredIn(report, measure);
        if (bound === "none" || bound === "faulty" || value === undefined) {
            return problem("it is not reported");
        }
        if (!keeps(value, bound)) {
            return problem(`it is ${String(value)}`);
        }
        const part = measure.kind === "error-ratio" ? report.parts.find(({ errorRatio }) => !keeps(errorRatio, bound)) : undefined;
        return part === undefined ? [] : problem(`it is ${String(part.errorRatio)} from ${part.from} to ${part.to}`);
    };
}
