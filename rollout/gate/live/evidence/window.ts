import type { Observation } from "../../evidence.ts";

/** The time that metrics are queried for, in seconds since the epoch. */
export interface MetricWindow {
    /** By Prometheus' clock. */
    readonly fromSeconds: number;
    /** Beginning of the last part of the window, which shows whether traffic still flows. By Prometheus' clock. */
    readonly recentSeconds: number;
    /** End of the window by Prometheus' clock, and time of evaluation of every question, so that all answers are about the same moment. */
    readonly atSeconds: number;
    /** The end by the API server's clock. */
    readonly serverAtSeconds: number;
}

/** Furthest that the clocks of Prometheus and of the API server may be apart, in seconds: further, ages and windows would be guesses. */
const skewAtMostSeconds = 30;

/** The API server notes when a step was entered in whole seconds, cut off: it really was up to this much later. */
const noteSeconds = 1;

/** What counts as recent, in seconds: a minute, or as many scrape intervals as it takes to see requests between two scrapes. */
const recentForSeconds = 60;
const recentScrapes = 3;

/** What the window is made of. Times are seconds since the epoch, each by the clock of its name. */
export interface WindowArgs {
    readonly prometheusNowSeconds: number;
    readonly serverNowSeconds: number;
    /** By the API server's clock. */
    readonly enteredAtSeconds: number;
    /** Wished length, in seconds. Defaults to the beginning of the step. */
    readonly windowSeconds?: number;
    readonly scrapeIntervalSeconds: number;
}

/** The window on Prometheus' clock. It never reaches before the step: where the clocks differ, it begins later rather than earlier. */
export function windowOf({
    prometheusNowSeconds,
    serverNowSeconds,
    enteredAtSeconds,
    windowSeconds = Infinity,
    scrapeIntervalSeconds,
}: WindowArgs): Observation<MetricWindow> {
    const skewSeconds = prometheusNowSeconds - serverNowSeconds;
    if (!(Math.abs(skewSeconds) <= skewAtMostSeconds)) {
        return { kind: "missing", reason: `the clocks of Prometheus and of the API server are ${Math.abs(skewSeconds).toFixed(0)} s apart: set them right` };
    }
    if (!(windowSeconds > 0)) {
        return { kind: "missing", reason: `a window of ${String(windowSeconds)} s shows nothing` };
    }
    if (Number.isNaN(enteredAtSeconds)) {
        return { kind: "missing", reason: "it is unknown when the step was entered" };
    }
    const stepBegan = enteredAtSeconds + noteSeconds + Math.max(0, skewSeconds);
    const fromSeconds = Math.max(stepBegan, prometheusNowSeconds - windowSeconds);
    const recentSeconds = Math.max(fromSeconds, prometheusNowSeconds - Math.max(recentForSeconds, recentScrapes * scrapeIntervalSeconds));
    return fromSeconds < prometheusNowSeconds
        ? { kind: "observed", value: { fromSeconds, recentSeconds, atSeconds: prometheusNowSeconds, serverAtSeconds: serverNowSeconds } }
        : { kind: "missing", reason: "the step has only just begun: nothing was measured in it yet" };
}

/** How long the step has lasted, in whole seconds: never more than really passed, as both times are cut to seconds. */
export function soakedSecondsOf(serverNowSeconds: number, enteredAtSeconds: number): number {
    return Math.max(0, Math.floor(serverNowSeconds - enteredAtSeconds) - noteSeconds);
}
