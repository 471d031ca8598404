import type { OnBreach } from "../criterion.ts";
import type { Reason } from "../verdict.ts";

/** A reason before it has the id of its criterion. */
export type JudgeFinding = Omit<Reason, "criterion">;

/** What a finding says besides its verdict. */
export type Figures = Omit<JudgeFinding, "verdict" | "shortfall">;

/** The criterion is shown to be kept. */
export function kept(figures: Figures): JudgeFinding {
    return { verdict: "pass", ...figures };
}

/** The criterion is shown to be broken. */
export function breached(onBreach: OnBreach, figures: Figures): JudgeFinding {
    return { verdict: onBreach, shortfall: "breached", ...figures };
}

/** Neither is shown yet. */
export function unproven(figures: Figures): JudgeFinding {
    return { verdict: "hold", shortfall: "unproven", ...figures };
}

/** It could not be looked at. */
export function unseen(text: string): JudgeFinding {
    return { verdict: "hold", shortfall: "unseen", text, samples: 0 };
}
