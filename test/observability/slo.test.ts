import { describe, expect, it } from "vitest";

import { ruleGroups } from "../../observability/catalogue.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { burnRate, burnWindows, errorBudget, madeOfObjective, objectivesOf, recordedWindows } from "../../observability/slo.ts";
import { successCriteria } from "../../service/criteria/steps.ts";

const objectives = objectivesOf(example);

describe("the objectives", () => {
    it("are those that a finished rollout is a success by", () => {
        expect(objectives.map(({ id, target, boundSeconds }) => ({ id, target, boundSeconds }))).toEqual([
            { id: "availability", target: 0.999, boundSeconds: undefined },
            { id: "latency-hit", target: 0.95, boundSeconds: 0.1 },
            { id: "latency-miss", target: 0.95, boundSeconds: 0.3 },
            { id: "cache-hit", target: 0.95, boundSeconds: undefined },
        ]);
        expect(objectives.every(({ criterion }) => successCriteria.some(({ id }) => id === criterion.id))).toBe(true);
    });

    it("leave a budget without what binary fractions add", () => {
        expect(objectives.map(errorBudget)).toEqual([0.001, 0.05, 0.05, 0.05]);
    });

    it("are found by their id", () => {
        expect(madeOfObjective(example, "cache-hit", ({ title }) => title)).toEqual(["The cache knows the answer"]);
    });
});

describe("the burn rates", () => {
    it("are the workbook's: 14.4 and 6 wake somebody, 3 and 1 are a ticket", () => {
        expect(burnWindows.map((window) => [window.severity, burnRate(window)])).toEqual([
            ["critical", 14.4],
            ["critical", 6],
            ["warning", 3],
            ["warning", 1],
        ]);
    });

    it("never ask for more bad events than there can be", () => {
        const asked = objectives.flatMap((each) => burnWindows.map((window) => burnRate(window) * errorBudget(each)));
        expect(Math.max(...asked)).toBeLessThan(1);
    });

    it("have a recorded ratio for every window", () => {
        const records = new Set(ruleGroups(example).flatMap(({ recordings }) => recordings.map(({ record }) => record)));
        expect(recordedWindows).toEqual([300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200]);
        for (const window of ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]) {
            expect(records).toContain(`slo:bad_events:ratio_rate${window}`);
        }
    });
});
