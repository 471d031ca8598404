import { defined } from "../defined.ts";
import type { Problem } from "../preflight/preflight.ts";

/**
 * What came of a look. `ok`: as it must be. `problem`: it is known to be wrong. `unknown`: it can't be read, so nothing is known. `not-tried`: there is nothing of that kind to look
 * at, such as a candidate's pods where there is no candidate.
 */
export type DoctorState = "ok" | "problem" | "unknown" | "not-tried";

/** What a check found. */
export interface DoctorFinding {
    readonly state: DoctorState;
    /** What was found, or what is wrong: one line, with no secret in it. */
    readonly text: string;
    /** What to do. Absent where it is ok, and where nothing was tried. */
    readonly fix?: string;
    /** The numbers and names that the finding rests on. */
    readonly evidence?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** A {@link DoctorFinding} of a run. */
export interface DoctorResult extends DoctorFinding {
    readonly check: string;
    /** How long it took, in milliseconds. */
    readonly tookMs: number;
}

/** As it must be, where no problem was found; else all problems at once. */
export function found(problems: readonly Problem[], ok: string, evidence?: DoctorFinding["evidence"]): DoctorFinding {
    const shown = defined({ evidence });
    const distinct = (texts: readonly string[]): string => [...new Set(texts)].join("; ");
    return problems.length === 0
        ? { state: "ok", text: ok, ...shown }
        : { state: "problem", text: distinct(problems.map(({ text }) => text)), fix: distinct(problems.map(({ fix }) => fix)), ...shown };
}

/** Nothing is known: a reader must not take it for well. */
export function unknown(text: string, fix: string): DoctorFinding {
    return { state: "unknown", text, fix };
}

/** There is nothing of that kind. */
export function notTried(text: string): DoctorFinding {
    return { state: "not-tried", text };
}
