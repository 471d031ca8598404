import type { PanelQuery, PanelSpec } from "./panel.ts";
import { own } from "./queries.ts";

const is = (word: string): string => `max(${own("rollout_verdict", { verdict: word })})`;

/** The watcher's verdict as a number: a panel can't show which of several series is 1. */
export const verdict: PanelQuery = { expression: `${is("pass")} + 2 * ${is("hold")} + 3 * ${is("rollback")}`, legend: "verdict" };

/** What the numbers of {@link verdict} mean. */
export const verdictWords: NonNullable<PanelSpec["words"]> = {
    "1": { text: "pass", meaning: "well" },
    "2": { text: "hold", meaning: "caution" },
    "3": { text: "roll back", meaning: "limit" },
};
