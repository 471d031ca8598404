import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { weightOf } from "../../../rollout/route/record.ts";
import { backendsOf, shareOf } from "../../../rollout/route/traffic.ts";
import { anyRecord, rolling, steady } from "../arbitraries.ts";

describe("the backends of a record", () => {
    it("have explicit weights that add up to 100", () => {
        fc.assert(
            fc.property(anyRecord, (record) => {
                const weights = backendsOf(record).map((backend) => backend.weightPercent);
                expect(weights.every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
                expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(100);
            }),
        );
    });

    it("give the candidate exactly its weight", () => {
        fc.assert(
            fc.property(anyRecord, (record) => {
                fc.pre(record.kind === "steady" || record.candidate.name !== record.stable.name);
                const backends = backendsOf(record).map(({ revision, weightPercent }) => ({ revision, weight: weightPercent }));
                expect(100 - shareOf(record.stable.name, backends)).toBe(weightOf(record));
            }),
        );
    });

    it.each([
        { record: steady(), backends: [{ revision: "v1", weightPercent: 100 }] },
        {
            record: rolling(0),
            backends: [
                { revision: "v1", weightPercent: 100 },
                { revision: "v2", weightPercent: 0 },
            ],
        },
        {
            record: rolling(25),
            backends: [
                { revision: "v1", weightPercent: 75 },
                { revision: "v2", weightPercent: 25 },
            ],
        },
        { record: rolling(100), backends: [{ revision: "v2", weightPercent: 100 }] },
    ])("are $backends", ({ record, backends }) => {
        expect(backendsOf(record)).toEqual(backends);
    });
});

describe("a revision's share", () => {
    it.each([
        {
            case: "of weights that add up to 100",
            backends: [
                { revision: "v1", weight: 90 },
                { revision: "v2", weight: 10 },
            ],
            share: 90,
        },
        {
            case: "of weights that don't",
            backends: [
                { revision: "v1", weight: 3 },
                { revision: "v2", weight: 1 },
            ],
            share: 75,
        },
        {
            case: "of a revision that is there twice",
            backends: [
                { revision: "v1", weight: 1 },
                { revision: "v1", weight: 1 },
            ],
            share: 100,
        },
        { case: "when all weights are 0", backends: [{ revision: "v1", weight: 0 }], share: 0 },
        { case: "when it is not there", backends: [{ revision: "v2", weight: 1 }], share: 0 },
        { case: "when there are no backends", backends: [], share: 0 },
    ])("$case is $share %", ({ backends, share }) => {
        expect(shareOf("v1", backends)).toBe(share);
    });
});
