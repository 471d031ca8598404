import type { Evidence } from "../evidence.ts";
import type { Weight } from "../../plan/plan.ts";
import { evidenceAbove, evidenceBelow, fewestAbove, fewestBelow } from "../statistics/betting.ts";
import { passRisk } from "./confidence.ts";
import { type JudgeFinding, breached, kept, unproven, unseen } from "./finding.ts";
import { areAmounts, observed } from "./subject.ts";
import { amount, percent } from "./wording.ts";

/** How far the candidate's share of requests may lie from its weight at the most, as a ratio. */
const widestTolerance = 0.05;

/**
 * How far the candidate's share may lie from its weight, as a ratio: at most half of what either revision is to get. Else nothing at all, or the double, would pass for 1 %.
 * At 100 % the stable revision is to get nothing, and the widest tolerance is left.
 */
function toleranceAt(weight: number): number {
    return Math.min(widestTolerance, weight / 2, weight === 1 ? widestTolerance : (1 - weight) / 2);
}

/** Judges the share of requests that really reached the candidate: it must be shown to lie within {@link toleranceAt} of the weight, on both sides. */
export function judgeSplit(weightPercent: Weight, evidence: Evidence): JudgeFinding {
    const requests = observed("service", evidence, (revision) => revision.requests);
    if (requests.kind === "missing") {
        return unseen(requests.reason);
    }
    const [stable = Number.NaN, candidate = Number.NaN] = requests.value.map(({ total }) => total);
    if (!areAmounts([stable, candidate])) {
        return unseen(`${String(candidate)} requests of the candidate and ${String(stable)} of stable are no measurement`);
    }
    const total = stable + candidate;
    const weight = weightPercent / 100;
    const tolerance = toleranceAt(weight);
    const [lowest, highest] = [weight - tolerance, weight + tolerance];
    const sides: readonly Side[] = [
        ...(lowest > 0
            ? [
                  {
                      within: evidenceAbove(candidate, total, lowest),
                      beyond: evidenceBelow(candidate, total, lowest),
                      needed: fewestAbove(lowest, passRisk, weight),
                  },
              ]
            : []),
        ...(highest < 1
            ? [
                  {
                      within: evidenceBelow(candidate, total, highest),
                      beyond: evidenceAbove(candidate, total, highest),
                      needed: fewestBelow(highest, passRisk, weight),
                  },
              ]
            : []),
    ];
    const needed = Math.max(...sides.map((side) => side.needed));
    const figures = { ...(total === 0 ? {} : { value: candidate / total }), bound: weight, samples: total, neededSamples: needed };
    const measured = total === 0 ? "no requests yet" : `${percent(candidate / total)} of ${amount(total)} requests reached the candidate`;
    const text = `${measured}, weight ${String(weightPercent)} %`;
    if (total >= needed && sides.every(({ within }) => within >= 1 / passRisk)) {
        return kept({ ...figures, text });
    }
    return sides.some(({ beyond }) => beyond >= 1 / passRisk)
        ? breached("hold", { ...figures, text: `${text}: the route sends them elsewhere` })
        : unproven({ ...figures, text: `${text}: not shown yet to be within ${percent(tolerance)} of it` });
}

/** One end of the range: how strongly the share is shown to lie within, how strongly beyond, and how many requests show it for a share at the weight. */
interface Side {
    readonly within: number;
    readonly beyond: number;
    readonly needed: number;
}
