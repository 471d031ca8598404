import { askedElsewhere, fixFor } from "../../checklist/asked-elsewhere.ts";
import type { Box } from "../../checklist/box.ts";
import { evaluate } from "../../checklist/evaluate.ts";
import type { Facts } from "../../checklist/facts.ts";
import { blocking } from "../../checklist/state.ts";
import { describeMove } from "../../plan/move.ts";
import type { ServiceProfile } from "../../profile/profile.ts";
import { type FactSources, type FactSubject, collectFacts } from "./checklist-facts.ts";
import { type Condition, type ConditionFinding, clockOf } from "./condition.ts";

/** Whether the checklist is checked, as the stack config has it. */
export type Enforced = { readonly enforced: true } | { readonly enforced: false; readonly reason: string };

/**
 * Every box that the step needs holds, or is not applicable. An open box is in the way by its own id, and an override lifts it by that.
 *
 * What the step's gate, soak and approvals ask is left to them.
 */
export function checklistHolds(
    {
        enforced,
        profile,
        sources,
    }: { readonly enforced: Enforced; readonly profile: Pick<ServiceProfile, "criteria" | "checklist">; readonly sources: FactSources },
    collect: (boxes: readonly Box[], sources: FactSources, subject: FactSubject) => Promise<Facts> = collectFacts,
): Condition {
    return async (question): Promise<ConditionFinding> => {
        const { move } = question;
        if (!enforced.enforced) {
            return { obstacles: [], summary: `the checklist is not asked: ${enforced.reason}` };
        }
        if (profile.checklist === undefined) {
            return { obstacles: [], summary: "the profile has no checklist: no box is asked" };
        }
        const boxes = profile.checklist.filter((box) => box.blocks === move.to && !askedElsewhere(profile, box, move));
        const clock = clockOf(question);
        const soaked = clock.kind === "known" ? { soakedSeconds: clock.soakedSeconds } : {};
        const facts = await collect(boxes, sources, { candidate: move.candidate, live: { move, at: new Date().toISOString(), ...soaked } });
        const obstacles = blocking(evaluate(boxes, facts), move.to).map((state) => ({
            id: state.box.id,
            liftable: true,
            notEvaluated: state.state === "open" && state.evidence === undefined,
            problem: `${state.box.section}: '${state.box.text}' ${state.state === "failed" ? "does not hold" : "is open"}: ${state.text}`,
            fix: fixFor(state),
        }));
        return { obstacles, summary: `${String(boxes.length)} boxes of the checklist for ${describeMove(move)} hold` };
    };
}
