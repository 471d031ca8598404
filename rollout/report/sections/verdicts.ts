import { html } from "hono/html";

import { type Markup, badge, section, table, time } from "../markup.ts";
import type { JudgedLook } from "../proceedings.ts";
import type { RolloutReport } from "../rollout-report.ts";
import type { Judgement, Verdict } from "../../gate/verdict.ts";
import { rounded, shownTime } from "../wording.ts";

/** Tone of a verdict. */
export const verdictTones: Readonly<Record<Verdict, "good" | "wait" | "bad">> = { pass: "good", hold: "wait", rollback: "bad" };

/** Every judgement on record, with all that did not pass. */
export function verdictsSection({ verdicts }: Pick<RolloutReport, "verdicts">): Markup {
    return section("verdicts", "Verdicts", [
        table({
            caption: "Every judgement on record, oldest first",
            columns: ["When", "Of the step at", "Record", "Verdict", "What did not pass"],
            rows: verdicts.map((look) => [
                time(look.at, shownTime(look.at)),
                `${rounded(look.weightPercent, 2)} %`,
                `${String(look.sequence)} (${look.kind})`,
                badge(shownVerdict(look), verdictTones[shownVerdict(look)]),
                openReasons(look),
            ]),
            without: "Nothing was judged.",
        }),
        ...verdicts.slice(-1).map(
            (look) =>
                html`<details>
                    <summary>All criteria of ${judgementTitle(look)}</summary>
                    ${judgementTable(look.judgement, `Criteria of ${judgementTitle(look)}`)}
                </details>`,
        ),
    ]);
}

/** Rollbacks, breaches on record, and what was announced of them. */
export function incidentsSection({ incidents }: Pick<RolloutReport, "incidents">): Markup {
    return section(
        "incidents",
        "Incidents",
        table({
            caption: "What went wrong, and the messages about it",
            columns: ["When", "What", "By", "Record", "In words"],
            rows: incidents.map(({ at, kind, identity, verified, sequence, text }) => [
                time(at, shownTime(at)),
                badge(kind, kind === "rollback" || kind === "not-told" ? "bad" : "wait"),
                `${identity}${verified ? "" : " (unverified)"}`,
                String(sequence),
                text,
            ]),
            without: "No breach and no rollback is on record.",
        }),
    );
}

/** A judgement as a table: one line for each criterion. */
export function judgementTable({ reasons }: Judgement, caption: string): Markup {
    return table({
        caption,
        columns: ["Criterion", "Verdict", "Samples", "What was found"],
        rows: reasons.map(({ criterion, verdict, shortfall, samples, text }) => [
            criterion,
            badge(shortfall === undefined ? verdict : `${verdict}, ${shortfall}`, verdictTones[verdict]),
            rounded(samples, 0),
            text,
        ]),
        without: "No criterion was judged.",
    });
}

/** What the newest judgement is to a reader: the one that an alarm overruled is not why users went back. */
export function judgementTitle({ overruled }: JudgedLook): string {
    return overruled === true ? "the last look before the rollback, which did not decide it" : "the newest judgement";
}

/** What a look came to. A watcher's own count of failures rolls back before a judgement on what Prometheus has seen could. */
export function shownVerdict({ judgement, rollbackReason }: JudgedLook): Verdict {
    return rollbackReason === undefined ? judgement.verdict : "rollback";
}

function openReasons({ judgement, lifted, rollbackReason }: JudgedLook): Markup {
    const open = judgement.reasons.filter(({ verdict }) => verdict !== "pass");
    return html`${open.length === 0 && rollbackReason === undefined ? `all ${String(judgement.reasons.length)} criteria pass` : ""}
    ${rollbackReason === undefined ? "" : html`<div>Rolled back: ${rollbackReason}</div>`}
    ${open.map(({ criterion, text }) => html`<div>${criterion}: ${text}</div>`)} ${lifted.length === 0 ? "" : html`<div>Lifted: ${lifted.join(", ")}</div>`}`;
}
