import type { Criterion } from "./criterion.ts";
import type { Evidence } from "./evidence.ts";
import { type JudgeLimits, defaultLimits } from "./judge/limits.ts";
import type { Judgement } from "./verdict.ts";

export { type JudgeLimits, defaultLimits } from "./judge/limits.ts";

/**
 * Judges evidence by criteria. Pure: the same evidence gives the same judgement, today and from the ledger.
 *
 * Each criterion gives one reason, and the worst verdict is the judgement's. A pass is only given for what is shown; no criteria at all are a hold.
 *
 * @param limits what is asked of evidence before it is believed. @default {@link defaultLimits}
 */
export function judge(criteria: readonly Criterion[], evidence: Evidence, limits: Partial<JudgeLimits> = {}): Judgement {
    const { timeScale } = { ...defaultLimits, ...limits };
    return {
        verdict: "hold",
        reasons: criteria.map(({ id }) => ({
            criterion: id,
            verdict: "hold",
            shortfall: "unseen",
            text: `no test for it yet, at time scale ${String(timeScale)}, for evidence of ${evidence.takenAt}`,
            samples: 0,
        })),
    };
}
