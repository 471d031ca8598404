import { describe, expect, it } from "vitest";

import { liftedChecks } from "../../../rollout/checklist/lifted-checks.ts";
import { checklist } from "../../../service/checklist/checklist.ts";

describe("a check of the preflight whose boxes are lifted", () => {
    it.each([
        { what: "the only box that rests on it", to: 10, lifted: ["load-test"], checks: ["load-test"] },
        { what: "one of two boxes", to: 10, lifted: ["redis-verified"], checks: [] },
        { what: "both of them", to: 10, lifted: ["redis-verified", "preflight-redis"], checks: ["redis"] },
        { what: "a box that rests on no check", to: 10, lifted: ["team-trained"], checks: [] },
        { what: "nothing", to: 10, lifted: [], checks: [] },
        { what: "a box of another step", to: 25, lifted: ["load-test"], checks: [] },
    ] as const)("is in nobody's way where an override lifts $what: $checks", ({ to, lifted, checks }) => {
        expect(liftedChecks(checklist, to, lifted)).toEqual(checks);
    });
});
