import type { OnBreach } from "../criterion.ts";
import type { Reason } from "../verdict.ts";

/** A reason before it has the id of its criterion. */
export type Finding = Omit<Reason, "criterion">;

/** What a finding says besides its verdict. */
export type Figures = Omit<Finding, "verdict" | "shortfall">;

/** The criterion is shown to be kept. */
export function kept(figures: Figures): Finding {
    return { verdict: "pass", ...figures };
}

/** The criterion is shown to be broken. */
export function breached(onBreach: OnBreach, figures: Figures): Finding {
    return { verdict: onBreach, shortfall: "breached", ...figures };
}

/** Neither is shown yet. */
export function unproven(figures: Figures): Finding {
    return { verdict: "hold", shortfall: "unproven", ...figures };
}

/** It could not be looked at. */
export function unseen(text: string): Finding {
    return { verdict: "hold", shortfall: "unseen", text, samples: 0 };
}
