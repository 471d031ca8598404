import type { Criterion, Measure } from "../criterion.ts";
import type { Evidence, RevisionEvidence } from "../evidence.ts";
import type { Shortfall } from "../verdict.ts";
import type { JudgeLimits } from "./limits.ts";
import { observed, revisionsOf } from "./subject.ts";
import { amount } from "./wording.ts";

/** Why evidence is not fit to let a criterion pass. It plays no part in a breach: what is shown to be bad is bad, also when it is old. */
export interface Unfitness {
    readonly shortfall: Shortfall;
    readonly text: string;
}

/** Measures that the API server or a probe answers for, with no scrape behind them. */
const withoutScrapes: ReadonlySet<Measure["kind"]> = new Set<Measure["kind"]>(["restarts", "crash-loop", "ready-pods", "autoscaling", "probe"]);

/** Measures that are about requests: they say nothing of now once traffic has stopped. */
const ofRequests: ReadonlySet<Measure["kind"]> = new Set<Measure["kind"]>([
    "error-ratio",
    "availability",
    "latency-p95",
    "cache-hit-ratio",
    "timeout-ratio",
    "events-recorded",
    "observed-split",
    "error-ratio-against-stable",
    "client-errors-against-stable",
    "latency-against-stable",
    "cache-against-stable",
]);

/** Whether a measure is about requests: what users do decides how long it takes to show. */
export function isAboutRequests({ kind }: Measure): boolean {
    return ofRequests.has(kind);
}

/** Measures that need both revisions, whatever the subject. */
const ofBoth: ReadonlySet<Measure["kind"]> = new Set<Measure["kind"]>([
    "observed-split",
    "error-ratio-against-stable",
    "client-errors-against-stable",
    "latency-against-stable",
    "cache-against-stable",
]);

/** Why `evidence` may not let `criterion` pass, or undefined when it may. */
export function unfitnessOf(criterion: Criterion, evidence: Evidence, limits: JudgeLimits): Unfitness | undefined {
    const { measure, windowMinutes = 0 } = criterion;
    if (withoutScrapes.has(measure.kind)) {
        return undefined;
    }
    return windowUnfitness(evidence, windowMinutes, limits) ?? scrapeUnfitness(criterion, evidence, limits) ?? standstill(criterion, evidence);
}

function windowUnfitness({ windowSeconds, soakedSeconds }: Evidence, windowMinutes: number, { timeScale }: JudgeLimits): Unfitness | undefined {
    if (!(windowSeconds > 0) || !(windowSeconds <= soakedSeconds)) {
        const [window, soak] = [String(windowSeconds), String(soakedSeconds)];
        return { shortfall: "unseen", text: `the window of ${window} s is not within the step, which has lasted ${soak} s` };
    }
    const needed = windowMinutes * 60 * timeScale;
    return windowSeconds >= needed
        ? undefined
        : { shortfall: "unproven", text: `the window covers ${amount(windowSeconds)} s, and ${amount(needed)} s are needed` };
}

function scrapeUnfitness({ subject, measure }: Criterion, evidence: Evidence, limits: JudgeLimits): Unfitness | undefined {
    const revisions = revisionsOf(ofBoth.has(measure.kind) ? "service" : subject, evidence);
    if (revisions.kind === "missing") {
        return { shortfall: "unseen", text: revisions.reason };
    }
    for (const revision of revisions.value) {
        const unfitness = scrapesOf(revision, limits);
        if (unfitness !== undefined) {
            return { ...unfitness, text: `${revision.revision}: ${unfitness.text}` };
        }
    }
    return undefined;
}

function scrapesOf({ scrapes, pods }: RevisionEvidence, limits: JudgeLimits): Unfitness | undefined {
    if (scrapes.kind === "missing") {
        return { shortfall: "unseen", text: scrapes.reason };
    }
    const { newestAgeSeconds, fewestDistinct, pods: scraped } = scrapes.value;
    const oldest = limits.scrapeIntervalSeconds * limits.oldestScrapeIntervals;
    if (!(newestAgeSeconds >= 0 && newestAgeSeconds <= oldest)) {
        return { shortfall: "unseen", text: `the newest sample is ${String(newestAgeSeconds)} s old, at most ${amount(oldest)} s allowed` };
    }
    if (!(fewestDistinct >= limits.fewestDistinctScrapes)) {
        const needed = String(limits.fewestDistinctScrapes);
        return {
            shortfall: "unproven",
            text: `a pod was scraped ${String(fewestDistinct)} times within the window, and ${needed} distinct scrapes are needed`,
        };
    }
    if (pods.kind === "missing") {
        return { shortfall: "unseen", text: `whether every pod is scraped is not known: ${pods.reason}` };
    }
    const ready = pods.value.filter((pod) => pod.ready).length;
    return scraped >= Math.max(ready, 1) ? undefined : { shortfall: "unseen", text: `only ${String(scraped)} of ${String(ready)} ready pods are scraped` };
}

/** Requests within the last minute: of each revision that is compared, of all together otherwise. */
function standstill({ subject, measure }: Criterion, evidence: Evidence): Unfitness | undefined {
    if (!ofRequests.has(measure.kind)) {
        return undefined;
    }
    const recent = observed(ofBoth.has(measure.kind) ? "service" : subject, evidence, (revision) => revision.recentRequests);
    if (recent.kind === "missing") {
        return { shortfall: "unseen", text: recent.reason };
    }
    const flows = measure.kind.endsWith("-against-stable")
        ? recent.value.every((requests) => requests > 0)
        : recent.value.every((requests) => requests >= 0) && recent.value.some((requests) => requests > 0);
    return flows ? undefined : { shortfall: "unseen", text: "no requests within the last minute: the window holds the past only" };
}
