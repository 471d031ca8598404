import { html } from "hono/html";

import { shownSeconds } from "../../plan/duration.ts";
import { type Markup, section, table } from "../markup.ts";
import type { RolloutReport } from "../rollout-report.ts";
import { rounded, shownShare, shownSpan } from "../wording.ts";

/** One figure of how deliveries go. */
export interface DeliveryRow {
    readonly name: string;
    readonly value: string;
    /** What it is worked out from, or why it is not known. */
    readonly from: string;
}

/** The figures of delivery as rows: the HTML and the Markdown say the same. */
export function deliveryRows({ delivery }: Pick<RolloutReport, "delivery">): readonly DeliveryRow[] {
    const { rollouts, finished, days, leadTimeSeconds, leadsFromCommit, changeFailureRatio, restoreSeconds } = delivery;
    const why = (figure: typeof leadTimeSeconds, from: string): string => (figure.kind === "missing" ? figure.reason : from);
    return [
        {
            name: "Deployments",
            value: String(finished),
            from: `rollouts finished in the ${days < 2 ? shownSeconds(days * 86_400) : `${rounded(days, 1)} days`} that the ledger covers`,
        },
        {
            name: "Lead time",
            value: shownSpan(leadTimeSeconds),
            from: why(leadTimeSeconds, leadFrom(leadsFromCommit, finished)),
        },
        {
            name: "Change failure rate",
            value: shownShare(changeFailureRatio),
            from: why(changeFailureRatio, `rollouts rolled back from their users, of ${String(rollouts)} that are over`),
        },
        {
            name: "Time to restore",
            value: shownSpan(restoreSeconds),
            from: why(restoreSeconds, "median from the first breach on record of a step to the rollback"),
        },
    ];
}

function leadFrom(fromCommit: number, finished: number): string {
    return fromCommit === finished
        ? "median from the commit that declared a candidate to its finish"
        : `median from the declaration of a candidate to its finish; git knew the commit of ${String(fromCommit)} of ${String(finished)}, counted from there`;
}

/** How deliveries go, over the whole ledger. */
export function deliverySection(report: Pick<RolloutReport, "delivery">): Markup {
    return section(
        "delivery",
        "Delivery",
        table({
            caption: "Delivery figures (DORA), over the whole ledger",
            columns: ["Figure", "Value", "From"],
            rows: deliveryRows(report).map(({ name, value, from }) => [name, value, from]),
            without: "Nothing is known.",
        }),
    );
}

/** Whether the ledger that all this rests on is whole. */
export function ledgerSection({ ledger }: Pick<RolloutReport, "ledger">): Markup {
    return section("ledger", "Ledger", [
        html`<p>${ledgerWords(ledger)}</p>`,
        ...(ledger.findings.length === 0
            ? []
            : [
                  html`<ul>
                      ${ledger.findings.map(({ kind, text }) => html`<li>${kind}: ${text}</li>`)}
                  </ul>`,
              ]),
        ...(ledger.uncounted.length === 0
            ? []
            : [
                  html`<ul>
                      ${ledger.uncounted.map((record) => html`<li>${uncountedWords(record)}</li>`)}
                  </ul>`,
              ]),
    ]);
}

/** A record that plays no part in the report, and why. */
export function uncountedWords({ sequence, reason }: RolloutReport["ledger"]["uncounted"][number]): string {
    return `record ${String(sequence)} counts for nothing here: ${reason}`;
}

/** State of the ledger, in one or two sentences. */
export function ledgerWords({ intact, records, head }: RolloutReport["ledger"]): string {
    const newest = head === undefined ? "" : ` The newest is ${String(head.sequence)}@${head.hash}.`;
    return intact
        ? `${String(records)} records, each following from the one before.${newest}`
        : `The ledger is not whole: nothing in this report can be relied on before 'rollout ledger verify' is answered.${newest}`;
}
