import type { LiveStep as LiveRouteStep } from "../adapters/kubernetes.ts";
import type { Obstacle } from "../components/conditions/condition.ts";
import type { ConsentReading } from "../components/conditions/approvals.ts";
import { approvals } from "../components/conditions/approvals.ts";
import { checklistHolds } from "../components/conditions/checklist.ts";
import { gate } from "../components/conditions/gate.ts";
import { soak } from "../components/conditions/soak.ts";
import { type Assessment, StepConditions } from "../components/conditions/step-conditions.ts";
import type { ApprovalPolicy, Approval } from "../rollout/approval.ts";
import { criteriaAt } from "../rollout/criteria.ts";
import type { Evidence } from "../rollout/evidence.ts";
import { type Move, nextMove } from "../rollout/move.ts";
import { markOf } from "../rollout/rolled-back.ts";
import type { Judgement } from "../rollout/verdict.ts";
import { checklistSources } from "./checklist-sources.ts";
import { stepReading } from "./live-step.ts";
import { Observer } from "./observer.ts";
import type { Session } from "./session.ts";
import type { LiveStep } from "./watcher.ts";

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
    /** It can't be said where the rollout stands. */
    | { readonly kind: "unknown"; readonly why: string };

/** Asks the same conditions as the guard asks before a step, and changes nothing. Never throws. */
export async function assess(session: Session): Promise<AssessOutcome> {
    const { target, schedule, consents } = session;
    const readStep = () => session.cluster.readStep(target.namespace, target.service);
    const live = await readStep();
    const reading = stepReading(live, true);
    if (reading.kind === "nothing") {
        return { kind: "nothing", why: reading.why };
    }
    if (reading.kind === "unknown") {
        return { kind: "unknown", why: reading.reason };
    }
    const { step } = reading;
    const move = nextMove({ kind: "rolling", ...step });
    const readConsents = async (): Promise<ConsentReading> => {
        try {
            return { kind: "read", consents: await consents.read() };
        } catch (error) {
            return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
        }
    };
    const policy: ApprovalPolicy = {
        roles: target.approvals.roles,
        requireVerifiedIdentity: target.approvals.requireVerifiedIdentity,
        approvalMinutes: schedule.limits.approvalMinutes,
        ...(process.env.NOVA_CHANGE_AUTHOR === undefined ? {} : { author: process.env.NOVA_CHANGE_AUTHOR }),
    };
    const observer = new Observer(session);
    const conditions =
        target.gates.kind === "order-only"
            ? []
            : [
                  soak(schedule),
                  gate({ criteriaAt, collect: async () => observer.evidence(step), judge: (criteria, evidence) => observer.judge(criteria, evidence) }),
                  approvals(readConsents, policy),
                  checklistHolds({ enforced: target.checklist ?? { enforced: true }, sources: checklistSources(session, { readConsents, policy }) }),
              ];
    try {
        const { obstacles: unmet, lifted, summaries, notes, grounds } = await new StepConditions({ conditions, readStep, readConsents, policy }).assess(move);
        const { judgement, evidence, approvals: given } = grounds;
        const obstacles = [...markedObstacles(live, step), ...unmet];
        return {
            kind: "assessed",
            step,
            move,
            obstacles,
            lifted,
            summaries: target.gates.kind === "order-only" ? [`only the order of steps is guarded: ${target.gates.reason}`] : summaries,
            notes,
            approvals: given,
            ...(judgement === undefined ? {} : { judgement }),
            ...(evidence === undefined ? {} : { evidence }),
        };
    } finally {
        await observer.close();
    }
}

/** A candidate that was rolled back stays where it is, whatever else is well. The program's guard refuses it too. */
function markedObstacles(live: LiveRouteStep, { candidate }: LiveStep): readonly Obstacle[] {
    const marks = live.kind === "found" ? (live.present.rolledBack ?? []) : [];
    const mark = marks === "unreadable" ? undefined : markOf(marks, candidate);
    const problem =
        marks === "unreadable"
            ? "the route's list of revisions that were rolled back can't be read"
            : mark && `${candidate.name} was rolled back: ${mark.reason}`;
    return problem === undefined
        ? []
        : [
              {
                  id: "rolled-back",
                  liftable: false,
                  notEvaluated: false,
                  problem,
                  mend: "declare what mends it as a new revision, or run 'rollout retry --reason ...'",
              },
          ];
}
