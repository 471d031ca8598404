import { readReference, writtenReference } from "./record.ts";
import type { RevisionReference } from "./revision.ts";

/** A revision that was rolled back from its users, and why. It goes no step forward until an operator removes the mark with `rollout retry`. */
export interface RolledBack {
    readonly revision: RevisionReference;
    /** What people read: `errors 6.2 % of 1,310 requests, bound 5 %`. One line. */
    readonly reason: string;
}

/** The marks of a route, oldest first. `unreadable`: something is written there that no rollback wrote, so nothing is known of any revision. */
export type RolledBackMarks = readonly RolledBack[] | "unreadable";

/** The marks in the text of the annotation {@link LabelKeys.rolledBack}. None when there is no text. */
export function readMarks(text: unknown): RolledBackMarks {
    if (text === undefined) {
        return [];
    }
    const marks = typeof text === "string" ? linesOf(text).map(markIn) : [undefined];
    const readable = marks.filter((mark) => mark !== undefined);
    return readable.length === marks.length ? readable : "unreadable";
}

/** The annotation's text with one more mark. A revision has one mark: the newest reason counts. What can't be read stays, so that it goes on to hold. */
export function addMark(text: string | undefined, { revision, reason }: RolledBack): string {
    const others = linesOf(text ?? "").filter((line) => markIn(line)?.revision.digest !== revision.digest);
    return [...others, `${writtenReference(revision)} ${oneLine(reason)}`].join("\n");
}

/** The annotation's text without the mark of `revision`; undefined when nothing is left. An unreadable line could be about it, so it goes too. */
export function removeMark(text: string, revision: RevisionReference): string | undefined {
    const others = linesOf(text).filter((line) => {
        const mark = markIn(line);
        return mark !== undefined && mark.revision.digest !== revision.digest;
    });
    return others.length === 0 ? undefined : others.join("\n");
}

/** The mark of `revision`, under whatever name its content was rolled back. */
export function markOf(marks: readonly RolledBack[], revision: RevisionReference): RolledBack | undefined {
    return marks.find((mark) => mark.revision.digest === revision.digest);
}

/** Whether a mark was written with this reason. */
export function carriesReason(mark: RolledBack, reason: string): boolean {
    return mark.reason === oneLine(reason);
}

function linesOf(text: string): readonly string[] {
    return text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");
}

function markIn(line: string): RolledBack | undefined {
    const space = line.indexOf(" ");
    const revision = readReference(space === -1 ? line : line.slice(0, space));
    return revision === undefined ? undefined : { revision, reason: space === -1 ? "no reason given" : line.slice(space + 1) };
}

function oneLine(reason: string): string {
    const text = reason.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
    return text === "" ? "no reason given" : text.slice(0, longestReason);
}

/** Characters of a reason that are kept. All annotations of an object share 256 KiB; the ledger keeps the whole text. */
const longestReason = 300;
