import type { ClientErrors, Evidence, LatencyHistogram, Observation, RevisionEvidence } from "../evidence.ts";
import { type Comparison, type Tolerance, isShownWorse, judgeComparison, neededFor, neededSamples, tooFew } from "./comparison.ts";
import { type JudgeFinding, breached, kept, unproven, unseen } from "./finding.ts";
import { countAbove, faultOf, totalOf } from "./latency.ts";
import { observed } from "./subject.ts";
import { amount, duration, percent } from "./wording.ts";

/**
 * Errors: less than half of the tightest bound on them, or less than half as many again as stable, is too little to hold for: a single burst of failed
 * requests makes that much on a quiet step. Enough requests are those that would show 1 %, where the checklist begins to look into errors.
 */
const errorTolerance: Tolerance = { difference: 0.0005, factor: 1.5, shows: 0.01 };

/**
 * Answers 400 to 499: one request in 100 more, and half as many again as stable. Users cause these themselves, so there are always some, and a few of them may
 * be one client that calls in a loop. Enough requests are those that would show three in 100.
 */
const clientErrorTolerance: Tolerance = { difference: 0.01, factor: 1.5, shows: 0.03 };

/** Cache: 3 of 100 lookups more that miss. From the baseline's 95 % that is half again as many reads of the database. */
const cacheTolerance: Tolerance = { difference: 0.03, factor: 1, shows: 0.03 };

/** Latency: one request in 20 more beyond a bound of the histogram; or, in the tail, twice as many and at least one in 100. */
const latencyTolerances: readonly Pick<Tolerance, "difference" | "factor">[] = [
    { difference: 0.05, factor: 1 },
    { difference: 0.01, factor: 2 },
];
const latencyShows = 0.05;

/**
 * The lowest bound that is compared, in seconds: nobody feels a difference below it, and the plan's own bounds begin at fifteen times as much. New processes answer in 1.2 ms what warm ones answer in
 * 0.9, so that at a bound of 1 ms every candidate of a quick service was slower.
 */
const lowestFeltSeconds = 0.01;

/** Failed requests, candidate against stable. */
export function judgeErrorsAgainstStable(evidence: Evidence): JudgeFinding {
    const requests = ofBoth(evidence, (revision) => revision.requests);
    return requests.kind === "missing"
        ? unseen(requests.reason)
        : judgeComparison(
              comparison(requests.value, ({ failed, total }) => ({ count: failed, total })),
              errorTolerance,
              "errors",
              "requests",
          );
}

/**
 * Answers 400 to 499, candidate against stable: all of them, and 401, 403 and 404 apart, since a rise of one may hide in what there is of the others. The risk
 * is divided among the questions.
 */
export function judgeClientErrorsAgainstStable(evidence: Evidence): JudgeFinding {
    const requests = ofBoth(evidence, (revision) => revision.requests);
    if (requests.kind === "missing") {
        return unseen(requests.reason);
    }
    const [stable, candidate] = requests.value;
    const [before, now] = [stable.clientErrors, candidate.clientErrors];
    if (before === undefined || now === undefined) {
        return unseen("answers 400 to 499 were not counted");
    }
    const questions = clientErrorKinds.map(({ counted, read }) => ({
        counted,
        asked: { candidate: { count: read(now), total: candidate.total }, stable: { count: read(before), total: stable.total } },
    }));
    const findings = questions.map(({ counted, asked }) => judgeComparison(asked, clientErrorTolerance, counted, "requests", questions.length));
    const [first] = findings;
    return (
        findings.find(({ shortfall }) => shortfall === "breached") ??
        findings.find(({ verdict }) => verdict !== "pass") ??
        first ??
        unseen("no bound to compare")
    );
}

const clientErrorKinds: readonly { readonly counted: string; readonly read: (errors: ClientErrors) => number }[] = [
    { counted: "answers 400 to 499", read: ({ unauthorized, forbidden, notFound, other }) => unauthorized + forbidden + notFound + other },
    { counted: "answers 401", read: ({ unauthorized }) => unauthorized },
    { counted: "answers 403", read: ({ forbidden }) => forbidden },
    { counted: "answers 404", read: ({ notFound }) => notFound },
];

/** Lookups that missed, candidate against stable. */
export function judgeCacheAgainstStable(evidence: Evidence): JudgeFinding {
    const lookups = ofBoth(evidence, (revision) => revision.cache);
    return lookups.kind === "missing"
        ? unseen(lookups.reason)
        : judgeComparison(
              comparison(lookups.value, ({ hits, misses }) => ({ count: misses, total: hits + misses })),
              cacheTolerance,
              "cache misses",
              "lookups",
          );
}

/**
 * Time to answer, candidate against stable: at each bound of the histogram from 10 ms on, whether more of the candidate's requests took longer. The greatest difference
 * counts, as in Kolmogorov and Smirnov's test, and the risk is divided among the bounds. Of a histogram that ends before, the last bound.
 */
export function judgeLatencyAgainstStable(evidence: Evidence): JudgeFinding {
    const histograms = ofBoth(evidence, (revision) => revision.latency);
    if (histograms.kind === "missing") {
        return unseen(histograms.reason);
    }
    const [stable, candidate] = histograms.value;
    const fault = faultOf(stable) ?? faultOf(candidate);
    if (fault !== undefined) {
        return unseen(fault);
    }
    const bounds = candidate.boundsSeconds.slice(0, -1);
    if (bounds.length === 0 || bounds.some((bound, index) => bound !== stable.boundsSeconds[index]) || stable.counts.length !== candidate.counts.length) {
        return unseen("the two revisions have histograms with different bounds, so they can't be compared");
    }
    const felt = bounds.filter((bound) => bound >= lowestFeltSeconds);
    return judgeSlowness(stable, candidate, felt.length > 0 ? felt : bounds.slice(-1));
}

function judgeSlowness(stable: LatencyHistogram, candidate: LatencyHistogram, bounds: readonly number[]): JudgeFinding {
    const totals = { candidate: totalOf(candidate), stable: totalOf(stable) };
    const at = (bound: number): Comparison => ({
        candidate: { count: countAbove(candidate, bound), total: totals.candidate },
        stable: { count: countAbove(stable, bound), total: totals.stable },
    });
    const needed = neededFor(at(bounds[0] ?? 0), latencyShows, bounds.length);
    const figures = { samples: Math.min(totals.candidate, totals.stable), ...neededSamples(needed) };
    const worse = bounds.find((bound) => latencyTolerances.some((tolerance) => isShownWorse(at(bound), tolerance, bounds.length)));
    if (worse !== undefined) {
        const shares = at(worse);
        const shown = `${percent(shares.candidate.count / shares.candidate.total)} of ${amount(shares.candidate.total)} requests slower than ${duration(worse)}`;
        return breached("hold", { ...figures, text: `${shown}, stable ${percent(shares.stable.count / shares.stable.total)}: shown to be worse` });
    }
    const measured = `${amount(totals.candidate)} requests against ${amount(totals.stable)} of stable`;
    return figures.samples >= needed
        ? kept({ ...figures, text: `${measured}: not shown to be slower, by enough to tell` })
        : unproven({ ...figures, text: `${measured}: ${tooFew(needed, figures.samples)}` });
}

function comparison<T>([stable, candidate]: readonly [T, T], read: (of: T) => { readonly count: number; readonly total: number }): Comparison {
    return { candidate: read(candidate), stable: read(stable) };
}

/** What was observed of the stable revision and of the candidate, in this order. */
function ofBoth<T>(evidence: Evidence, read: (revision: RevisionEvidence) => Observation<T>): Observation<readonly [T, T]> {
    const both = observed("service", evidence, read);
    if (both.kind === "missing") {
        return both;
    }
    const [stable, candidate] = both.value;
    return stable === undefined || candidate === undefined
        ? { kind: "missing", reason: "a comparison needs both revisions" }
        : { kind: "observed", value: [stable, candidate] };
}
