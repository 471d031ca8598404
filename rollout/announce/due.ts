import { shownSeconds } from "../plan/duration.ts";
import { sameRevision } from "../route/record.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Weight } from "../plan/plan.ts";
import type { Judgement } from "../gate/verdict.ts";
import { type Decision, said } from "../watch/decide.ts";
import type { Occasion } from "./message.ts";

/** A step that people may have heard of. */
export interface HeardStep {
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    readonly weightPercent: Weight;
    /** ISO 8601. */
    readonly enteredAt: string;
}

/** A look at a step that is under way, with what the watcher does about it. */
export interface WatchedLook {
    readonly step: HeardStep;
    readonly decision: Decision;
    /** Absent where nothing could be judged. */
    readonly gate?: Judgement;
}

/** What the announcer remembers from one look to the next. Times are seconds of one clock. */
export interface TellingMemory {
    /** The newest step that people heard of. */
    readonly step?: HeardStep;
    /** When something was last said. Absent when it never was. */
    readonly toldAtSeconds?: number;
    /** How many looks in a row found something wrong, or nothing wrong. */
    readonly troubledLooks: number;
    readonly calmLooks: number;
    /** Whether people heard of a problem, and not yet that it is over. */
    readonly incidentOpen: boolean;
}

/** The memory of one who has said nothing yet. */
export const nothingTold: TellingMemory = { troubledLooks: 0, calmLooks: 0, incidentOpen: false };

/**
 * Whether people are to hear something after a look, and what: a step that is new to them, a problem, or how it stands when the time is there.
 *
 * The announcer reports a problem when two looks in a row find it: a single lost answer is not one. The next update says that it is over, so that one
 * which comes and goes is reported once in that time.
 *
 * @param everySeconds how often people hear how it stands.
 */
export function due(
    memory: TellingMemory,
    look: WatchedLook,
    nowSeconds: number,
    everySeconds: number,
): { readonly memory: TellingMemory; readonly occasion?: Occasion } {
    const { step, decision } = look;
    const trouble = troubleIn(look, everySeconds);
    const counted: TellingMemory = {
        ...memory,
        troubledLooks: trouble === undefined ? 0 : memory.troubledLooks + 1,
        calmLooks: trouble === undefined ? memory.calmLooks + 1 : 0,
    };
    if (memory.step === undefined || !sameStep(memory.step, step)) {
        return { memory: { ...counted, step, toldAtSeconds: nowSeconds }, occasion: { kind: step.weightPercent === firstWeight ? "start" : "step" } };
    }
    if (trouble !== undefined && !memory.incidentOpen && counted.troubledLooks >= looksInARow) {
        return { memory: { ...counted, incidentOpen: true, toldAtSeconds: nowSeconds }, occasion: { kind: "incident", ...trouble } };
    }
    if (memory.toldAtSeconds !== undefined && nowSeconds - memory.toldAtSeconds < everySeconds) {
        return { memory: counted };
    }
    const over = memory.incidentOpen && counted.calmLooks >= looksInARow;
    return {
        memory: { ...counted, toldAtSeconds: nowSeconds, incidentOpen: memory.incidentOpen && !over },
        occasion: { kind: "update", state: stateOf(decision), ...(over ? { over } : {}) },
    };
}

/** What a watched step does now, as a sentence without its full stop. */
export function stateOf(decision: Decision): string {
    switch (decision.kind) {
        case "soaking":
            return `soaking, ${shownSeconds(decision.secondsLeft)} left`;
        case "holding":
            return `holding, ${decision.waits === true ? "and waiting for people" : `${shownSeconds(decision.secondsLeft)} until the rollback`}${decision.lack === undefined ? "" : `, but ${decision.lack}`}: ${decision.reason}`;
        case "blind":
            return `no evidence, ${shownSeconds(decision.secondsLeft)} until the rollback: ${decision.reason}`;
        case "unguarded":
            return `every criterion passes, but the alarm reads nothing: ${decision.reason}`;
        case "ready":
            return "ready for the next step";
        case "roll-back":
            return `rolling back: ${decision.reason}`;
    }
}

/** What is wrong, where something is. What is merely not shown yet is a problem only when the rollout would be rolled back before people hear from it again. */
export function troubleIn(
    { decision, gate }: Pick<WatchedLook, "decision" | "gate">,
    everySeconds: number,
): Omit<Extract<Occasion, { kind: "incident" }>, "kind"> | undefined {
    const broken = (gate?.reasons ?? []).filter(({ shortfall }) => shortfall === "breached");
    const reason = broken.map(({ criterion, text }) => `${criterion}: ${text}`).join("; ");
    switch (decision.kind) {
        case "roll-back":
            return { reason: `it is not rolled back yet: ${decision.reason}`, usersAffected: true };
        case "blind":
            return { reason: `nothing is seen of its traffic: ${decision.reason}`, backInSeconds: decision.secondsLeft, usersAffected: false };
        case "holding":
            if (broken.length > 0) {
                return { reason, backInSeconds: decision.secondsLeft, usersAffected: true };
            }
            return decision.secondsLeft < everySeconds
                ? { reason: gate === undefined ? decision.reason : said(gate, "hold"), backInSeconds: decision.secondsLeft, usersAffected: false }
                : undefined;
        case "soaking":
            return broken.length > 0 ? { reason, usersAffected: true } : undefined;
        case "unguarded":
            return { reason: `the alarm that rolls back within a second reads nothing: ${decision.reason}`, usersAffected: false };
        case "ready":
            return undefined;
    }
}

function sameStep(left: HeardStep, right: HeardStep): boolean {
    return left.weightPercent === right.weightPercent && left.enteredAt === right.enteredAt && sameRevision(left.candidate, right.candidate);
}

/** The first weight at which users meet the candidate. */
const firstWeight: Weight = 10;
const looksInARow = 2;
