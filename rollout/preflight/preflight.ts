import type { PreflightCheck } from "../checklist/preflight.ts";
import { defined } from "../defined.ts";

/** How long one check may take, in milliseconds: all run at once, so this is also what a whole preflight takes at the most. */
export const checkTimeoutMs = 15_000;

/**
 * What came of a check. `not-configured`: nothing says where to look, so nothing was looked at. `later`: what it looks at is not deployed yet, or had no time yet, and no candidate gets users
 * before it was asked. Neither is passed.
 */
export type CheckState = "passed" | "failed" | "not-configured" | "later";

/** What a check found. */
export interface PreflightFinding {
    readonly state: CheckState;
    /** What was found, or what is wrong: one line, with no secret in it. */
    readonly text: string;
    /** What to do. Absent where the check passed. */
    readonly fix?: string;
    /** The numbers and names that the finding rests on, for a report. */
    readonly evidence?: PreflightEvidence;
}

/** Numbers and names behind a finding. A list is shown as it is. */
export type PreflightEvidence = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A {@link PreflightFinding} of a run. */
export interface CheckResult extends PreflightFinding {
    readonly check: PreflightCheck;
    /** How long it took, in milliseconds. */
    readonly tookMs: number;
    /** Why an operator skipped it. It has not passed. */
    readonly skippedBecause?: string;
}

/** One thing that is wrong, and what to do about it. */
export interface Problem {
    readonly text: string;
    readonly fix: string;
}

/** A check's finding: passed where nothing is wrong, else everything that is, at once. */
export function findingOf(problems: readonly Problem[], passed: string, evidence?: PreflightEvidence): PreflightFinding {
    const shown = defined({ evidence });
    return problems.length === 0
        ? { state: "passed", text: passed, ...shown }
        : { state: "failed", text: joined(problems.map(({ text }) => text)), fix: joined(problems.map(({ fix }) => fix)), ...shown };
}

/** A check that the config gives no address for. */
export function notConfigured(text: string, fix: string): PreflightFinding {
    return { state: "not-configured", text, fix };
}

/** Whether a result stands in the way. In production what was not checked does; elsewhere it is only open. What is due later never does: a check says so only while no candidate gets users. */
export function blocks({ state }: Pick<CheckResult, "state">, environment: "lab" | "staging" | "prod"): boolean {
    return state === "failed" || (state === "not-configured" && environment === "prod");
}

/** Distinct texts, in order: ten replicas with one fault need one fix. Beyond the first few, only their number is shown. */
function joined(texts: readonly string[]): string {
    const distinct = [...new Set(texts)];
    const shown = distinct.slice(0, mostTold).join("; ");
    return distinct.length > mostTold ? `${shown}; and ${String(distinct.length - mostTold)} more` : shown;
}

const mostTold = 6;
