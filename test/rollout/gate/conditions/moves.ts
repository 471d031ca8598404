import type { TimedRoute } from "../../../../rollout/kubernetes/cluster-reader.ts";
import type { Question } from "../../../../rollout/gate/conditions/condition.ts";
import type { Move } from "../../../../rollout/plan/move.ts";
import type { RolloutRecord } from "../../../../rollout/route/record.ts";
import type { StepClock } from "../../../../rollout/watch/step-clock.ts";
import { revision, rolling } from "../../arbitraries.ts";

/** From 10 % to 25 %. */
export const move: Move = { stable: revision("v1"), candidate: revision("v2"), from: 10, to: 25 };

/** When the step was entered in {@link liveFor}. */
export const enteredAt = "2025-10-26T07:00:00.000Z";

/** The clock of a step that has lasted for so many seconds. */
export function clockAfter(soakedSeconds: number): StepClock {
    return { kind: "known", enteredAt, now: new Date(Date.parse(enteredAt) + soakedSeconds * 1_000).toISOString(), soakedSeconds };
}

/** A live step that has lasted for so many seconds. */
export function liveFor(soakedSeconds: number, record: RolloutRecord = rolling(10)): TimedRoute {
    const routedPercent = record.kind === "rolling" ? record.weightPercent : 0;
    return { kind: "found", present: { record, routedPercent }, clock: clockAfter(soakedSeconds) };
}

export const unreachable: TimedRoute = { kind: "unreachable", reason: "connect ECONNREFUSED 127.0.0.1:6443" };

/** What a condition is asked in `up`, with what is different. */
export function question(change: Partial<Question> = {}): Question {
    return { move, live: liveFor(900), preview: false, ...change };
}
