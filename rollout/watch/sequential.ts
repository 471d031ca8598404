/** Requests to the candidate that are new since its counters were read the last time. The reader handles counters that were reset. */
export interface NewCounts {
    /** Ended, with an answer or without. */
    readonly total: number;
    /** Status 500 to 599; where the gateway counts, also time limits, resets and refusals. */
    readonly failed: number;
    /** Answered, or under way for longer than a second: see overdue.ts. */
    readonly timed: number;
    /** Of these, what took longer than a second, or has been under way for longer already. */
    readonly slow: number;
}

/** What the detector remembers from one reading to the next. A new one starts with {@link nothingCounted}. */
export interface DetectorState {
    readonly failed: readonly Run[];
    readonly slow: readonly Run[];
}

/** Whether the candidate must lose its traffic now. */
export type Detection = { readonly kind: "continue" } | ({ readonly kind: "rollback"; readonly reason: string } & AlarmCount);

/** What raised an alarm, counted since the last moment at which nothing spoke for a fault. */
export interface AlarmCount {
    /** `failed`: as {@link NewCounts.failed}. `slow`: longer than a second. */
    readonly counted: "failed" | "slow";
    readonly bad: number;
    readonly of: number;
}

/** Requests since the last moment at which nothing spoke for a fault, and how much speaks for one. One for each of {@link multipliers}. */
interface Run {
    /** Natural logarithm of the likelihood ratio of a fault against healthy noise. Never below 0. */
    readonly evidence: number;
    readonly total: number;
    readonly bad: number;
    /** Readings that had something bad in them. */
    readonly readings: number;
}

/** Share of bad requests that is healthy noise at the most: where the checklist begins to look into errors. */
export const healthyRatio = 0.01;

/** Share of bad requests above which the checklist rolls a rollout back at once; of slow ones, what a 95th percentile leaves above itself. */
export const faultRatio = 0.05;

/** Evidence that raises the alarm. docs/benchmark-judge.md has the false alarms and the delays that come with it, and `npm run bench -- judge` measures them. */
export const alarmEvidence = 17;

/**
 * Evidence that is needed when everything bad came in one reading: twice as much. So a burst of up to seven requests that fail within a quarter of a
 * second, as at start-up, is no alarm by itself.
 */
const oneReadingEvidence = 2 * alarmEvidence;

/** Odds of a bad request in a fault, over those in healthy noise: faults of 10, 20, 50 and 90 %. */
const multipliers = [11, 25, 99, 891] as const;

/** Nothing read yet. */
export const nothingCounted: DetectorState = { failed: multipliers.map(() => emptyRun()), slow: multipliers.map(() => emptyRun()) };

/**
 * Looks at what was counted since the last reading, and says whether the candidate must lose its traffic now.
 *
 * Four tests run side by side for failed and for slow requests, each for a fault of one size: cumulative sums of the likelihood ratio (Page 1954), which
 * begin anew whenever nothing speaks for a fault, so that hours without one don't delay the alarm. An alarm also needs more than {@link faultRatio} bad
 * requests since then. Assumes that requests fail one by one: readings that are several times a second, and {@link oneReadingEvidence}, are there for those
 * that don't.
 *
 * Counts that are no measurement change nothing: what can't be read is the caller's to report.
 */
export function detect(state: DetectorState, counts: NewCounts): { readonly state: DetectorState; readonly alarm: Detection } {
    if (!isMeasurement(counts)) {
        return { state, alarm: { kind: "continue" } };
    }
    const failed = state.failed.map((run, index) => continued(run, counts.total, counts.failed, multipliers[index] ?? 1));
    const slow = state.slow.map((run, index) => continued(run, counts.timed, counts.slow, multipliers[index] ?? 1));
    const [failure, slowness] = [failed.find(raisesAlarm), slow.find(raisesAlarm)];
    return { state: { failed, slow }, alarm: alarmOf("failed", failure) ?? alarmOf("slow", slowness) ?? { kind: "continue" } };
}

function alarmOf(counted: AlarmCount["counted"], run: Run | undefined): Detection | undefined {
    if (run === undefined) {
        return undefined;
    }
    const what = counted === "failed" ? "failed" : "took longer than 1 s";
    const reason = `${String(run.bad)} of the last ${String(run.total)} requests ${what}: more than 5 %`;
    return { kind: "rollback", reason, counted, bad: run.bad, of: run.total };
}

function continued(run: Run, total: number, bad: number, multiplier: number): Run {
    const evidence = run.evidence + bad * Math.log(multiplier) - total * Math.log1p(healthyRatio * (multiplier - 1));
    return evidence > 0 ? { evidence, total: run.total + total, bad: run.bad + bad, readings: run.readings + (bad > 0 ? 1 : 0) } : emptyRun();
}

function raisesAlarm({ evidence, total, bad, readings }: Run): boolean {
    return evidence >= (readings > 1 ? alarmEvidence : oneReadingEvidence) && bad > faultRatio * total;
}

/** Whether counts can be such of requests. */
export function isMeasurement({ total, failed, timed, slow }: NewCounts): boolean {
    return [total, failed, timed, slow].every((count) => Number.isFinite(count) && count >= 0) && failed <= total && slow <= timed;
}

function emptyRun(): Run {
    return { evidence: 0, total: 0, bad: 0, readings: 0 };
}
