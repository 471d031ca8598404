import { describe, expect, it } from "vitest";

import type { Criterion, Measure } from "../../../../rollout/gate/criterion.ts";
import type { AutoscalerState, PodState } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { healthyEvidence, seen, unseen, withCandidate } from "./evidence.ts";

const well: PodState = { name: "v2-1", ready: true, restarts: 0, recentRestarts: 0 };

function criterionOf(measure: Measure): Criterion {
    return { id: measure.kind, title: measure.kind, subject: "candidate", measure, onBreach: measure.kind === "crash-loop" ? "rollback" : "hold", source: "x" };
}

function reasonFor(measure: Measure, pods: readonly PodState[]) {
    const [reason] = judge([criterionOf(measure)], withCandidate(healthyEvidence(25), { pods: seen(pods) })).reasons;
    return reason;
}

describe("restarts", () => {
    const restarts = { kind: "restarts", atMost: 0 } as const;

    it.each([
        { what: "none", pods: [well], verdict: "pass", text: "no restart in 1 pod" },
        { what: "one", pods: [well, { ...well, name: "v2-2", restarts: 1 }], verdict: "hold", text: "1 restart: v2-2" },
        { what: "one from before the step", pods: [{ ...well, restarts: 1, restartsInStep: 0 }], verdict: "pass", text: "no restart in 1 pod" },
        { what: "two within the step", pods: [{ ...well, restarts: 3, restartsInStep: 2 }], verdict: "hold", text: "2 restarts: v2-1" },
    ] as const)("of a revision with $what: $verdict", ({ pods, verdict, text }) => {
        expect(reasonFor(restarts, pods)).toMatchObject({ verdict, text });
    });

    it.each([Number.NaN, -1])("that are %d hold", (count) => {
        expect(reasonFor(restarts, [{ ...well, restarts: count }])).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });
});

describe("a crash loop", () => {
    const crashLoop = { kind: "crash-loop", atMost: 0 } as const;

    it.each([
        { recentRestarts: 2, verdict: "pass" },
        { recentRestarts: 3, verdict: "rollback" },
        { recentRestarts: 4, verdict: "rollback" },
    ])("is three restarts within ten minutes: $recentRestarts give $verdict", ({ recentRestarts, verdict }) => {
        expect(reasonFor(crashLoop, [well, { ...well, name: "v2-2", restarts: 9, recentRestarts }])).toMatchObject({ verdict });
    });

    it("is also one container that waits in it", () => {
        expect(reasonFor(crashLoop, [well, { ...well, name: "v2-2", waitingReason: "CrashLoopBackOff" }])).toMatchObject({
            verdict: "rollback",
            text: "in a crash loop: v2-2",
        });
        expect(reasonFor(crashLoop, [{ ...well, waitingReason: "ContainerCreating" }])).toMatchObject({ verdict: "pass" });
    });

    it("is not ruled out by pods that can't be seen, or that aren't there", () => {
        expect(reasonFor(crashLoop, [])).toMatchObject({ verdict: "hold", shortfall: "unseen" });
        expect(judge([criterionOf(crashLoop)], withCandidate(healthyEvidence(25), { pods: unseen() })).verdict).toBe("hold");
    });
});

describe("ready pods", () => {
    it.each([
        { ready: 2, verdict: "hold" },
        { ready: 3, verdict: "pass" },
        { ready: 4, verdict: "pass" },
    ])("at least 3 wanted, $ready ready: $verdict", ({ ready, verdict }) => {
        const pods = Array.from({ length: 5 }, (_, index) => ({ ...well, name: `v2-${String(index)}`, ready: index < ready }));
        expect(reasonFor({ kind: "ready-pods", atLeast: 3 }, pods)).toMatchObject({ verdict, text: `${String(ready)} of 5 pods ready, at least 3 wanted` });
    });
});

describe("autoscaling", () => {
    const working: AutoscalerState = { minimum: 5, maximum: 10, current: 5, desired: 5, problems: [] };
    const reasonWith = (state: Partial<AutoscalerState>) =>
        judge([criterionOf({ kind: "autoscaling" })], withCandidate(healthyEvidence(50), { autoscaler: seen({ ...working, ...state }) })).reasons[0];

    it.each([
        { what: "has what it wants", state: {}, verdict: "pass" },
        { what: "has more, and is about to shrink", state: { current: 7 }, verdict: "pass" },
        { what: "wants more than it has, as right after a step", state: { desired: 6 }, verdict: "hold", shortfall: "unproven" },
        { what: "is below its minimum, as right after a step", state: { current: 4, desired: 4 }, verdict: "hold", shortfall: "unproven" },
        { what: "says that it can't scale", state: { problems: ["ScalingActive is False: no metrics"] }, verdict: "hold", shortfall: "breached" },
        {
            what: "says that it can't scale, and wants more than it has",
            state: { desired: 6, problems: ["AbleToScale is False: no Deployment"] },
            verdict: "hold",
            shortfall: "breached",
        },
        { what: "shows a number that is none", state: { desired: Number.NaN }, verdict: "hold", shortfall: "unseen" },
    ])("that $what: $verdict, $shortfall", ({ state, verdict, shortfall }) => {
        expect(reasonWith(state)).toMatchObject({ verdict, ...(shortfall === undefined ? {} : { shortfall }) });
    });
});
