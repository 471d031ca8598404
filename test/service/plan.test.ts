import { describe, expect, it } from "vitest";

import { isWeight, nextStep, stepAt, weightsOf } from "../../rollout/plan/plan.ts";
import { plan } from "../../service/plan.ts";

const { fullReplicas, steadyReplicas } = plan;

const weights = weightsOf(plan);

describe("the plan", () => {
    it("starts with no traffic and ends with all of it", () => {
        expect(weights[0]).toBe(0);
        expect(weights.at(-1)).toBe(100);
    });

    it("rises with every step, in weight and in pods", () => {
        plan.steps.slice(1).forEach((step, index) => {
            const before = plan.steps[index];
            expect(step.weightPercent).toBeGreaterThan(before?.weightPercent ?? Number.NaN);
            expect(step.candidateReplicas).toBeGreaterThanOrEqual(before?.candidateReplicas ?? Number.NaN);
        });
    });

    it("has one step for each weight, found by it", () => {
        expect(plan.steps.map((step) => step.weightPercent)).toEqual(weights);
        expect(weights.map((weight) => stepAt(plan, weight))).toEqual(plan.steps);
    });

    it("gives the candidate at 100 % the pods that carry all traffic", () => {
        expect(stepAt(plan, 100).candidateReplicas).toBe(fullReplicas);
    });

    it("never asks for more pods than the autoscaler may start", () => {
        expect(Math.max(...plan.steps.map((step) => step.candidateReplicas), fullReplicas)).toBeLessThanOrEqual(steadyReplicas.maximum);
    });

    it.each([
        { from: 0, to: 10 },
        { from: 10, to: 25 },
        { from: 25, to: 50 },
        { from: 50, to: 100 },
    ] as const)("goes from $from to $to", ({ from, to }) => {
        expect(nextStep(plan, from)).toEqual(stepAt(plan, to));
    });

    it("ends at 100", () => {
        expect(nextStep(plan, 100)).toBeUndefined();
    });

    it.each([5, 11, 99, 101, -10, 10.5, Number.NaN])("has no step at %s %%", (percent) => {
        expect(isWeight(plan, percent)).toBe(false);
    });
});

describe("approvals", () => {
    it("are signed by four roles before the first user meets the candidate", () => {
        expect(stepAt(plan, 10).approvals).toEqual(["tech-lead", "product-lead", "operations-lead", "security-review"]);
    });

    it.each([50, 100] as const)("are a go/no-go of the tech lead and the operations lead before %s %%", (weight) => {
        expect(stepAt(plan, weight).approvals).toEqual(["tech-lead", "operations-lead"]);
    });

    it("has no step on which a single pod carries users, so that a drain of its node fails nothing", () => {
        for (const step of plan.steps.filter(({ weightPercent }) => weightPercent > 0)) {
            expect(step.candidateReplicas + step.sparePods).toBeGreaterThanOrEqual(2);
        }
        expect(stepAt(plan, 0)).toMatchObject({ candidateReplicas: 1, sparePods: 0 });
    });
});
