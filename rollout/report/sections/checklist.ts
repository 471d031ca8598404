import { html } from "hono/html";

import type { BoxState, EvidenceLink, State, Summary } from "../../checklist/state.ts";
import { type Markup, badge, section, table } from "../markup.ts";
import type { RolloutReport } from "../rollout-report.ts";
import { shownTime } from "../wording.ts";

const tones: Readonly<Record<State, "good" | "wait" | "bad" | "plain">> = { holds: "good", open: "wait", failed: "bad", "not-applicable": "plain" };

/** The checklist, section by section, each box with what it rests on. Undefined where the profile has none. */
export function checklistSection({ checklist }: Pick<RolloutReport, "checklist">): Markup | undefined {
    if (checklist === undefined) {
        return undefined;
    }
    if (checklist.kind === "missing") {
        return section("checklist", "Checklist", html`<p>The state of the checklist is not known: ${checklist.reason}.</p>`);
    }
    const { summary, boxes } = checklist.value;
    return section("checklist", "Checklist", [
        html`<p>${summaryWords(summary)}</p>`,
        ...[...Map.groupBy(boxes, ({ box }) => box.section)].map(
            ([heading, own]) =>
                html`<details>
                    <summary>${heading}: ${String(own.filter(({ state }) => state === "holds").length)} of ${String(own.length)} hold</summary>
                    ${table({
                        caption: `Boxes under '${heading}'`,
                        columns: ["Box", "State", "How", "Rests on", "When"],
                        rows: own.map(row),
                        without: "",
                    })}
                </details>`,
        ),
    ]);
}

/** What a checklist comes to, in one sentence. */
export function summaryWords({ boxes, hold, automatic, open, failed, notApplicable }: Summary): string {
    const counts = `${String(hold)} of ${String(boxes)} boxes hold, ${String(automatic)} of them by looking and not by a signature`;
    return `${counts}; ${String(open)} are open, ${String(failed)} have failed, ${String(notApplicable)} do not apply.`;
}

/** What a box rests on, for people. */
export function evidenceWords(evidence: EvidenceLink | undefined): string {
    switch (evidence?.kind) {
        case undefined:
            return "";
        case "record":
            return `ledger ${String(evidence.sequence)}@${evidence.hash}`;
        case "check":
            return `${evidence.check}, ledger ${String(evidence.sequence)}@${evidence.hash}`;
        case "resource":
            return evidence.urn;
        case "rule":
            return `rule ${evidence.rule}`;
        case "alert":
            return `alert ${evidence.alert}`;
        case "signature":
            return `signature of ${evidence.identity}${evidence.link === undefined ? "" : `, ${evidence.link}`}`;
        case "approval":
            return `approval of ${evidence.identity}`;
        case "live":
            return "the live step";
    }
}

function row({ box, state, text, evidence, at }: BoxState) {
    return [box.text, badge(state, tones[state]), text, evidenceWords(evidence), at === undefined ? "" : shownTime(at)];
}
