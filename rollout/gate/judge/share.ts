import type { Criterion } from "../criterion.ts";
import { evidenceAbove, evidenceBelow, fewestBelow, upperLimit } from "../statistics/betting.ts";
import { healthyShare, passRisk, rollbackRisk } from "./confidence.ts";
import { type JudgeFinding, breached, kept, unproven, unseen } from "./finding.ts";
import { areAmounts } from "./subject.ts";
import { amount, percent } from "./wording.ts";

/** A share that must stay below a bound: `count` of `total`, both over the same window. */
export interface Share {
    readonly count: number;
    readonly total: number;
    /** Bound of the share, above 0 and below 1. */
    readonly bound: number;
    /** What is counted, and out of what: `errors` of `requests`. */
    readonly counted: string;
    readonly unit: string;
}

/** How a reason shows a share in the measure's own unit, where that is not the share itself. */
export interface Shown {
    readonly value: number;
    readonly bound: number;
    /** Put before the share: `p95 at most 250 ms`. */
    readonly text: string;
}

/**
 * Judges a share.
 *
 * Pass: shown to be below the bound, at {@link passRisk}. Breach of a bound that holds: shown to be above it, at the same risk. Breach of one that rolls
 * back: above it as measured, and shown to be no healthy noise at {@link rollbackRisk}. Else nothing is shown yet.
 */
export function judgeShare({ onBreach }: Pick<Criterion, "onBreach">, share: Share, shown?: Shown): JudgeFinding {
    const { count, total, bound, counted, unit } = share;
    if (!areAmounts([count, total]) || count > total) {
        return unseen(`${String(count)} ${counted} of ${String(total)} ${unit} is no measurement`);
    }
    const ratio = total === 0 ? 0 : count / total;
    const needed = fewestBelow(bound, passRisk);
    const figures = {
        ...(total === 0 ? {} : { value: shown?.value ?? ratio }),
        bound: shown?.bound ?? bound,
        samples: total,
        neededSamples: needed,
    };
    const before = shown === undefined || total === 0 ? "" : `${shown.text}; `;
    const measured = total === 0 ? `no ${unit} yet` : `${before}${counted} ${percent(ratio)} of ${amount(total)} ${unit}`;
    if (evidenceBelow(count, total, bound) >= 1 / passRisk) {
        return kept({ ...figures, text: `${measured}, at most ${percent(upperLimit(count, total, passRisk))} as shown, bound ${percent(bound)}` });
    }
    const beyond =
        onBreach === "rollback"
            ? ratio > bound && evidenceAbove(count, total, bound * healthyShare) >= 1 / rollbackRisk
            : evidenceAbove(count, total, bound) >= 1 / passRisk;
    if (beyond) {
        return breached(onBreach, { ...figures, text: `${measured}, bound ${percent(bound)}` });
    }
    return unproven({ ...figures, text: `${measured}, bound ${percent(bound)}: ${missing(share, ratio)}` });
}

/** What is missing for a pass. */
function missing({ total, bound, counted, unit }: Share, ratio: number): string {
    const needed = fewestBelow(bound, passRisk, ratio);
    return ratio >= bound || !Number.isFinite(needed)
        ? `not shown to be below it, and more ${unit} won't show it unless ${counted} fall`
        : `not shown to be below it yet, about ${amount(Math.max(1, needed - total))} more ${unit} at this share would`;
}
