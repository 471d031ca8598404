import { type PreflightCheck, preflightChecks } from "../../checklist/preflight.ts";
import { type CheckResult, type PreflightFinding, checkTimeoutMs } from "../preflight.ts";
import { answeredWithin } from "./answered-within.ts";
import { Redaction } from "./redaction.ts";
import { unanswered } from "./unanswered.ts";

/** One check. It may throw: that is a failed check. `signal` is aborted when its time is over, and it closes what it opened then. */
export type Check = (signal: AbortSignal) => Promise<PreflightFinding>;

/** Checks by name. One that is missing looks at something that the stack does not have: it is not run, and has no result. */
export type Checks = Readonly<Partial<Record<PreflightCheck, Check>>>;

/** Which checks to run, and how. */
export interface RunOptions {
    /** @default all */
    readonly only?: readonly PreflightCheck[];
    /** Checks to leave out, and why. They have not passed. @default none */
    readonly skip?: { readonly checks: readonly PreflightCheck[]; readonly reason: string };
    /** How long one check may take, in milliseconds. @default 15000 */
    readonly timeoutMs?: number;
    /** Takes secrets out of what is said. @default one that knows none */
    readonly redaction?: Redaction;
    /** Called when a check has ended, in the order in which they end. */
    readonly onResult?: (result: CheckResult) => void;
}

/**
 * Runs checks, all at once. The results are in the order of the checklist.
 *
 * It never throws, and no check stops another: one that throws or takes too long has failed, and whatever it goes on doing is not waited for.
 */
export async function runChecks(checks: Checks, options: RunOptions = {}): Promise<readonly CheckResult[]> {
    const { only, skip, timeoutMs = checkTimeoutMs, redaction = new Redaction(), onResult } = options;
    const wanted = preflightChecks.flatMap((check) => {
        const run = checks[check];
        return run === undefined || only?.includes(check) === false ? [] : [{ check, run }];
    });
    return Promise.all(
        wanted.map(async ({ check, run }): Promise<CheckResult> => {
            const startMs = performance.now();
            const skipped = skip?.checks.includes(check) === true ? { skippedBecause: redaction.text(skip.reason) } : undefined;
            const finding = skipped === undefined ? await attempt(run, timeoutMs) : leftOut(skipped.skippedBecause);
            const result = { check, ...redaction.finding(finding), tookMs: Math.round(performance.now() - startMs), ...skipped };
            onResult?.(result);
            return result;
        }),
    );
}

async function attempt(check: Check, timeoutMs: number): Promise<PreflightFinding> {
    const late: PreflightFinding = {
        state: "failed",
        text: `no result within ${String(timeoutMs / 1_000)} s`,
        fix: "see whether the system answers from here at all: a firewall that drops packets, a server that hangs; run the check alone with --only",
    };
    return answeredWithin(timeoutMs, check, late, (error) => ({ state: "failed", ...unanswered(error) }));
}

function leftOut(reason: string): PreflightFinding {
    return { state: "not-configured", text: `skipped: ${reason}`, fix: "run it without --skip" };
}
