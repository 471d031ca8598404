import { type RolloutPlan, type Step, type Weight, findStep, nextStep, stepBelow } from "../plan/plan.ts";
import { type RolloutRecord, sameRevision, weightOf } from "./record.ts";
import type { RevisionReference } from "./revision.ts";
import { type RolledBackMarks, markOf } from "./rolled-back.ts";

/** What the live system shows: the record on the route, and the share of traffic that the route really gives the candidate. */
export interface Present {
    readonly record: RolloutRecord;
    /** Share of the route's weights that is not the stable revision's, in percent. Any number when the route was edited by hand. */
    readonly routedPercent: number;
    /** Other mismatch between route and record, as a clause: 'its weights are all 0'. Absent when there is none. */
    readonly tampering?: string;
    /** The weight that the record says its own was reached from. Absent where it says nothing. */
    readonly previousPercent?: Weight;
    /** Revisions that were rolled back, on this route. Absent when there are none. */
    readonly rolledBack?: RolledBackMarks;
}

/** What a change of the stack config asks of the rollout, or why it may not. */
export type Transition =
    /** The first deployment: no route is there yet. */
    | { readonly kind: "start" }
    | { readonly kind: "unchanged" }
    /** A candidate starts to run dark at weight 0. */
    | { readonly kind: "declare" }
    | { readonly kind: "forward"; readonly from: Weight; readonly step: Step }
    | { readonly kind: "back"; readonly fromPercent: number; readonly to: Weight }
    /** The candidate leaves the stack, and all traffic goes to the stable revision. */
    | { readonly kind: "withdraw"; readonly fromPercent: number }
    /** The candidate, at 100 %, becomes the stable revision. */
    | { readonly kind: "finish" }
    | { readonly kind: "refused"; readonly problem: string; readonly fix: string };

/**
 * Decides what `wanted` means to a system that is at `present` (undefined: nothing is deployed yet).
 *
 * Forward goes one step of the plan at a time, only from a route that shows what its record says, and never with a revision that was rolled back. A rollback is always allowed, from whatever is live.
 */
export function transition(plan: RolloutPlan, present: Present | undefined, wanted: RolloutRecord): Transition {
    if (present === undefined) {
        return weightOf(wanted) === 0
            ? { kind: "start" }
            : refused(
                  `a stack starts at 0 %, and the config has ${shown(weightOf(wanted))}`,
                  `set rolloutPercent to 0, deploy, then go to ${String(nextStep(plan, 0)?.weightPercent ?? 100)}`,
              );
    }
    const { record, routedPercent } = present;
    if (!sameRevision(record.stable, wanted.stable)) {
        return changeOfStable(present, wanted);
    }
    if (record.kind === "steady") {
        if (wanted.kind === "rolling") {
            return enter(plan, present, wanted, 0);
        }
        return routedPercent === 0 ? { kind: "unchanged" } : { kind: "back", fromPercent: routedPercent, to: 0 };
    }
    if (wanted.kind === "steady") {
        return { kind: "withdraw", fromPercent: routedPercent };
    }
    if (!sameRevision(record.candidate, wanted.candidate)) {
        return routedPercent === 0 && record.weightPercent === 0 ? enter(plan, present, wanted, 0) : changeOfCandidate(record, routedPercent, wanted);
    }
    if (wanted.weightPercent === routedPercent && wanted.weightPercent === record.weightPercent) {
        return { kind: "unchanged" };
    }
    if (wanted.weightPercent === routedPercent && wanted.weightPercent < record.weightPercent) {
        return { kind: "back", fromPercent: record.weightPercent, to: wanted.weightPercent };
    }
    // On an edited route, the share that counts as the candidate's is a guess on the safe side: above the record, less than it is no way back.
    const back = wanted.weightPercent < routedPercent && (present.tampering === undefined || wanted.weightPercent <= record.weightPercent);
    return back ? { kind: "back", fromPercent: routedPercent, to: wanted.weightPercent } : enter(plan, present, wanted, record.weightPercent);
}

/** Which objects of a step change first: the pods, or the route. */
export type Order = "capacity-first" | "route-first";

/**
 * Which way the objects of a step must change. Forward, pods come first and the weight follows. Back, the route comes before everything else.
 *
 * An unknown present (the live route can't be read) counts as back: nothing else is let through then.
 */
export function orderOf(decided: Transition | undefined): Order {
    switch (decided?.kind) {
        case undefined:
        case "back":
        case "withdraw":
        case "finish":
            return "route-first";
        case "start":
        case "unchanged":
        case "declare":
        case "forward":
        case "refused":
            return "capacity-first";
    }
}

function enter(
    plan: RolloutPlan,
    present: Present,
    { candidate, weightPercent: wanted }: RolloutRecord & { readonly kind: "rolling" },
    recorded: Weight,
): Transition {
    const { routedPercent, tampering, rolledBack = [] } = present;
    const marked = wanted === 0 ? undefined : refusedForMark(rolledBack, candidate);
    if (marked !== undefined) {
        return marked;
    }
    if (routedPercent !== recorded || tampering !== undefined) {
        const found =
            tampering === undefined ? `the live route gives the candidate ${shown(routedPercent)}, its record says ${shown(recorded)}` : tampered(tampering);
        return refused(
            `${found}: it was changed by hand`,
            present.record.kind === "steady"
                ? "run 'pulumi up --refresh' with no candidate, then declare it again"
                : `run 'pulumi up --refresh' with rolloutPercent ${String(Math.min(recorded, lowerStep(plan, routedPercent)))}, then step forward`,
        );
    }
    if (wanted === 0) {
        return { kind: "declare" };
    }
    if (findStep(plan, recorded) === undefined) {
        return refused(
            `the rollout is at ${shown(recorded)}, which is no step of the plan`,
            `set rolloutPercent to ${String(lowerStep(plan, recorded))}, and go on from there`,
        );
    }
    const next = nextStep(plan, recorded);
    return next?.weightPercent === wanted
        ? { kind: "forward", from: recorded, step: next }
        : refused(
              `the rollout is at ${shown(recorded)}, and ${shown(wanted)} is not the next step`,
              `set rolloutPercent to ${String(next?.weightPercent ?? recorded)}, or to a lower step to roll back`,
          );
}

/** Why a revision may not go forward: it was rolled back, or the mark can't be read. At weight 0 it may stay, since no user meets it there. */
function refusedForMark(marks: RolledBackMarks, candidate: RevisionReference): Transition | undefined {
    const retry = "run 'rollout retry --role <role> --reason \"<why it may go on>\"', which takes the mark away and writes down who did";
    if (marks === "unreadable") {
        return refused("the route's list of revisions that were rolled back can't be read", `look at it with 'kubectl get httproute -o yaml'; then ${retry}`);
    }
    const mark = markOf(marks, candidate);
    if (mark === undefined) {
        return undefined;
    }
    const other = mark.revision.name === candidate.name ? "" : `, as ${mark.revision.name}, with the same image and config`;
    return refused(
        `candidate ${candidate.name} was rolled back${other}: ${mark.reason}`,
        `put the fix in a new revision, under a new name; or, when the revision was not the cause, ${retry}`,
    );
}

function changeOfStable({ record, routedPercent, tampering }: Present, wanted: RolloutRecord): Transition {
    const became = record.kind === "rolling" && sameRevision(record.candidate, wanted.stable);
    const full = became && record.weightPercent === 100 && routedPercent === 100;
    if (full && wanted.kind === "steady") {
        return tampering === undefined
            ? { kind: "finish" }
            : refused(`${tampered(tampering)}: it was changed by hand`, "run 'pulumi up --refresh' with the candidate at 100 as it was, then finish");
    }
    if (full) {
        return refused(
            "the rollout is being finished and a new candidate declared in one change",
            "finish first: stable := candidate, no candidate, rolloutPercent 0; declare the next candidate after that",
        );
    }
    if (became) {
        const recorded = routedPercent === record.weightPercent ? "" : `, and its record says ${shown(record.weightPercent)}`;
        return refused(
            `candidate ${wanted.stable.name} would become stable while it has ${shown(routedPercent)} of the traffic${recorded}`,
            "go on to 100 first, step by step; or roll back to 0",
        );
    }
    return record.stable.name === wanted.stable.name
        ? refused(
              `stable revision ${wanted.stable.name} has another image or config than the one deployed`,
              "a revision is immutable: keep stable as it is, and declare the change as a candidate under a new name",
          )
        : refused(
              `stable would change from ${record.stable.name} to ${wanted.stable.name} with no rollout`,
              `keep stable ${record.stable.name}, and declare ${wanted.stable.name} as the candidate`,
          );
}

function changeOfCandidate(
    record: RolloutRecord & { readonly kind: "rolling" },
    routedPercent: number,
    wanted: RolloutRecord & { readonly kind: "rolling" },
): Transition {
    const at = shown(Math.max(record.weightPercent, routedPercent));
    const back = `roll back with candidate ${record.candidate.name} as it is and rolloutPercent 0, then declare the change`;
    return record.candidate.name === wanted.candidate.name
        ? refused(`candidate ${wanted.candidate.name} has another image or config, and it is at ${at}`, `a revision is immutable: ${back} under a new name`)
        : refused(`a second candidate, ${wanted.candidate.name}, while ${record.candidate.name} is at ${at}`, back);
}

function refused(problem: string, fix: string): Transition {
    return { kind: "refused", problem, fix };
}

function tampered(tampering: string): string {
    return `the live route is not what its record says, ${tampering}`;
}

function lowerStep(plan: RolloutPlan, percent: number): Weight {
    return stepBelow(plan, percent)?.weightPercent ?? 0;
}

function shown(percent: number): string {
    return `${String(Math.round(percent * 100) / 100)} %`;
}
