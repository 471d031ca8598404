import { describe, expect, it } from "vitest";

import { type RolloutPlan, type Step, definePlan, nextStep, stepAt, weightsOf } from "../../../rollout/plan/plan.ts";
import { type ServiceProfile, defineProfile } from "../../../rollout/profile/profile.ts";
import { profileSchema } from "../../../rollout/profile/schema.ts";
import { profile } from "../../../service/profile.ts";

const step = (name: string, weightPercent: number, change: Partial<Step> = {}): Step => ({
    name,
    weightPercent,
    candidateReplicas: 2,
    sparePods: 0,
    soakMinutes: 10,
    approvals: [],
    ...change,
});

/** Another service's plan: other weights, other names, other roles. */
const other: RolloutPlan = {
    steps: [step("dark", 0), step("one", 1), step("five", 5), step("fifth", 20), step("half", 50), step("all", 100, { approvals: ["owner"] })],
    roles: ["owner"],
    finishApprovals: ["owner"],
    fullReplicas: 4,
    steadyReplicas: { minimum: 2, maximum: 8 },
    watchLimits: { holdMinutes: 20, blindMinutes: 5, statusUpdateMinutes: 30, approvalMinutes: 60 },
};
const withSteps = (...steps: readonly Step[]): RolloutPlan => ({ ...other, steps });

describe("a plan", () => {
    it("has any number of steps and any weights that rise from 0 to 100", () => {
        const plan = definePlan(other);
        expect(weightsOf(plan)).toEqual([0, 1, 5, 20, 50, 100]);
        expect(nextStep(plan, 5)).toMatchObject({ name: "fifth" });
    });

    it.each<{ readonly what: string; readonly plan: RolloutPlan; readonly names: RegExp }>([
        { what: "no steps", plan: withSteps(), names: /starts at 0.*\n.*ends at 100/ },
        { what: "no dark step", plan: withSteps(step("one", 1), step("all", 100)), names: /steps\[0\]\.weightPercent = 1: a plan starts at 0/ },
        { what: "no step at 100", plan: withSteps(step("dark", 0), step("half", 50)), names: /weightPercent = 50: a plan ends at 100/ },
        {
            what: "weights that fall",
            plan: withSteps(step("dark", 0), step("b", 50), step("c", 20), step("all", 100)),
            names: /steps\[2\].*20 is not above the 50/,
        },
        {
            what: "a weight twice",
            plan: withSteps(step("dark", 0), step("b", 50), step("c", 50), step("all", 100)),
            names: /steps\[2\].*50 is not above the 50/,
        },
        {
            what: "a weight above 100",
            plan: withSteps(step("dark", 0), step("b", 101), step("all", 100)),
            names: /steps\[1\]\.weightPercent = 101: use a whole number/,
        },
        {
            what: "half a percent",
            plan: withSteps(step("dark", 0), step("b", 0.5), step("all", 100)),
            names: /steps\[1\]\.weightPercent = 0\.5: use a whole number/,
        },
        {
            what: "a weight that is no number",
            plan: withSteps(step("dark", 0), step("b", Number.NaN), step("all", 100)),
            names: /steps\[1\]\.weightPercent = NaN/,
        },
        {
            what: "a step without pods",
            plan: withSteps(step("dark", 0), step("all", 100, { candidateReplicas: 0 })),
            names: /steps\[1\]\.candidateReplicas = 0/,
        },
        {
            what: "more pods than the maximum",
            plan: withSteps(step("dark", 0), step("all", 100, { candidateReplicas: 9 })),
            names: /9 pods and steadyReplicas\.maximum is 8/,
        },
        {
            what: "a soak without end",
            plan: withSteps(step("dark", 0), step("all", 100, { soakMinutes: Number.POSITIVE_INFINITY })),
            names: /steps\[1\]\.soakMinutes = Infinity/,
        },
        {
            what: "a role that is not listed",
            plan: withSteps(step("dark", 0), step("all", 100, { approvals: ["boss"] })),
            names: /steps\[1\]\.approvals names the role 'boss'; add it to roles \(owner\)/,
        },
        { what: "one name twice", plan: withSteps(step("a", 0), step("a", 100)), names: /two steps are named 'a'/ },
        { what: "a name that is no word", plan: withSteps(step("Dark step", 0), step("all", 100)), names: /steps\[0\]\.name = 'Dark step'/ },
        { what: "a limit of 0", plan: { ...other, watchLimits: { ...other.watchLimits, blindMinutes: 0 } }, names: /watchLimits\.blindMinutes = 0/ },
        { what: "bounds upside down", plan: { ...other, steadyReplicas: { minimum: 9, maximum: 8 } }, names: /steadyReplicas = 9 to 8/ },
    ])("is refused with $what, by key, value and fix", ({ plan, names }) => {
        expect(() => definePlan(plan)).toThrow(names);
    });

    it("says everything that is wrong at once", () => {
        expect(() => definePlan(withSteps(step("one", 1, { approvals: ["boss"], candidateReplicas: 0 })))).toThrow(/The plan has 4 problems/);
    });

    it("has no step by guess", () => {
        expect(() => stepAt(other, 10)).toThrow("10 % is no weight of the plan: it has 0, 1, 5, 20, 50, 100");
    });
});

describe("a profile", () => {
    const [first, ...others] = profile.criteria;

    it.each<{ readonly what: string; readonly change: Partial<ServiceProfile>; readonly names: RegExp }>([
        { what: "a step that nothing judges", change: { criteria: others }, names: /criteria has no entry for 0 %/ },
        { what: "criteria for a weight that the plan lacks", change: { plan: other }, names: /criteria has an entry for 10 %, which is no weight of the plan/ },
        {
            what: "criteria for a weight twice",
            change: { criteria: first === undefined ? [] : [first, ...profile.criteria] },
            names: /criteria has two entries for 0 %/,
        },
        {
            what: "a criterion whose window is longer than its step",
            change: { plan: { ...profile.plan, steps: profile.plan.steps.map((one) => ({ ...one, soakMinutes: 1 })) } },
            names: /quarter-memory-growth: the window is 15 min and the soak 1 min/,
        },
        ...["", "Shop", "shop_1", "shop/labels", "-shop", "shop.", `${"a".repeat(64)}.com`].map((labelPrefix) => ({
            what: `'${labelPrefix}' before its labels`,
            change: { labelPrefix },
            names: new RegExp(`labelPrefix = '${labelPrefix}' is not a DNS subdomain: use lower-case letters`),
        })),
        ...["", "shop", "1SHOP", "SHOP_", "SHOP-X", "SHOP X", "_SHOP"].map((variablePrefix) => ({
            what: `'${variablePrefix}' before its variables`,
            change: { variablePrefix },
            names: new RegExp(`variablePrefix = '${variablePrefix}' can't begin the name of an environment variable: use capital letters`),
        })),
        ...["kubernetes.io", "shop.k8s.io"].map((labelPrefix) => ({
            what: `the reserved '${labelPrefix}' before its labels`,
            change: { labelPrefix },
            names: /is reserved for Kubernetes itself: use a domain of your own/,
        })),
    ])("is refused with $what", ({ change, names }) => {
        expect(() => defineProfile({ ...profile, ...change })).toThrow(names);
    });

    it("is refused with all that is wrong at once: plan, steps, criteria, names", () => {
        const soaks = profile.plan.steps.map((one) => ({ ...one, soakMinutes: 1, candidateReplicas: 0 }));
        const wrong = { ...profile, plan: { ...profile.plan, steps: soaks }, criteria: others, labelPrefix: "Shop" };
        expect(() => defineProfile(wrong)).toThrow(
            /The plan has .*labelPrefix = 'Shop'.*criteria has no entry for 0 %.*quarter-memory-growth: the window is 15 min/s,
        );
    });

    it("is the same after it was written down as JSON, as a watchdog reads it", () => {
        expect(profileSchema.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
    });

    it.each<{ readonly what: string; readonly change: object }>([
        { what: "a criterion of a kind that there is not", change: { successCriteria: [{ ...profile.successCriteria[0], measure: { kind: "luck" } }] } },
        { what: "no success criteria", change: { successCriteria: [] } },
        { what: "a key that it does not know", change: { more: true } },
        { what: "a plan that ends at 50", change: { plan: { ...profile.plan, steps: profile.plan.steps.slice(0, -1) } } },
    ])("is refused from JSON with $what", ({ change }) => {
        expect(profileSchema.safeParse({ ...profile, ...change }).success).toBe(false);
    });
});
