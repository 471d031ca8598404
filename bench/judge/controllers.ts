import { boundOf, criteriaAt } from "../../rollout/gate/criteria.ts";
import type { Criterion, Measure } from "../../rollout/gate/criterion.ts";
import type { Evidence, RevisionEvidence } from "../../rollout/gate/evidence.ts";
import { judge } from "../../rollout/gate/judge.ts";
import { countAbove, totalOf } from "../../rollout/gate/judge/latency.ts";
import { type Weight, stepAt } from "../../rollout/plan/plan.ts";
import { healthyEvidence, noClientErrors, seen, withChanges } from "../../test/rollout/gate/judge/evidence.ts";
import { type Minute, type MinuteOfBoth, type Release, sumOf, weightsWithTraffic } from "./release.ts";
import { profile } from "../../service/profile.ts";
import { plan } from "../../service/plan.ts";

const { watchLimits } = plan;

/** How a release ended, and after how many minutes with traffic. */
export interface Outcome {
    readonly kind: "passed" | "rolled-back";
    readonly minutes: number;
    readonly why: string;
}

/** Takes a release through the plan, once a minute. */
export type Controller = (release: Release) => Outcome;

/** Measures that requests decide. Pods, probes and memory are well in every simulated release, so the simulation has none. */
const decidedByRequests: ReadonlySet<Measure["kind"]> = new Set<Measure["kind"]>([
    "error-ratio",
    "availability",
    "latency-p95",
    "observed-split",
    "error-ratio-against-stable",
    "latency-against-stable",
]);

/**
 * This project's judge, as the watcher asks it: what rolls back at once each minute, on the step so far and on its last minute; the gate on the step so
 * far, from the end of the soak until the limit of a hold.
 */
export const judged: Controller = (release) => {
    let minutes = 0;
    for (const weight of weightsWithTraffic) {
        const { gate, atOnce } = criteriaAt(profile, weight);
        const [gateCriteria, atOnceCriteria] = [relevant(gate), relevant(atOnce)];
        const soak = stepAt(plan, weight).soakMinutes;
        const seenMinutes: { stable: Minute; candidate: Minute } = { stable: sumOf([]), candidate: sumOf([]) };
        for (let index = 0; ; index += 1) {
            const minute = release.minute(weight, index);
            seenMinutes.stable = sumOf([seenMinutes.stable, minute.stable]);
            seenMinutes.candidate = sumOf([seenMinutes.candidate, minute.candidate]);
            minutes += 1;
            const evidence = evidenceOf(weight, seenMinutes, minute, (index + 1) * 60);
            const watched = judge(atOnceCriteria, evidence);
            const recent = judge(atOnceCriteria, { ...evidenceOf(weight, minute, minute, (index + 1) * 60), windowSeconds: 60 });
            const fatal = [...watched.reasons, ...recent.reasons].find(({ verdict }) => verdict === "rollback");
            if (fatal !== undefined) {
                return { kind: "rolled-back", minutes, why: fatal.criterion };
            }
            if (index + 1 < soak) {
                continue;
            }
            const gated = judge(gateCriteria, evidence);
            if (gated.verdict === "pass" && watched.verdict === "pass") {
                break;
            }
            if (index + 1 >= soak + watchLimits.holdMinutes) {
                return { kind: "rolled-back", minutes, why: gated.reasons.find(({ verdict }) => verdict !== "pass")?.criterion ?? "" };
            }
        }
    }
    return { kind: "passed", minutes, why: "" };
};

/**
 * Plain thresholds as analysis in the background applies them by default: once a minute, the ratios of the last minutes against the step's bounds. One that
 * is not kept ends the release: https://argo-rollouts.readthedocs.io/en/stable/features/analysis/, where `failureLimit` is 0 unless it is set, and samples
 * query the last 5 minutes.
 *
 * @param windowMinutes what a query looks back over, never beyond the beginning of the step.
 */
export function onceFailed(windowMinutes: number): Controller {
    return (release) => counting(release, { threshold: 1, waits: false, windowMinutes });
}

/**
 * Plain thresholds that are counted: a minute that keeps them counts towards the soak, one that doesn't towards the limit of the whole release.
 * https://docs.flagger.app/usage/how-it-works: an `interval` and queries of 1 minute, and a `threshold` of 5 in the tutorials.
 */
export const countedFailures: Controller = (release) => counting(release, { threshold: 5, waits: true, windowMinutes: 1 });

function counting(
    release: Release,
    { threshold, waits, windowMinutes }: { readonly threshold: number; readonly waits: boolean; readonly windowMinutes: number },
): Outcome {
    let [minutes, failures] = [0, 0];
    for (const weight of weightsWithTraffic) {
        const gate = relevant(criteriaAt(profile, weight).gate);
        const soak = stepAt(plan, weight).soakMinutes;
        for (let [index, good] = [0, 0]; good < soak; index += 1) {
            minutes += 1;
            const first = Math.max(0, index + 1 - windowMinutes);
            const seenMinutes = sumOf(Array.from({ length: index + 1 - first }, (_, back) => release.minute(weight, first + back).candidate));
            const broken = gate.find((criterion) => !keepsPlainly(criterion, seenMinutes));
            failures += broken === undefined ? 0 : 1;
            good += broken === undefined || !waits ? 1 : 0;
            if (failures >= threshold) {
                return { kind: "rolled-back", minutes, why: broken?.id ?? "" };
            }
        }
    }
    return { kind: "passed", minutes, why: "" };
}

/** A ratio against the bound. No requests are no answer, and break it. What compares revisions is not asked: neither does so by default. */
function keepsPlainly({ measure }: Criterion, candidate: Minute): boolean {
    const bound = boundOf(measure);
    if (bound === "none" || bound === "faulty") {
        return true;
    }
    const share = measure.kind === "latency-p95" ? countAbove(candidate.latency, bound.value) / totalOf(candidate.latency) : candidate.failed / candidate.total;
    return measure.kind === "latency-p95" ? share <= 0.05 : share < bound.value;
}

function relevant(criteria: readonly Criterion[]): readonly Criterion[] {
    // The simulation doesn't know hits from misses.
    return criteria.filter(({ measure }) => decidedByRequests.has(measure.kind) && !(measure.kind === "latency-p95" && measure.cache !== undefined));
}

const templates = new Map<Weight, Evidence>();

function evidenceOf(weight: Weight, sums: MinuteOfBoth, newest: MinuteOfBoth, soakedSeconds: number): Evidence {
    const template = templates.get(weight) ?? healthyEvidence(weight);
    templates.set(weight, template);
    const { stable, candidate } = template;
    const change = (sum: Minute, minute: Minute): Partial<RevisionEvidence> => ({
        requests: seen({ total: sum.total, failed: sum.failed, timedOut: 0, clientErrors: noClientErrors }),
        recentRequests: seen(minute.total),
        latency: seen(sum.latency),
    });
    return {
        ...template,
        soakedSeconds,
        windowSeconds: soakedSeconds,
        stable: withChanges(stable, change(sums.stable, newest.stable)),
        ...(candidate === undefined ? {} : { candidate: withChanges(candidate, change(sums.candidate, newest.candidate)) }),
    };
}
