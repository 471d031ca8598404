import { defined } from "../defined.ts";
import { type Evidence, type Observation, type RevisionEvidence, chained } from "../gate/evidence.ts";
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
    const requests = needed("requests", worseView(own, totalIn, Math.min));
    const errorRatio = needed("errors", worseView(own, errorRatioIn, Math.max));
    const [p50, p95] = [needed("latency", worseView(own, latencyIn(0.5), Math.max)), needed("latency", worseView(own, latencyIn(0.95), Math.max))];
    const age = needed("scrapes", worseView(own, ageIn, Math.max));
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
            timeoutRatio: shown(worseView(own, timeoutRatioIn, Math.max)),
            latencyP99Seconds: shown(worseView(own, latencyIn(0.99), Math.max)),
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

/** Of the two views that there are, what the gateway counted and what the pods did, the worse. */
function worseView(
    { gateway, ownMetrics, ...pods }: RevisionEvidence,
    read: (view: CountedView) => Observation<number>,
    worse: (...values: readonly number[]) => number,
): Observation<number> {
    const views: readonly CountedView[] = [...(gateway.kind === "seen" ? [gateway] : []), ...(ownMetrics === undefined ? [pods] : [])];
    return worseOf(views.map(read), worse);
}

/** What the gateway and the pods both show. */
type CountedView = Pick<RevisionEvidence, "requests" | "latency" | "scrapes">;

const totalIn = ({ requests }: CountedView): Observation<number> => chained(requests, ({ total }) => finite(total));

const errorRatioIn = ({ requests }: CountedView): Observation<number> =>
    chained(requests, ({ failed, total }) => share(failed, total, "there were no requests"));

const timeoutRatioIn = ({ requests }: CountedView): Observation<number> =>
    chained(requests, ({ timedOut, total }) =>
        timedOut === undefined ? { kind: "missing", reason: "the pods don't count what timed out" } : share(timedOut, total, "there were no requests"),
    );

const latencyIn =
    (quantile: number) =>
    ({ latency }: CountedView): Observation<number> =>
        chained(latency, (histogram) => quantileOf(histogram, quantile));

const ageIn = ({ scrapes }: CountedView): Observation<number> => chained(scrapes, ({ newestAgeSeconds }) => finite(newestAgeSeconds));

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
        if (requests.kind === "missing" || errors.kind === "missing" || latency.kind === "missing") {
            const unseen = [requests, errors, latency].find((one) => one.kind === "missing");
            return { kind: "missing", reason: `until ${timeOf(end)}: ${unseen?.reason ?? ""}` };
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
