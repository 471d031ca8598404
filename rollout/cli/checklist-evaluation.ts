import { defined } from "../defined.ts";
import { factSources } from "../gate/conditions/assembly.ts";
import { collectFacts } from "../gate/conditions/checklist-facts.ts";
import type { Checklist } from "../checklist/box.ts";
import { evaluate } from "../checklist/evaluate.ts";
import type { LiveLook } from "../checklist/facts.ts";
import type { BoxState } from "../checklist/state.ts";
import type { Destination } from "../plan/move.ts";
import { nextStep } from "../plan/plan.ts";
import { type AssessOutcome, assess } from "./assessing.ts";
import { type ChecklistSubject, checklistSubject } from "./checklist-subject.ts";
import { type Session, UsageError } from "./session.ts";

/** The checklist of a session, evaluated now. */
export interface EvaluatedChecklist {
    readonly now: string;
    readonly subject?: ChecklistSubject;
    /** The step that comes next. Absent when the rollout is finished. */
    readonly next?: Destination;
    readonly states: readonly BoxState[];
}

/** The boxes of the session's profile. @throws {UsageError} where it has none. */
export function checklistOf({ target }: Pick<Session, "target">): Checklist {
    const { checklist } = target.profile;
    if (checklist === undefined) {
        throw new UsageError("the profile has no checklist, so no box is asked: give defineProfile a `checklist` if the service has one");
    }
    return checklist;
}

/**
 * Evaluates all boxes on what is there now. The live step is judged as 'rollout gate' does it.
 *
 * @param judged what came of judging it a moment ago. If omitted, it is judged now.
 * @throws {UsageError} where the profile has no checklist.
 * @throws {Error} when it can't be said which rollout this is.
 */
export async function evaluatedChecklist(session: Session, judged?: AssessOutcome): Promise<EvaluatedChecklist> {
    const checklist = checklistOf(session);
    const subject = await checklistSubject(session);
    const live = subject === undefined || subject.at === "finished" ? undefined : lookOf(judged ?? (await assess(session)));
    const facts = await collectFacts(checklist, factSources(session), defined({ candidate: subject?.candidate, live }));
    const next = subject?.at === "finished" ? undefined : (nextStep(session.target.profile.plan, subject?.at ?? 0)?.weightPercent ?? "finished");
    return {
        now: facts.now,
        ...defined({ subject }),
        ...(next === undefined || next === 0 ? {} : { next }),
        states: evaluate(checklist, facts),
    };
}

function lookOf(outcome: AssessOutcome): LiveLook | undefined {
    if (outcome.kind !== "assessed") {
        return undefined;
    }
    const { move, step, judgement, evidence } = outcome;
    return { move, at: evidence?.takenAt ?? new Date().toISOString(), soakedSeconds: step.soakedSeconds, ...defined({ judgement, evidence }) };
}
