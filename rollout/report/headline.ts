import { shownSeconds } from "../plan/duration.ts";
import { describeMove } from "../plan/move.ts";
import type { Tone } from "./markup.ts";
import type { RolloutReport } from "./rollout-report.ts";
import { stepTitle } from "./sections/steps.ts";

/** What a reader wants to know first. */
export interface Headline {
    readonly tone: Tone;
    /** What became of it, and where. */
    readonly words: string;
    /** Why it was rolled back, one line each. Empty otherwise. */
    readonly why: readonly string[];
    /** What happens next. */
    readonly next: string;
}

/** The first lines of a report. */
export function headlineOf(report: RolloutReport): Headline {
    const { outcome, steps, candidate, next } = report;
    const served = steps.findLast(({ weightPercent }) => weightPercent > 0);
    const at = served === undefined ? "" : ` at ${stepTitle(served)}`;
    switch (outcome) {
        case "not-begun":
            return { tone: "plain", words: "Not begun", why: [], next: `Declare ${candidate.name} in the stack's config.` };
        case "under-way":
            return {
                tone: "wait",
                words: served === undefined ? "Under way in the dark: no user has met it" : `Under way${at}`,
                why: [],
                next:
                    next === undefined
                        ? "The route was moved by hand to a weight that is none of the plan's: 'rollout status' says more."
                        : `When the gate passes: ${describeMove(next)}.`,
            };
        case "finished":
            return {
                tone: "good",
                words: `Finished: ${candidate.name} is the stable revision`,
                why: [],
                next: afterFinish(report),
            };
        case "rolled-back":
            return {
                tone: "bad",
                words: `Rolled back${at}`,
                why: report.rollback?.because ?? [],
                next: "Fix it and declare a new revision: this one goes no step forward.",
            };
        case "withdrawn":
            return { tone: "plain", words: `Withdrawn${at}`, why: [], next: "Nothing: it has left the stack." };
    }
}

function afterFinish({ reviews }: RolloutReport): string {
    const newest = ([24, 48] as const).map((hours) => ({ hours, review: reviews.findLast((review) => review.hours === hours) }));
    const due = newest.find(({ review }) => review?.verdict !== "pass");
    if (due === undefined) {
        return "Nothing: it passed the reviews after 24 and 48 hours.";
    }
    const command = `'rollout checkpoint ${String(due.hours)}h'`;
    return due.review === undefined
        ? `The review ${String(due.hours)} hours after the finish: ${command}.`
        : `It did not pass the review after ${String(due.hours)} hours: see 'Verdicts', then again ${command}.`;
}

/** How far the rollout came, in one sentence. */
export function summary({ steps, outcome, overrides, incidents }: RolloutReport): string {
    const served = steps.filter(({ weightPercent }) => weightPercent > 0);
    const highest = Math.max(0, ...served.map(({ weightPercent }) => weightPercent));
    const seconds = served.reduce((sum, step) => sum + step.seconds, 0);
    const rollbacks = incidents.filter(({ kind }) => kind === "rollback").length;
    const users = served.length === 0 ? "No user request reached the candidate" : `Users met it for ${shownSeconds(seconds)}, at up to ${String(highest)} %`;
    const back = rollbacks === 0 ? (outcome === "finished" ? "no rollback" : "no rollback so far") : `rolled back ${times(rollbacks)}`;
    return `${users}; ${back}; ${overrides.length === 0 ? "nothing was overridden" : `overridden ${times(overrides.length)}`}.`;
}

function times(count: number): string {
    return count === 1 ? "once" : `${String(count)} times`;
}
