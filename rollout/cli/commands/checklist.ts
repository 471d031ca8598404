import type { Command } from "commander";
import pc from "picocolors";

import type { Checklist } from "../../checklist/box.ts";
import { type BoxState, type EvidenceLink, type State, type Summary, blocking, summaryOf } from "../../checklist/state.ts";
import type { Destination } from "../../plan/move.ts";
import { checklistOf, evaluatedChecklist } from "../checklist-evaluation.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../session.ts";
import { plainTable, shownSeconds, textOf } from "../show.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface ChecklistFlags extends CommonOptions {
    readonly phase?: string;
    readonly missing?: true;
}

/** `rollout checklist`: every box with its state, how it was established, when, and on what. */
export function addChecklist(program: Command, open: Opening = opened): void {
    subcommand(program, "checklist", "every box of the checklist; exit code 0: the next step has all it needs, 3: it has not")
        .option("--phase <phase>", "show the boxes of one phase only")
        .option("--missing", "show only boxes that are open or have failed")
        .action(async (flags: ChecklistFlags) => {
            const { session, output } = await open(flags);
            refuseUnknownPhase(checklistOf(session), flags.phase);
            const evaluated = await evaluatedChecklist(session);
            const { states, now, next } = evaluated;
            const shown = states
                .filter(({ box }) => flags.phase === undefined || box.phase === flags.phase)
                .filter(({ state }) => flags.missing !== true || state === "open" || state === "failed");
            const inTheWay = next === undefined ? [] : blocking(states, next);
            const summary = summaryOf(states);
            output.result([checklistTable(shown, now), summaryLine(summary), nextLine(next, inTheWay)].join("\n"), {
                ...evaluated,
                states: shown,
                summary,
                inTheWay: inTheWay.map(({ box }) => box.id),
            });
            process.exitCode = inTheWay.length === 0 ? exitCode.done : exitCode.hold;
        });
}

function refuseUnknownPhase(checklist: Checklist, phase: string | undefined): void {
    const phases = [...new Set(checklist.map((box) => box.phase))];
    if (phase !== undefined && !phases.includes(phase)) {
        throw new UsageError(`--phase ${phase}: the checklist has no such phase; use one of ${phases.join(", ")}`);
    }
}

/** Boxes by section, one line each: state, box, how it was established, how long ago. */
export function checklistTable(states: readonly BoxState[], now: string): string {
    const table = plainTable();
    let heading = "";
    for (const { box, state, text, at, evidence } of states) {
        if (box.section !== heading) {
            heading = box.section;
            table.push([{ content: pc.bold(`${heading} (${box.phase})`), colSpan: 5 }]);
        }
        const age = at === undefined ? "" : `${shownSeconds(Math.max(0, (Date.parse(now) - Date.parse(at)) / 1_000))} ago`;
        table.push([shownState(state), box.id, evidence === undefined ? "" : shownEvidence(evidence), age, text]);
    }
    return textOf(table);
}

/** What a box rests on, short enough for a table: the JSON has the whole hash. */
export function shownEvidence(evidence: EvidenceLink): string {
    switch (evidence.kind) {
        case "record":
            return `ledger ${String(evidence.sequence)}@${shortDigest(evidence.hash)}`;
        case "check":
            return `${evidence.check}, ledger ${String(evidence.sequence)}@${shortDigest(evidence.hash)}`;
        case "resource":
            return evidence.urn.slice(evidence.urn.lastIndexOf("::") + 2);
        case "rule":
            return `rule ${evidence.rule}`;
        case "alert":
            return `alert ${evidence.alert}`;
        case "signature":
            return evidence.link ?? `signed ${shortDigest(evidence.digest)}`;
        case "approval":
            return `approved ${shortDigest(evidence.digest)}`;
        case "live":
            return "looked at now";
    }
}

function shortDigest(digest: string): string {
    return digest.replace(/^sha256:/, "").slice(0, 12);
}

function shownState(state: State): string {
    switch (state) {
        case "holds":
            return pc.green("holds");
        case "open":
            return pc.yellow("open");
        case "failed":
            return pc.red("FAILED");
        case "not-applicable":
            return pc.dim("n/a");
    }
}

/** `n of 220 hold, m automatic`. */
export function summaryLine({ boxes, hold, automatic, open, failed, notApplicable }: Summary): string {
    return `${String(hold)} of ${String(boxes)} hold, ${String(automatic)} automatic; ${String(open)} open, ${String(failed)} failed, ${String(notApplicable)} not applicable`;
}

function nextLine(next: Exclude<Destination, 0> | undefined, inTheWay: readonly BoxState[]): string {
    if (next === undefined) {
        return "the rollout is finished: no step is left";
    }
    const step = next === "finished" ? "the finish" : `the step to ${String(next)} %`;
    return inTheWay.length === 0
        ? pc.green(`${step} has every box that it needs`)
        : pc.yellow(`${String(inTheWay.length)} boxes are in the way of ${step}: ${inTheWay.map(({ box }) => box.id).join(", ")}`);
}
