import { defined } from "../defined.ts";
import { assessed, assemblyOf } from "../gate/conditions/assembly.ts";
import type { JudgedRollout } from "../gate/conditions/judged-rollout.ts";
import type { Assessment } from "../gate/conditions/step-conditions.ts";
import type { Approval } from "../consent/approval.ts";
import type { Evidence } from "../gate/evidence.ts";
import { type Move, nextMove } from "../plan/move.ts";
import type { Judgement } from "../gate/verdict.ts";
import { stepReading } from "../route/live/live-step.ts";
import type { LiveStep } from "../watch/live/watcher.ts";

/** The next step forward with everything that stands in its way, as the program's guard would find it. */
export interface Assessed extends Pick<Assessment, "obstacles" | "lifted" | "summaries" | "notes"> {
    readonly kind: "assessed";
    readonly step: LiveStep;
    readonly move: Move;
    readonly judgement?: Judgement;
    readonly evidence?: Evidence;
    readonly approvals: readonly Approval[];
}

/** An assessment, or why there is none. */
export type AssessOutcome =
    | Assessed
    /** There is no step forward from here. */
    | { readonly kind: "nothing"; readonly why: string }
    /** Where the rollout stands is unknown. */
    | { readonly kind: "unknown"; readonly why: string };

/** Asks the same conditions as the guard asks before a step, and changes nothing. Never throws. */
export async function assess(session: JudgedRollout): Promise<AssessOutcome> {
    const { target, cluster } = session;
    const reading = stepReading(await cluster.readStep(target.namespace, target.service), true);
    if (reading.kind === "nothing") {
        return { kind: "nothing", why: reading.why };
    }
    if (reading.kind === "unknown") {
        return { kind: "unknown", why: reading.reason };
    }
    const { step } = reading;
    const move = nextMove(session.target.profile.plan, { kind: "rolling", ...step });
    const { obstacles, lifted, summaries, notes, grounds } = await assessed(assemblyOf(session), move);
    const { judgement, evidence, approvals } = grounds;
    return {
        kind: "assessed",
        step,
        move,
        obstacles,
        lifted,
        summaries,
        notes,
        approvals,
        ...defined({ judgement, evidence }),
    };
}
