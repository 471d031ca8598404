import { type Markup, section, table, time } from "../markup.ts";
import type { RolloutReport } from "../rollout-report.ts";
import { shownMove, shownTime } from "../wording.ts";

/** Who agreed to which step. */
export function approvalsSection({ approvals }: Pick<RolloutReport, "approvals">): Markup {
    return section(
        "approvals",
        "Approvals",
        table({
            caption: "Who approved which step, oldest first",
            columns: ["When", "Role", "Who", "Step", "Note", "Record"],
            rows: approvals.map(({ approval, from, to, sequence }) => [
                time(approval.at, shownTime(approval.at)),
                approval.role,
                who(approval),
                shownMove(from, to),
                approval.note ?? "",
                String(sequence),
            ]),
            without: "No approval is on record.",
        }),
    );
}

/** What was lifted, by whom and why, and whether a step was taken on it. */
export function overridesSection({ overrides }: Pick<RolloutReport, "overrides">): Markup {
    return section(
        "overrides",
        "Overrides",
        table({
            caption: "What was lifted, and why",
            columns: ["When", "Lifted", "Who", "Step", "Why", "Used"],
            rows: overrides.map(({ override, from, to, usedBy }) => [
                time(override.at, shownTime(override.at)),
                override.lifts.join(", "),
                who(override),
                shownMove(from, to),
                override.reason,
                usedBy === undefined ? "no step was taken on it" : `by record ${String(usedBy)}`,
            ]),
            without: "Nothing was overridden.",
        }),
    );
}

/** Who it was, and whether anything vouches for that. */
export function who({ identity, verified }: { readonly identity: string; readonly verified: boolean }): string {
    return `${identity}${verified ? "" : " (unverified)"}`;
}
