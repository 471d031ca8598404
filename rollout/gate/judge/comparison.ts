import { evidenceAbove, fewestAbove } from "../statistics/betting.ts";
import { meanThatReaches } from "../statistics/poisson.ts";
import { comparisonPower, comparisonRisk } from "./confidence.ts";
import { type JudgeFinding, breached, kept, unproven, unseen } from "./finding.ts";
import { areAmounts } from "./subject.ts";
import { amount, percent } from "./wording.ts";

/** What both revisions had of something bad, in the same window. */
export interface Comparison {
    readonly candidate: { readonly count: number; readonly total: number };
    readonly stable: { readonly count: number; readonly total: number };
}

/** How much worse is too small to matter, however sure. */
export interface Tolerance {
    /** Difference of the shares, as a ratio. */
    readonly difference: number;
    /** Candidate's share over the stable revision's. */
    readonly factor: number;
    /** The difference that enough requests would have shown: it sets the minimum of evidence. */
    readonly shows: number;
}

/**
 * Whether the candidate is shown to have more of something bad than the stable revision, beyond the tolerance.
 *
 * Given how many there were on both sides together, each of them is the candidate's with the candidate's share of the traffic, if it is no worse: so it is
 * a question about one share, and may be asked as often as one likes. Przyborowski and Wilenski 1940; as a bet: Turner, Ly and Grünwald 2024. Requests that
 * are not rare make it less eager, never more.
 *
 * @param questions how many comparisons are made at once: the risk is divided among them.
 */
export function isShownWorse({ candidate, stable }: Comparison, tolerance: Pick<Tolerance, "difference" | "factor">, questions = 1): boolean {
    const both = candidate.count + stable.count;
    const requests = candidate.total + stable.total;
    if (both === 0 || candidate.total === 0 || stable.total === 0) {
        return false;
    }
    const [share, usual] = [candidate.count / candidate.total, stable.count / stable.total];
    return (
        share - usual >= tolerance.difference &&
        share >= usual * tolerance.factor &&
        evidenceAbove(candidate.count, both, candidate.total / requests) >= questions / comparisonRisk
    );
}

/** Share of the requests of both above which there is too little of the stable revision to compare with, however many there are. */
const greatestShare = 0.95;

/**
 * The fewest requests of each revision at which a candidate that is worse by `difference` would be shown to be with probability {@link comparisonPower},
 * given a stable revision that has nothing bad at all. Infinity where the candidate has nearly all the traffic.
 */
export function fewestForComparison(candidateShare: number, difference: number, questions = 1): number {
    if (!(candidateShare <= greatestShare)) {
        return Number.POSITIVE_INFINITY;
    }
    return Math.ceil(meanThatReaches(fewestAbove(candidateShare, comparisonRisk / questions), comparisonPower) / difference);
}

/**
 * Judges a comparison of two shares. Shown worse: breach. Not shown: a pass, but only with enough of both to have shown it.
 *
 * @param questions how many comparisons are made at once: the risk is divided among them.
 */
export function judgeComparison(comparison: Comparison, tolerance: Tolerance, counted: string, unit: string, questions = 1): JudgeFinding {
    const { candidate, stable } = comparison;
    if (!areAmounts([candidate.count, candidate.total, stable.count, stable.total]) || candidate.count > candidate.total || stable.count > stable.total) {
        return unseen(`${counted} of ${unit} are no measurement`);
    }
    const samples = Math.min(candidate.total, stable.total);
    if (samples === 0) {
        return unproven({ text: `no ${unit} of the ${candidate.total === 0 ? "candidate" : "stable revision"} yet`, samples });
    }
    const needed = neededFor(comparison, tolerance.shows, questions);
    const value = candidate.count / candidate.total;
    const figures = { value, samples, ...neededSamples(needed) };
    const measured = `${counted} ${percent(value)} of ${amount(candidate.total)} ${unit}, stable ${percent(stable.count / stable.total)} of ${amount(stable.total)}`;
    if (isShownWorse(comparison, tolerance, questions)) {
        return breached("hold", { ...figures, text: `${measured}: shown to be worse` });
    }
    return samples >= needed
        ? kept({ ...figures, text: `${measured}: not shown to be worse, by enough to tell` })
        : unproven({ ...figures, text: `${measured}: ${tooFew(needed, samples)}` });
}

/** What people read where there are fewer than `needed` of one of the two. */
export function tooFew(needed: number, samples: number): string {
    return Number.isFinite(needed)
        ? `too few to tell, ${amount(Math.ceil(needed - samples))} more of each are needed`
        : "the stable revision has too small a share to compare with";
}

/** The minimum of evidence as a reason has it. No number, and not one that no file could hold, where no number is enough. */
export function neededSamples(needed: number): { readonly neededSamples?: number } {
    return Number.isFinite(needed) ? { neededSamples: needed } : {};
}

/** {@link fewestForComparison} at the split that was seen; at an even split while nothing was. */
export function neededFor({ candidate, stable }: Comparison, shows: number, questions = 1): number {
    const requests = candidate.total + stable.total;
    return fewestForComparison(requests === 0 ? 0.5 : candidate.total / requests, shows, questions);
}
