import { shownSeconds } from "../plan/duration.ts";
import { figureNames } from "./figures.ts";
import { headlineOf, summary } from "./headline.ts";
import { inline, table } from "./markdown-text.ts";
import { accountLines } from "./rollback-account.ts";
import type { RolloutReport } from "./rollout-report.ts";
import { evidenceWords, summaryWords } from "./sections/checklist.ts";
import { who } from "./sections/consents.ts";
import { deliveryRows, ledgerWords, uncountedWords } from "./sections/delivery.ts";
import { scaledTime, shownSoak, stepOutcome, stepTitle, unknownFigures } from "./sections/steps.ts";
import { figureTitles, rounded, shownFigure, shownMove, shownShare, shownTime } from "./wording.ts";

/** The report as Markdown, for a pull request or a wiki: the same as the HTML, without the curves. */
export function reportMarkdown(report: RolloutReport): string {
    const { service, namespace, environment, candidate, stable, madeAt, steps } = report;
    const { words, why, next } = headlineOf(report);
    const parts = [
        `# Rollout of ${inline(candidate.name)}, ${inline(service)} in ${inline(namespace)}`,
        `**${inline(words)}.** ${[...why.map((reason) => `${reason}.`), next].map(inline).join(" ")}`,
        `${inline(summary(report))} Environment ${inline(environment)}. Made at ${inline(shownTime(madeAt))}.`,
        `Candidate ${inline(candidate.name)} (${inline(candidate.digest)}), stable ${inline(stable.name)} (${inline(stable.digest)}), commit ${inline(report.commit ?? "not known")}.`,
        ...(report.rollback === undefined
            ? []
            : [
                  "## Rollback",
                  accountLines(report.rollback)
                      .map((line) => `- ${inline(line)}`)
                      .join("\n"),
              ]),
        "## Steps",
        report.timeScale === 1 ? "" : scaledTime(report.timeScale),
        table(
            ["Step", "Entered", "Left", "Lasted", "Soak asked for", "Observed split", "Outcome"],
            steps.map((step) => [
                stepTitle(step),
                shownTime(step.enteredAt),
                step.leftAt === undefined ? "not yet" : shownTime(step.leftAt),
                shownSeconds(step.seconds),
                shownSoak(step),
                step.figures.kind === "observed" ? shownShare(step.figures.value.observedShare) : "not known",
                stepOutcome(step).words,
            ]),
            "No step is on record.",
        ),
        "## Metrics of each step",
        table(
            ["Step and revision", "Window", ...figureNames.map((name) => figureTitles[name])],
            steps.flatMap(({ figures, ...step }) =>
                figures.kind === "observed"
                    ? figures.value.revisions.map(({ revision, role, values }) => [
                          `${stepTitle(step)}: ${revision} (${role})`,
                          shownSeconds(figures.value.windowSeconds),
                          ...figureNames.map((name) => shownFigure(name, values[name])),
                      ])
                    : [],
            ),
            "No evidence of any step is on record.",
        ),
        unknownFigures(steps)
            .map((line) => `- not known: ${inline(line)}`)
            .join("\n"),
        "## Verdicts",
        table(
            ["When", "Of the step at", "Record", "Verdict", "What did not pass"],
            report.verdicts.map(({ judgement, lifted, rollbackReason, ...look }) => [
                shownTime(look.at),
                `${rounded(look.weightPercent, 2)} %`,
                `${String(look.sequence)} (${look.kind})`,
                rollbackReason === undefined ? judgement.verdict : "rollback",
                [
                    ...(rollbackReason === undefined ? [] : [`rolled back: ${rollbackReason}`]),
                    ...judgement.reasons.filter(({ verdict }) => verdict !== "pass").map(({ criterion, text }) => `${criterion}: ${text}`),
                    ...(lifted.length === 0 ? [] : [`lifted: ${lifted.join(", ")}`]),
                ].join("; "),
            ]),
            "Nothing was judged.",
        ),
        "## Approvals",
        table(
            ["When", "Role", "Who", "Step", "Note", "Record"],
            report.approvals.map(({ approval, from, to, sequence }) => [
                shownTime(approval.at),
                approval.role,
                who(approval),
                shownMove(from, to),
                approval.note ?? "",
                String(sequence),
            ]),
            "No approval is on record.",
        ),
        "## Overrides",
        table(
            ["When", "Lifted", "Who", "Step", "Why", "Used"],
            report.overrides.map(({ override, from, to, usedBy }) => [
                shownTime(override.at),
                override.lifts.join(", "),
                who(override),
                shownMove(from, to),
                override.reason,
                usedBy === undefined ? "no step was taken on it" : `by record ${String(usedBy)}`,
            ]),
            "Nothing was overridden.",
        ),
        "## Incidents",
        table(
            ["When", "What", "By", "Record", "In words"],
            report.incidents.map(({ at, kind, sequence, text, ...by }) => [shownTime(at), kind, who(by), String(sequence), text]),
            "No breach and no rollback is on record.",
        ),
        ...checklistParts(report.checklist),
        "## Delivery",
        table(
            ["Figure", "Value", "From"],
            deliveryRows(report).map(({ name, value, from }) => [name, value, from]),
            "Nothing is known.",
        ),
        "## Ledger",
        inline(ledgerWords(report.ledger)),
        report.ledger.findings.map(({ kind, text }) => `- ${inline(kind)}: ${inline(text)}`).join("\n"),
        report.ledger.uncounted.map((record) => `- ${inline(uncountedWords(record))}`).join("\n"),
    ];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function checklistParts(checklist: RolloutReport["checklist"]): readonly string[] {
    if (checklist === undefined) {
        return [];
    }
    const heading = "## Checklist";
    if (checklist.kind === "missing") {
        return [heading, `The state of the checklist is not known: ${inline(checklist.reason)}.`];
    }
    const { summary: counts, boxes } = checklist.value;
    return [
        heading,
        summaryWords(counts),
        table(
            ["Section", "Box", "State", "How", "Rests on", "When"],
            boxes.map(({ box, state, text, evidence, at }) => [
                box.section,
                box.text,
                state,
                text,
                evidenceWords(evidence),
                at === undefined ? "" : shownTime(at),
            ]),
            "There are no boxes.",
        ),
    ];
}
