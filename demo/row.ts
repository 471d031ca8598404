import Table from "cli-table3";
import pc from "picocolors";

import type { LoadCounts } from "../lab/load/counts.ts";

/** What one step of the demo came to, all of it as users and the API server saw it. */
export interface Row {
    readonly step: string;
    /** What a person would type. */
    readonly command: string;
    readonly weights: Readonly<Record<string, number>>;
    readonly readyPods: Readonly<Record<string, number>>;
    /** Requests of users while the step lasted. */
    readonly requests: number;
    /** Of these, those that failed. */
    readonly failures: number;
    /** Share of the requests that the candidate answered, in percent. Absent where there were too few to say. */
    readonly observedPercent?: number;
    readonly result: string;
    /** Seconds that the step took, its soak included. */
    readonly seconds: number;
    readonly passed: boolean;
    /** What was not as expected. */
    readonly problems: readonly string[];
}

/** How fast a bad release lost its users. */
export interface Reaction {
    /** What was wrong with it, such as `erroring`. */
    readonly fault: string;
    /** From the first moment at which the candidate could answer with an error to the decision. */
    readonly faultToVerdictSeconds: number;
    /** From the decision to the last answer that a user got from the candidate. */
    readonly verdictToZeroSeconds: number;
    /** Requests of users that failed, from the fault on. */
    readonly failedRequests: number;
    readonly reason: string;
}

/** What users saw between two counts. */
export function counted(before: LoadCounts, after: LoadCounts): Pick<Row, "requests" | "failures"> {
    return { requests: after.total.requests - before.total.requests, failures: after.total.failures - before.total.failures };
}

/** The share of requests that `candidate` answered between two counts. */
export function between(before: LoadCounts, after: LoadCounts, candidate: string): Pick<Row, "observedPercent"> {
    const { requests } = counted(before, after);
    const own = (after.byRevision[candidate]?.requests ?? 0) - (before.byRevision[candidate]?.requests ?? 0);
    return requests < fewestRequests ? {} : { observedPercent: Math.round((10_000 * own) / requests) / 100 };
}

/** Below this many requests a share says nothing. */
const fewestRequests = 100;

/** The steps as a table for people. */
export function table(rows: readonly Row[]): string {
    const shown = new Table({
        head: ["step", "weight on the live route", "observed", "ready pods", "requests", "failed", "time", "result"],
        style: { head: [], border: [], compact: true },
    });
    for (const { step, weights, observedPercent, readyPods, requests, failures, seconds, result, passed } of rows) {
        shown.push([
            step,
            listed(weights, " %"),
            observedPercent === undefined ? "-" : `${String(observedPercent)} %`,
            listed(readyPods, ""),
            requests.toLocaleString("en-US"),
            String(failures),
            `${seconds.toFixed(1)} s`,
            passed ? pc.green(result) : pc.red(`${result}: not as expected`),
        ]);
    }
    return shown.toString();
}

/** The reaction in one sentence. */
export function sentence({ fault, faultToVerdictSeconds, verdictToZeroSeconds, failedRequests, reason }: Reaction): string {
    return (
        `The ${fault} release was off all traffic ${(faultToVerdictSeconds + verdictToZeroSeconds).toFixed(2)} s after it turned bad ` +
        `(${faultToVerdictSeconds.toFixed(2)} s to the verdict, ${verdictToZeroSeconds.toFixed(2)} s more at the gateway), ` +
        `and ${String(failedRequests)} requests of users failed. Verdict: ${reason}.`
    );
}

function listed(numbers: Readonly<Record<string, number>>, unit: string): string {
    return Object.entries(numbers)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, value]) => `${name} ${String(value)}${unit}`)
        .join(", ");
}
