import { shownSeconds } from "../plan/duration.ts";
import type { Evidence, Observation } from "../gate/evidence.ts";
import { type Destination, type Move, describeMove, describeStep, nextMove } from "../plan/move.ts";
import { type Role, type RolloutPlan, type Weight, findStep, weightsOf } from "../plan/plan.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Reason, Judgement } from "../gate/verdict.ts";
import type { Decision } from "../watch/decide.ts";
import { criterionCells } from "./criterion-cell.ts";
import { figuresOf, observedShare, podsOf } from "./figures.ts";
import { headlineOf } from "./headline.ts";
import type { CourseStep, LiveView } from "./live-view.ts";
import type { RollbackAccount } from "./rollback-account.ts";
import type { RolloutReport } from "./rollout-report.ts";
import { rounded } from "./wording.ts";

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
    /** No candidate has users. `rolledBack`: since a rollback. `last`: what the ledger has of the newest rollout; none where it holds none. */
    | { readonly kind: "nothing"; readonly why: string; readonly rolledBack: boolean; readonly last: Observation<RolloutReport | undefined> }
    /** `lastKnown`: what was known last, by this reader. */
    | { readonly kind: "unknown"; readonly why: string; readonly lastKnown?: Pick<LiveView, "at" | "step" | "health"> };

/** Where the rollout is. */
export interface LiveScope {
    readonly at: string;
    readonly service: string;
    readonly namespace: string;
    readonly environment: string;
}

/** Says in words what was read. What can't be read is never shown as well. */
export function liveView(profile: LiveProfile, reading: LiveReading, scope: LiveScope): LiveView {
    switch (reading.kind) {
        case "unknown":
            return unknown(reading, scope);
        case "nothing":
            return nothingUnderWay(profile.plan, reading, scope);
        case "under-way":
            return underWay(profile, reading, scope);
    }
}

/** As much of a profile as the live page needs. */
export type LiveProfile = Pick<ServiceProfile, "plan" | "criteria">;

const nothingSeen = {
    left: "nothing is timed",
    course: [],
    criteria: [],
    pods: [],
    figures: [],
    observedShare: { kind: "missing", reason: "there is nothing to see" },
} as const satisfies Partial<LiveView>;

function unknown({ why, lastKnown }: LiveReading & { readonly kind: "unknown" }, scope: LiveScope): LiveView {
    const ago = lastKnown === undefined ? [] : [`Last known ${agoWords(lastKnown.at, scope.at)}: ${lastKnown.step}: ${lastKnown.health}`];
    return {
        ...scope,
        ...nothingSeen,
        tone: "bad",
        step: "Unknown",
        health: "Where the rollout stands is unknown",
        why: [why, ...ago],
        next: "Find out: 'rollout status' says more. A watcher that can't see rolls back.",
    };
}

/** What is shown while no candidate has users: what became of the newest one, by the ledger. */
function nothingUnderWay(plan: RolloutPlan, { why, rolledBack, last }: LiveReading & { readonly kind: "nothing" }, scope: LiveScope): LiveView {
    const report = last.kind === "observed" ? last.value : undefined;
    const unread = last.kind === "missing" ? [`What came before is not known: the ledger can't be read: ${last.reason}`] : [];
    const account = report?.rollback;
    if (rolledBack) {
        const undocumented = report !== undefined && account === undefined ? ["The ledger does not have it yet"] : [];
        return {
            ...scope,
            ...nothingSeen,
            tone: "bad",
            step: account === undefined ? "Rolled back" : `${account.candidate} rolled back from ${stepWords(plan, account.from)}`,
            health: "The candidate has no users any more",
            why: account === undefined ? [why, ...undocumented, ...unread] : few(account.because),
            next: "Fix it and declare a new revision: this one goes no step forward.",
            ...(report === undefined || account === undefined ? {} : asDecided(plan, report, account)),
        };
    }
    if (report?.outcome === "finished") {
        const { words, next } = headlineOf(report);
        const left = report.steps.at(-1)?.leftAt;
        const when = left === undefined ? "" : `, ${agoWords(left, scope.at)}`;
        return {
            ...scope,
            ...nothingSeen,
            tone: "good",
            step: words,
            health: `Finished${when}`,
            why: [why],
            next,
            course: courseAt(plan, "finished", "current"),
        };
    }
    return {
        ...scope,
        ...nothingSeen,
        tone: last.kind === "missing" ? "wait" : "plain",
        step: "No rollout",
        health: "No candidate has users",
        why: [why, ...unread],
        next: "Declare a candidate to begin.",
        ...(report === undefined || account === undefined ? {} : asDecided(plan, report, account)),
    };
}

/** The evidence that decided a rollback: stepper, criteria, pods and metrics as they were then. */
function asDecided(plan: RolloutPlan, { steps }: RolloutReport, account: RollbackAccount): Partial<LiveView> {
    const served = steps.findLast(({ outcome, weightPercent }) => outcome === "rolled-back" && weightPercent === account.from);
    const figures = served?.figures.kind === "observed" ? served.figures.value : undefined;
    return {
        rollback: account,
        course: courseAt(plan, account.from, "rolled-back"),
        criteria: account.criteria,
        ...(figures === undefined ? {} : { pods: figures.pods, figures: figures.revisions, observedShare: figures.observedShare }),
    };
}

function underWay(profile: LiveProfile, reading: LiveReading & { readonly kind: "under-way" }, scope: LiveScope): LiveView {
    const { plan } = profile;
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
        course: courseAt(plan, weightPercent, "current"),
        ...(decision.kind === "soaking" ? { soak: { soakedSeconds: reading.soakedSeconds, soakSeconds: reading.soakSeconds } } : {}),
        criteria: criterionCells(profile, weightPercent, judged),
        pods: seen === undefined ? [] : podsOf(plan, seen.evidence, weightPercent),
        approvals: { to: move.to, missing: reading.approvalsMissing },
        observedShare: seen === undefined ? unseen : observedShare(seen.evidence),
        figures: seen === undefined ? [] : figuresOf(seen.evidence),
    };
}

/** The way through the plan up to a step, which is marked with what became of it. A weight that is none of the plan's lies after the highest below it. */
function courseAt(plan: RolloutPlan, at: Destination, mark: "current" | "rolled-back"): readonly CourseStep[] {
    const way = [...weightsOf(plan), "finished" as const];
    const present = at === "finished" ? way.length - 1 : way.findLastIndex((destination) => destination !== "finished" && destination <= at);
    return way.map((destination, index) => ({ destination, state: index < present ? "done" : index === present ? mark : "ahead" }));
}

function stepWords(plan: RolloutPlan, weightPercent: number): string {
    return `${rounded(weightPercent, 2)} % (${findStep(plan, weightPercent)?.name ?? "no step of the plan"})`;
}

/** How long ago something was: `40 s ago`. */
export function agoWords(then: string, now: string): string {
    return `${shownSeconds((Date.parse(now) - Date.parse(then)) / 1_000)} ago`;
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
    const unseen = open.filter(({ shortfall }) => shortfall === "unseen").map(inWords);
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
            if (breached.length > 0) {
                return { tone: "wait", health: "Not healthy: a bound is broken", why: few(breached) };
            }
            // What can't be looked at is no sign of health, and old samples are none either.
            if (unseen.length > 0) {
                return soakedSeconds < firstSightSeconds
                    ? { tone: "wait", health: "Not known yet: the step has just begun", why: few(unseen) }
                    : {
                          tone: "wait",
                          health: `Not known: ${unseen.length === 1 ? "a criterion" : `${String(unseen.length)} criteria`} can't be seen`,
                          why: few(unseen),
                      };
            }
            return { tone: "good", health: open.length === 0 ? "Healthy: all criteria pass" : "Healthy so far: no bound is broken", why: unproven(open) };
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
