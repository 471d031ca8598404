import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { candidateCapacity, stableCapacity } from "../../../rollout/route/capacity.ts";
import { nextStep, stepAt, weightsOf } from "../../../rollout/plan/plan.ts";
import { type RolloutRecord, weightOf } from "../../../rollout/route/record.ts";
import { orderOf, transition } from "../../../rollout/route/transition.ts";
import { anyWeight, rolling, steady } from "../arbitraries.ts";
import { plan } from "../../../service/plan.ts";

const { fullReplicas, steadyReplicas } = plan;

const weights = weightsOf(plan);

/** A live system, down to what decides whether users are served: the route's record, and the pods that each revision is sure to have. */
interface System {
    readonly route: RolloutRecord | undefined;
    readonly pods: Readonly<Record<string, number>>;
}

function capacityOf(record: RolloutRecord): Readonly<Record<string, number>> {
    const stable = { [record.stable.name]: stableCapacity(plan, record).minimum };
    return record.kind === "steady" ? stable : { ...stable, [record.candidate.name]: candidateCapacity(plan, record).minimum };
}

/** The states that one `pulumi up` goes through, one object at a time: autoscalers and route in the order of the transition, then what the stack no longer has. */
function statesOf(system: System, wanted: RolloutRecord): readonly System[] {
    const decided = transition(plan, system.route && { record: system.route, routedPercent: weightOf(system.route) }, wanted);
    if (decided.kind === "refused") {
        return [];
    }
    const scale = Object.entries(capacityOf(wanted)).map(([name, minimum]) => (now: System) => ({ ...now, pods: { ...now.pods, [name]: minimum } }));
    const move = (now: System) => ({ ...now, route: wanted });
    const remove = (now: System) => ({ ...now, pods: capacityOf(wanted) });
    const changes = orderOf(decided) === "capacity-first" ? [...scale, move, remove] : [move, ...scale, remove];
    const states: System[] = [];
    changes.forEach((change) => states.push(change(states.at(-1) ?? system)));
    return states;
}

/** What is wrong with a state for its users, or undefined. */
function shortage({ route, pods }: System): string | undefined {
    if (route === undefined) {
        return undefined;
    }
    const needs =
        route.kind === "steady"
            ? { [route.stable.name]: steadyReplicas.minimum }
            : {
                  [route.stable.name]: fullReplicas,
                  [route.candidate.name]: Math.max(stepAt(plan, route.weightPercent).candidateReplicas, route.weightPercent > 0 ? 2 : 1),
              };
    const short = Object.entries(needs).find(([name, need]) => (pods[name] ?? 0) < need);
    return short && `${short[0]} has ${String(pods[short[0]] ?? 0)} of ${String(short[1])} pods at ${String(weightOf(route))} %`;
}

const anyWish = fc.oneof(
    fc.constantFrom("v1", "v2").map((stable) => steady(stable)),
    anyWeight.map((weight) => rolling(weight)),
    fc.constantFrom(rolling(0, "v3"), rolling(0, "v3", "v2")),
);

describe("capacity", () => {
    it("is never less than the weights need, at any point of any change, and wherever one is interrupted", () => {
        const anyChange = fc.record({ wish: fc.oneof(anyWish, fc.constant("next" as const)), stopAfter: fc.oneof(fc.constant(Infinity), fc.nat({ max: 4 })) });
        fc.assert(
            fc.property(fc.array(anyChange, { minLength: 5, maxLength: 30 }), (changes) => {
                let system: System = { route: undefined, pods: {} };
                for (const { wish, stopAfter } of changes) {
                    const step = system.route?.kind === "rolling" ? nextStep(plan, system.route.weightPercent)?.weightPercent : 0;
                    const wanted = wish !== "next" ? wish : step === undefined ? steady("v2") : rolling(step);
                    for (const state of statesOf(system, wanted).slice(0, stopAfter)) {
                        expect(shortage(state)).toBeUndefined();
                        system = state;
                    }
                }
            }),
            { numRuns: 500 },
        );
    });

    it("of the stable revision carries all traffic for as long as there is a candidate", () => {
        for (const weight of weights) {
            expect(stableCapacity(plan, rolling(weight))).toEqual({ minimum: fullReplicas, maximum: steadyReplicas.maximum });
        }
    });

    it("is the autoscaler's own choice, between 3 and 10, once a rollout is finished", () => {
        expect(stableCapacity(plan, steady())).toEqual({ minimum: 3, maximum: 10 });
    });

    it.each([
        { weight: 0, pods: 1 },
        { weight: 10, pods: 2 },
        { weight: 25, pods: 3 },
        { weight: 50, pods: 5 },
        { weight: 100, pods: 6 },
    ] as const)("of a candidate at $weight % is $pods pods", ({ weight, pods }) => {
        expect(candidateCapacity(plan, rolling(weight)).minimum).toBe(pods);
    });
});

describe("the model of a change", () => {
    it("notices a change in the wrong order", () => {
        const [before, after] = [rolling(10), rolling(25)];
        expect(shortage({ route: after, pods: capacityOf(before) })).toBe("v2 has 2 of 3 pods at 25 %");
        expect(shortage({ route: after, pods: capacityOf(after) })).toBeUndefined();
    });
});
