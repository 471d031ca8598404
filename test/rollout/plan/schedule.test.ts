import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { weightsOf } from "../../../rollout/plan/plan.ts";
import { scheduleFor, soakSecondsAt } from "../../../rollout/plan/schedule.ts";
import { plan } from "../../../service/plan.ts";

const { watchLimits } = plan;

const weights = weightsOf(plan);

describe("the plan's times on a stack", () => {
    it("are the plan's own in production, but for the baseline, which is spent in staging", () => {
        const schedule = scheduleFor(plan, { timeScale: 1, environment: "prod" });
        expect(weights.map((weight) => soakSecondsAt(schedule, weight) / 60)).toEqual([0, 15, 30, 30, 120]);
        expect(schedule.limits).toEqual(watchLimits);
    });

    it("hold a revision at the baseline for 24 hours in staging", () => {
        expect(soakSecondsAt(scheduleFor(plan, { timeScale: 1, environment: "staging" }), 0)).toBe(24 * 60 * 60);
    });

    it("scale in a lab, and nothing else does", () => {
        fc.assert(
            fc.property(fc.double({ min: 0, max: 1, minExcluded: true, noNaN: true }), (timeScale) => {
                const { steps, limits } = scheduleFor(plan, { timeScale, environment: "lab" });
                expect(steps.map((step) => ({ ...step, soakMinutes: 0 }))).toEqual(plan.steps.map((step) => ({ ...step, soakMinutes: 0 })));
                expect(limits.holdMinutes).toBeCloseTo(watchLimits.holdMinutes * timeScale);
            }),
        );
    });

    it.each([0, -1, 1.01, Number.NaN, Number.POSITIVE_INFINITY])("refuse a time scale of %d", (timeScale) => {
        expect(() => scheduleFor(plan, { timeScale, environment: "lab" })).toThrow(/timeScale is .*: use a number above 0/);
    });
});
