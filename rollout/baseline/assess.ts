import { defined } from "../defined.ts";
import type { Evidence, LatencyHistogram, Observation, RevisionEvidence } from "../gate/evidence.ts";
import type { Sample } from "../gate/statistics/trend.ts";
import { judgeMemoryGrowth } from "../gate/judge/memory.ts";
import { defaultLimits } from "../gate/judge/limits.ts";
import type { Measure } from "../gate/criterion.ts";
import type { Problem } from "../preflight/preflight.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import { quantileOf } from "../report/figures.ts";
import { type BaselineLimits, fewestInPart, partsOfWindow } from "./limits.ts";
import { baselineCriteria, measuredIn } from "./measured.ts";
import { type BaselineReport, baselineForm, baselineReport } from "./report.ts";
import type { ViewOverTime } from "./view-over-time.ts";

/** Everything that was seen of one revision over the window. */
export interface BaselineLook {
    readonly about: Pick<BaselineReport, "environment" | "namespace" | "service" | "revision" | "image">;
    /** Seconds since the epoch, by Prometheus' clock. */
    readonly fromSeconds: number;
    readonly toSeconds: number;
    readonly stepSeconds: number;
    readonly scrapeIntervalSeconds: number;
    /** Of the revision as the stable one, over the window. */
    readonly evidence: Evidence;
    readonly views: readonly ViewOverTime[];
    readonly probes: Evidence["probes"];
}

/** A report, or everything that keeps it from saying something. */
export type Baseline = { readonly kind: "measured"; readonly report: BaselineReport } | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/**
 * Makes a report of what was seen, or refuses to: what is missing, is no number, is old, has gaps or is too little is never written down as a baseline.
 *
 * It says how the revision did, not whether that is good enough: the preflight of the rollout judges that.
 *
 * @param profile whose criteria say which measures the report must have.
 */
export function assessBaseline(look: BaselineLook, profile: ServiceProfile, limits: BaselineLimits): Baseline {
    const { about, fromSeconds, toSeconds, stepSeconds, evidence, probes } = look;
    const own = evidence.stable;
    const problems: Problem[] = [];
    const wait = "let it serve for the whole window, and run this again";
    const needed = <T>(what: string, observation: Observation<T>): T | undefined => {
        if (observation.kind === "missing") {
            problems.push({
                text: `${what}: ${observation.reason}`,
                fix: "see that Prometheus scrapes the pods and the gateway ('rollout doctor'), and run this again",
            });
            return undefined;
        }
        return observation.value;
    };
    const requests = needed("requests", worseOf(totalsOf(own), Math.min));
    const errorRatio = needed("errors", worseOf(errorRatiosOf(own), Math.max));
    const [p50, p95] = [needed("latency", latencyOf(own, 0.5)), needed("latency", latencyOf(own, 0.95))];
    const age = needed("scrapes", worseOf(agesOf(own), Math.max));
    const coverage = needed("coverage", coverageOf(look));
    const parts = needed("parts of the window", partsOf(look));
    const mostAge = defaultLimits.oldestScrapeIntervals * look.scrapeIntervalSeconds;
    const minutes = (toSeconds - fromSeconds) / 60;
    if (age !== undefined && age > mostAge) {
        problems.push({
            text: `the newest data is ${age.toFixed(0)} s old, more than ${String(mostAge)} s`,
            fix: "see why Prometheus does not scrape any more, and run this again",
        });
    }
    if (requests !== undefined && requests < limits.requests) {
        problems.push({
            text: `${String(requests)} requests in ${minutes.toFixed(0)} min, fewer than ${String(limits.requests)}`,
            fix: `send it more requests, or set preflight.baseline.requests; ${wait}`,
        });
    }
    const few = parts?.find((part) => part.requests < fewestInPart);
    if (few !== undefined) {
        problems.push({ text: `${few.requests.toFixed(0)} requests from ${few.from} to ${few.to}, fewer than ${String(fewestInPart)}`, fix: wait });
    }
    if (coverage !== undefined && coverage.ratio * 100 < limits.coveredPercent) {
        problems.push({
            text: `Prometheus has data of ${(coverage.ratio * 100).toFixed(1)} % of the window, less than ${String(limits.coveredPercent)} %`,
            fix: wait,
        });
    }
    if (coverage !== undefined && coverage.longestGapSeconds > limits.gapMinutes * 60) {
        problems.push({
            text: `Prometheus has no data for ${(coverage.longestGapSeconds / 60).toFixed(0)} min on end, more than ${String(limits.gapMinutes)}`,
            fix: wait,
        });
    }
    if (
        requests === undefined ||
        errorRatio === undefined ||
        p50 === undefined ||
        p95 === undefined ||
        age === undefined ||
        coverage === undefined ||
        parts === undefined
    ) {
        return { kind: "refused", problems };
    }
    const report: BaselineReport = {
        schema: baselineForm,
        queriedAt: timeOf(toSeconds),
        ...about,
        window: { from: timeOf(fromSeconds), to: timeOf(toSeconds), hours: Number((minutes / 60).toFixed(4)) },
        coverage: { stepSeconds, ...coverage, newestAgeSeconds: Math.max(0, age) },
        requests,
        requestsPerSecond: requests / (toSeconds - fromSeconds),
        errorRatio,
        latencyP50Seconds: p50,
        latencyP95Seconds: p95,
        ...defined({
            timeoutRatio: shown(worseOf(timeoutRatiosOf(own), Math.max)),
            latencyP99Seconds: shown(latencyOf(own, 0.99)),
            latencyP95HitSeconds: shown(chained(own.latencyOnHit, (histogram) => quantileOf(histogram, 0.95))),
            latencyP95MissSeconds: shown(chained(own.latencyOnMiss, (histogram) => quantileOf(histogram, 0.95))),
            cacheHitRatio: shown(chained(own.cache, ({ hits, misses }) => share(hits, hits + misses, "there were no lookups"))),
            cpuUtilisationRatio: shown(own.cpuUtilisation),
            memoryBytes: shown(chained(own.memory, (pods) => finite(Math.max(...pods.flatMap(({ samples }) => samples.map(({ bytes }) => bytes)))))),
            memoryGrowthBytesPerHour: growthIn(evidence),
            restarts: shown(chained(own.pods, (pods) => finite(pods.reduce((sum, { restartsInStep, restarts }) => sum + (restartsInStep ?? restarts), 0)))),
        }),
        probes: Object.fromEntries(Object.entries(probes).map(([name, { kind }]) => [name, kind])),
        parts,
    };
    problems.push(...notShown(report, profile));
    return problems.length > 0 ? { kind: "refused", problems } : { kind: "measured", report: baselineReport(report) };
}

/** Measures that the profile's criteria need of a baseline, and that it does not have. */
function notShown(report: BaselineReport, profile: ServiceProfile): readonly Problem[] {
    const isShown = (measure: Measure): boolean => (measure.kind === "probe" ? measure.probe in report.probes : measuredIn(report, measure) !== undefined);
    return baselineCriteria(profile)
        .filter(({ measure }) => !isShown(measure))
        .map(({ id, title }) => ({
            text: `${id} (${title}) needs what Prometheus does not show`,
            fix: "see that the pods show what the profile names, or take the criterion out",
        }));
}

/** The views of the two that there are: what the gateway counted, and what the pods did. */
function totalsOf({ gateway, ownMetrics, requests }: RevisionEvidence): readonly Observation<number>[] {
    return [
        ...(gateway.kind === "seen" ? [chained(gateway.requests, ({ total }) => finite(total))] : []),
        ...(ownMetrics === undefined ? [chained(requests, ({ total }) => finite(total))] : []),
    ];
}

function errorRatiosOf({ gateway, ownMetrics, requests }: RevisionEvidence): readonly Observation<number>[] {
    const ratio = ({ failed, total }: { readonly failed: number; readonly total: number }): Observation<number> =>
        share(failed, total, "there were no requests");
    return [...(gateway.kind === "seen" ? [chained(gateway.requests, ratio)] : []), ...(ownMetrics === undefined ? [chained(requests, ratio)] : [])];
}

function timeoutRatiosOf({ gateway, ownMetrics, requests }: RevisionEvidence): readonly Observation<number>[] {
    const ratio = ({ timedOut, total }: { readonly timedOut?: number; readonly total: number }): Observation<number> =>
        timedOut === undefined ? { kind: "missing", reason: "the pods don't count what timed out" } : share(timedOut, total, "there were no requests");
    return [...(gateway.kind === "seen" ? [chained(gateway.requests, ratio)] : []), ...(ownMetrics === undefined ? [chained(requests, ratio)] : [])];
}

function latencyOf({ gateway, ownMetrics, latency }: RevisionEvidence, quantile: number): Observation<number> {
    const of = (histogram: LatencyHistogram): Observation<number> => quantileOf(histogram, quantile);
    return worseOf([...(gateway.kind === "seen" ? [chained(gateway.latency, of)] : []), ...(ownMetrics === undefined ? [chained(latency, of)] : [])], Math.max);
}

function agesOf({ gateway, ownMetrics, scrapes }: RevisionEvidence): readonly Observation<number>[] {
    const age = ({ newestAgeSeconds }: { readonly newestAgeSeconds: number }): Observation<number> => finite(newestAgeSeconds);
    return [...(gateway.kind === "seen" ? [chained(gateway.scrapes, age)] : []), ...(ownMetrics === undefined ? [chained(scrapes, age)] : [])];
}

/** Of views that must all be seen, the worse. */
function worseOf(views: readonly Observation<number>[], worse: (...values: readonly number[]) => number): Observation<number> {
    const unseen = views.find((view) => view.kind === "missing");
    if (unseen !== undefined) {
        return unseen;
    }
    return views.length === 0
        ? { kind: "missing", reason: "neither a gateway nor pods say anything" }
        : finite(worse(...views.flatMap((view) => (view.kind === "observed" ? [view.value] : []))));
}

/** The steepest growth of a pod's memory that is a trend, in bytes an hour; 0 where none is shown, undefined where it can't be told. */
function growthIn(evidence: Evidence): number | undefined {
    const criterion = {
        id: "memory-growth",
        title: "",
        subject: "stable",
        measure: { kind: "memory-growth", below: 0 },
        onBreach: "hold",
        source: "",
    } as const;
    const { verdict, shortfall, value } = judgeMemoryGrowth(criterion, 0, evidence, defaultLimits);
    return verdict === "pass" ? 0 : shortfall === "breached" ? value : undefined;
}

/** How much of the window has data, in the view that has least of it. */
function coverageOf({ views, fromSeconds, toSeconds, stepSeconds }: BaselineLook): Observation<{ readonly ratio: number; readonly longestGapSeconds: number }> {
    const looks = Math.floor((toSeconds - fromSeconds) / stepSeconds);
    const found: { ratio: number; longestGapSeconds: number }[] = [];
    for (const { view, looks: observation } of views) {
        if (observation.kind === "missing") {
            return { kind: "missing", reason: `the ${view}: ${observation.reason}` };
        }
        const times = observation.value.filter(({ value }) => value > 0).map(({ atSeconds }) => atSeconds);
        const edges = [fromSeconds, ...times, Math.max(fromSeconds + looks * stepSeconds, ...times) + stepSeconds];
        const gaps = edges.slice(1).map((at, index) => at - (edges[index] ?? at) - stepSeconds);
        found.push({ ratio: Math.min(1, times.length / looks), longestGapSeconds: Math.max(0, ...gaps) });
    }
    return found.length === 0 || looks === 0
        ? { kind: "missing", reason: "nothing could be asked" }
        : {
              kind: "observed",
              value: {
                  ratio: Math.min(...found.map(({ ratio }) => ratio)),
                  longestGapSeconds: Math.max(...found.map(({ longestGapSeconds }) => longestGapSeconds)),
              },
          };
}

function partsOf({ views, fromSeconds, toSeconds }: BaselineLook): Observation<BaselineReport["parts"]> {
    const seconds = (toSeconds - fromSeconds) / partsOfWindow;
    const ends = Array.from({ length: partsOfWindow }, (_, index) => fromSeconds + (index + 1) * seconds);
    const parts: BaselineReport["parts"] = [];
    for (const end of ends) {
        const of = (read: (view: ViewOverTime) => Observation<readonly Sample[]>, worse: (...values: readonly number[]) => number): Observation<number> =>
            worseOf(
                views.map((view) => chained(read(view), (samples) => at(samples, end))),
                worse,
            );
        const [requests, errors, latency] = [
            of((view) => view.requests, Math.min),
            of((view) => view.errorRatio, Math.max),
            of((view) => view.latencyP95Seconds, Math.max),
        ];
        const unseen = [requests, errors, latency].find((one) => one.kind === "missing");
        if (unseen !== undefined || requests.kind !== "observed" || errors.kind !== "observed" || latency.kind !== "observed") {
            return { kind: "missing", reason: `until ${timeOf(end)}: ${unseen === undefined ? "" : reasonIn(unseen)}` };
        }
        parts.push({
            from: timeOf(end - seconds),
            to: timeOf(end),
            requests: requests.value,
            errorRatio: Math.min(1, errors.value),
            latencyP95Seconds: latency.value,
        });
    }
    return { kind: "observed", value: parts };
}

function at(samples: readonly Sample[], atSeconds: number): Observation<number> {
    const found = samples.find((sample) => Math.abs(sample.atSeconds - atSeconds) < 0.5);
    return found === undefined ? { kind: "missing", reason: "there were no requests" } : finite(found.value);
}

function reasonIn(observation: Observation<unknown>): string {
    return observation.kind === "missing" ? observation.reason : "";
}

function chained<T>(observation: Observation<T>, next: (value: T) => Observation<number>): Observation<number> {
    return observation.kind === "missing" ? observation : next(observation.value);
}

function share(part: number, whole: number, none: string): Observation<number> {
    return whole > 0 ? finite(part / whole) : { kind: "missing", reason: none };
}

function finite(value: number): Observation<number> {
    return Number.isFinite(value) ? { kind: "observed", value } : { kind: "missing", reason: `${String(value)} is no measurement` };
}

function shown(observation: Observation<number>): number | undefined {
    return observation.kind === "observed" ? observation.value : undefined;
}

function timeOf(seconds: number): string {
    return new Date(seconds * 1_000).toISOString();
}
