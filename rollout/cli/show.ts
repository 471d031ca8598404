import Table from "cli-table3";
import pc from "picocolors";

import { isBlind } from "../watch/alarm-sight.ts";
import { shownSeconds } from "../plan/duration.ts";
import { describeStep } from "../plan/move.ts";
import type { RolloutPlan } from "../plan/plan.ts";
import type { Judgement, Verdict } from "../gate/verdict.ts";
import type { Decision } from "../watch/decide.ts";
import type { WatchStatus } from "../watch/live/watcher.ts";

export { shownSeconds } from "../plan/duration.ts";

const marks: Readonly<Record<Verdict, string>> = { pass: "ok", hold: "hold", rollback: "BAD" };

/** A verdict as people read it, in colour where the terminal has any. The word alone says as much as the colour. */
export function shownVerdict(verdict: Verdict): string {
    const colours = { pass: pc.green, hold: pc.yellow, rollback: pc.red };
    return colours[verdict](marks[verdict]);
}

/** A judgement as a table: one line for each criterion. `onlyOpen` leaves out what passes. */
export function judgementTable({ reasons }: Judgement, onlyOpen = false): string {
    const table = plainTable();
    for (const { criterion, verdict, text } of reasons.filter((reason) => !onlyOpen || reason.verdict !== "pass")) {
        table.push([shownVerdict(verdict), criterion, text]);
    }
    return textOf(table);
}

/** A table's text, without the blanks that fill its last column. */
export function textOf(table: Table.Table): string {
    return table
        .toString()
        .split("\n")
        .map((line) => line.trimEnd())
        .join("\n");
}

/** A table without lines, for text that has to read well in a log too. */
export function plainTable(): Table.Table {
    const none = "";
    return new Table({
        chars: {
            top: none,
            "top-mid": none,
            "top-left": none,
            "top-right": none,
            bottom: none,
            "bottom-mid": none,
            "bottom-left": none,
            "bottom-right": none,
            left: "  ",
            "left-mid": none,
            mid: none,
            "mid-mid": none,
            right: none,
            "right-mid": none,
            middle: "  ",
        },
        style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    });
}

/** What a watcher is about to do, in one line. */
export function shownDecision(decision: WatchStatus["decision"]): string {
    switch (decision.kind) {
        case "standing-by":
            return pc.dim(`standing by: ${decision.holder} speaks`) + (decision.own === undefined ? "" : `; ${shownDecision(decision.own)}`);
        case "soaking":
            return `soaking, ${shownSeconds(decision.secondsLeft)} left${shownLack(decision.lack)}`;
        case "holding":
            return `${pc.yellow("holding")}, ${decision.waits === true ? "and waiting for people" : `${shownSeconds(decision.secondsLeft)} until the rollback`}${shownLack(decision.lack)}: ${decision.reason}`;
        case "blind":
            return `${pc.yellow("nothing seen")}, ${shownSeconds(decision.secondsLeft)} until the rollback: ${decision.reason}`;
        case "unguarded":
            return `${pc.yellow("not left")}, though every criterion passes: the alarm reads nothing: ${decision.reason}`;
        case "ready":
            return pc.green("ready for the next step");
        case "roll-back":
            return `${pc.red("rolling back")}: ${decision.reason}`;
    }
}

function shownLack(lack: string | undefined): string {
    return lack === undefined ? "" : `, but ${pc.yellow(lack)}`;
}

/** A look of a watcher in one line, for a terminal that is written over and for a log alike. */
export function shownStatus(plan: RolloutPlan, { step, decision, examination, alarm }: WatchStatus): string {
    const open = examination === undefined ? [] : [...examination.gate.reasons, ...examination.atOnce.reasons].filter(({ verdict }) => verdict !== "pass");
    const gate =
        examination === undefined
            ? ""
            : open.length === 0
              ? `  ${pc.green("all criteria pass")}`
              : `  ${String(open.length)} open: ${firstFew(open.map(({ criterion }) => criterion))}`;
    return `${step === undefined ? "" : `${describeStep(plan, step)}  `}${shownDecision(decision)}${isQuiet(decision) ? gate : ""}${shownAlarm(alarm)}`;
}

/** What the alarm can't read. Empty for one that reads everything. */
function shownAlarm(alarm: WatchStatus["alarm"]): string {
    return isBlind(alarm) && alarm?.kind === "blind"
        ? `  ${pc.yellow("the alarm reads nothing")} since ${shownSeconds(alarm.sinceSeconds)}: ${alarm.reason}`
        : "";
}

function isQuiet({ kind }: WatchStatus["decision"] | Decision): boolean {
    return kind === "soaking" || kind === "ready";
}

function firstFew(names: readonly string[]): string {
    const shown = names.slice(0, 3).join(", ");
    return names.length > 3 ? `${shown} and ${String(names.length - 3)} more` : shown;
}
