import { describe, expect, it } from "vitest";

import { everyCriterionAt } from "../../rollout/gate/criteria.ts";
import { judge } from "../../rollout/gate/judge.ts";
import { profile } from "../../service/profile.ts";
import { cases, evidenceOf } from "./recorded/cases.ts";
import { kept } from "./recorded/record.ts";

describe("recorded evidence", () => {
    it("is of every weight, of many kinds, and of each verdict", () => {
        expect(cases.length).toBeGreaterThan(300);
        expect(new Set(cases.map(({ name }) => name)).size).toBeGreaterThan(25);
        expect(new Set(cases.map(({ weightPercent }) => weightPercent))).toEqual(new Set([0, 10, 25, 50, 100]));
        expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(["pass", "hold", "rollback"]));
    });

    it.each(profile.criteria.map(({ weightPercent }) => weightPercent))("is judged as it was on that day, to the last word, at %i %%", (weightPercent) => {
        const differing = cases
            .filter((one) => one.weightPercent === weightPercent)
            .flatMap((one) => {
                const { name, criteria, verdict, notPassed, digest } = one;
                const now = kept(judge(criteria === "step" ? everyCriterionAt(profile, weightPercent) : profile.successCriteria, evidenceOf(one)));
                return now.digest === digest ? [] : [{ name, was: { verdict, notPassed }, now }];
            });
        expect(differing).toEqual([]);
    });
});
