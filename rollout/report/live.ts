import { shownSeconds } from "../plan/duration.ts";
import type { Evidence, Observation } from "../gate/evidence.ts";
import { type Destination, type Move, describeMove, describeStep, nextMove } from "../plan/move.ts";
import { type Role, type RolloutPlan, type Weight, weightsOf } from "../plan/plan.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Reason, Judgement } from "../gate/verdict.ts";
import type { Decision } from "../watch/decide.ts";
import { type RevisionFigures, figuresOf, observedShare } from "./figures.ts";
import type { Tone } from "./markup.ts";

/** What was read of the live rollout. */
export type LiveReading =
    | {
          readonly kind: "under-way";
          readonly stable: RevisionReference;
          readonly candidate: RevisionReference;
          readonly weightPercent: Weight;
          readonly soakedSeconds: number;
          readonly soakSeconds: number;
          /** What a watcher does by the plan on what was seen. */
          readonly decision: Decision;
          /** Roles whose approval the next step still needs. Missing where that could not be read. */
          readonly approvalsMissing: Observation<readonly Role[]>;
          /** Judgements of the gate and of what rolls back, without probes. Absent where nothing was seen. */
          readonly seen?: { readonly evidence: Evidence; readonly gate: Judgement; readonly atOnce: Judgement };
      }
    /** No candidate has users. `rolledBack`: since a rollback. */
    | { readonly kind: "nothing"; readonly why: string; readonly rolledBack: boolean }
    | { readonly kind: "unknown"; readonly why: string };

/** What the first screen says. */
export interface LiveView {
    /** ISO 8601: when it was read. */
    readonly at: string;
    readonly service: string;
    readonly namespace: string;
    readonly environment: string;
    readonly tone: Tone;
    /** Which step. */
    readonly step: string;
    /** Healthy or not, in a few words. */
    readonly health: string;
    /** Why it is not, or what that rests on. */
    readonly why: readonly string[];
    readonly next: string;
    /** How long until that, in words. */
    readonly left: string;
    /** The way through the plan. Empty where no rollout is under way. */
    readonly course: readonly CourseStep[];
    /** How far the soak is, while it lasts. */
    readonly soak?: { readonly soakedSeconds: number; readonly soakSeconds: number };
    /** Criteria that do not pass. */
    readonly open: readonly Reason[];
    /** All criteria that were judged. */
    readonly judged: readonly Reason[];
    readonly observedShare: Observation<number>;
    readonly figures: readonly RevisionFigures[];
}

/** A step of the plan on the way of a rollout. */
export interface CourseStep {
    readonly destination: Destination;
    readonly state: "done" | "current" | "ahead";
}

/** Where the rollout is. */
export interface LiveScope {
    readonly at: string;
    readonly service: string;
    readonly namespace: string;
    readonly environment: string;
}

/** Says in words what was read. What can't be read is never shown as well. */
export function liveView(plan: RolloutPlan, reading: LiveReading, scope: LiveScope): LiveView {
    switch (reading.kind) {
        case "unknown":
            return {
                ...scope,
                ...nothingSeen,
                tone: "bad",
                step: "Unknown",
                health: "Where the rollout stands is unknown",
                why: [reading.why],
                next: "Find out: 'rollout status' says more. A watcher that can't see rolls back.",
            };
        case "nothing":
            return {
                ...scope,
                ...nothingSeen,
                tone: reading.rolledBack ? "bad" : "plain",
                step: reading.rolledBack ? "Rolled back" : "No rollout",
                health: reading.rolledBack ? "The candidate has no users any more" : "No candidate has users",
                why: [reading.why],
                next: reading.rolledBack ? "Fix it and declare a new revision." : "Declare a candidate to begin.",
            };
        case "under-way":
            return underWay(plan, reading, scope);
    }
}

const nothingSeen = {
    left: "nothing is timed",
    course: [],
    open: [],
    judged: [],
    figures: [],
    observedShare: { kind: "missing", reason: "there is nothing to see" },
} as const satisfies Partial<LiveView>;

function underWay(plan: RolloutPlan, reading: LiveReading & { readonly kind: "under-way" }, scope: LiveScope): LiveView {
    const { stable, candidate, weightPercent, decision, seen } = reading;
    const judged = seen === undefined ? [] : [...seen.atOnce.reasons, ...seen.gate.reasons];
    const open = judged.filter(({ verdict }) => verdict !== "pass");
    const move = nextMove(plan, { kind: "rolling", stable, candidate, weightPercent });
    const unseen = { kind: "missing", reason: "nothing was seen" } as const;
    return {
        ...scope,
        step: describeStep(plan, { candidate, weightPercent }),
        ...healthOf(reading, open, judged.length),
        ...nextOf(decision, move, reading),
        course: courseAt(plan, weightPercent),
        ...(decision.kind === "soaking" ? { soak: { soakedSeconds: reading.soakedSeconds, soakSeconds: reading.soakSeconds } } : {}),
        open,
        judged,
        observedShare: seen === undefined ? unseen : observedShare(seen.evidence),
        figures: seen === undefined ? [] : figuresOf(seen.evidence),
    };
}

function courseAt(plan: RolloutPlan, weightPercent: Weight): readonly CourseStep[] {
    const weights = weightsOf(plan);
    const present = weights.indexOf(weightPercent);
    const state = (index: number): CourseStep["state"] => (index < present ? "done" : index === present ? "current" : "ahead");
    return [...weights, "finished" as const].map((destination, index) => ({ destination, state: state(index) }));
}

/** How long after a step was entered nothing needs to be seen of it, in seconds: four scrapes of 15 s. It is never called healthy for that. */
const firstSightSeconds = 60;

/** A step in its soak is healthy as long as no bound is shown to be broken: every step begins with too few samples to show the rest. */
function healthOf(
    { decision, soakedSeconds }: LiveReading & { readonly kind: "under-way" },
    open: readonly Reason[],
    judged: number,
): Pick<LiveView, "tone" | "health" | "why"> {
    const breached = open.filter(({ shortfall }) => shortfall === "breached").map(inWords);
    if (judged === 0 && (decision.kind === "soaking" || decision.kind === "ready")) {
        return { tone: "wait", health: "Not known: nothing was judged", why: [] };
    }
    switch (decision.kind) {
        case "roll-back":
            return { tone: "bad", health: "Not healthy: rolling back", why: [decision.reason] };
        case "blind":
            return soakedSeconds < firstSightSeconds
                ? { tone: "wait", health: "Not known yet: the step has just begun", why: [decision.reason] }
                : { tone: "bad", health: "Nothing is seen of the candidate", why: [decision.reason] };
        case "holding":
            return { tone: "wait", health: "Not healthy enough: the gate holds", why: few(open.length === 0 ? [decision.reason] : open.map(inWords)) };
        case "soaking":
            return breached.length > 0
                ? { tone: "wait", health: "Not healthy: a bound is broken", why: few(breached) }
                : { tone: "good", health: open.length === 0 ? "Healthy: all criteria pass" : "Healthy so far: no bound is broken", why: unproven(open) };
        case "unguarded":
            return { tone: "wait", health: "Healthy, but the alarm reads nothing", why: [decision.reason] };
        case "ready":
            return { tone: "good", health: "Healthy: all criteria pass", why: [] };
    }
}

function inWords({ criterion, text }: Reason): string {
    return `${criterion}: ${text}`;
}

/** The first lines: the first screen has room for a few, and the table below it has them all. */
function few(lines: readonly string[]): readonly string[] {
    return lines.length <= 3 ? lines : [...lines.slice(0, 3), `and ${String(lines.length - 3)} more`];
}

function unproven(open: readonly Reason[]): readonly string[] {
    switch (open.length) {
        case 0:
            return [];
        case 1:
            return ["1 criterion is not shown to hold yet: it needs more requests or time"];
        default:
            return [`${String(open.length)} criteria are not shown to hold yet: they need more requests or time`];
    }
}

function nextOf(
    decision: Decision,
    move: Move,
    { approvalsMissing, soakedSeconds, soakSeconds, weightPercent }: LiveReading & { readonly kind: "under-way" },
): Pick<LiveView, "next" | "left"> {
    const step = describeMove(move);
    const approvals =
        approvalsMissing.kind === "missing"
            ? `It is not known whether it is approved: ${approvalsMissing.reason}.`
            : approvalsMissing.value.length === 0
              ? ""
              : `Approval is missing of ${approvalsMissing.value.join(", ")}.`;
    switch (decision.kind) {
        case "roll-back":
            return { next: "A watcher rolls back now.", left: "now" };
        case "blind":
        case "holding":
            if (weightPercent === 0) {
                return { next: `When the gate passes: ${step}. ${approvals}`.trim(), left: "no limit: no user is at risk" };
            }
            return {
                next: `If ${decision.kind === "blind" ? "nothing is seen" : "the gate does not pass"} until then, the watcher rolls back.`,
                left: shownSeconds(decision.secondsLeft),
            };
        case "soaking":
            return {
                next: `Then, if the gate passes: ${step}. ${approvals}`.trim(),
                left: `${shownSeconds(decision.secondsLeft)} of ${shownSeconds(soakSeconds)}`,
            };
        case "unguarded":
            return { next: `When the alarm reads the candidate again: ${step}. ${approvals}`.trim(), left: "no limit: no rollback for that" };
        case "ready":
            return approvals === ""
                ? { next: `${step} may be taken.`, left: `none: soaked for ${shownSeconds(soakedSeconds)}` }
                : { next: `${step} waits. ${approvals}`, left: `none: soaked for ${shownSeconds(soakedSeconds)}` };
    }
}
