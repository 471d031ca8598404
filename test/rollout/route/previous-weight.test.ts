import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import { type Weight, weightsOf } from "../../../rollout/plan/plan.ts";
import { previousWeight, readPreviousWeight } from "../../../rollout/route/previous-weight.ts";
import { type RolloutRecord, weightOf } from "../../../rollout/route/record.ts";
import type { Present } from "../../../rollout/route/transition.ts";
import { plan } from "../../../service/plan.ts";

const weights = weightsOf(plan);

const revision = (name: string) => ({ name, digest: `sha256:${name}` });
const steady = (stable = "v1"): RolloutRecord => ({ kind: "steady", stable: revision(stable) });
const rolling = (weightPercent: Weight, candidate = "v2"): RolloutRecord => ({
    kind: "rolling",
    stable: revision("v1"),
    candidate: revision(candidate),
    weightPercent,
});
const live = (record: RolloutRecord, previousPercent?: Weight): Present => ({
    record,
    routedPercent: weightOf(record),
    ...defined({ previousPercent }),
});

describe("the weight that a step is reached from", () => {
    it.each([
        { what: "a step forward", present: live(rolling(10), 0), wanted: rolling(25), is: 10 },
        { what: "a jump, which the guard refuses", present: live(rolling(10), 0), wanted: rolling(100), is: 10 },
        { what: "a step back", present: live(rolling(50), 25), wanted: rolling(0), is: 50 },
        { what: "the finish", present: live(rolling(100), 50), wanted: steady("v2"), is: 100 },
        { what: "another candidate", present: live(rolling(0), 25), wanted: rolling(0, "v3"), is: 0 },
        { what: "a step after the first deployment", present: live(steady(), 0), wanted: rolling(10), is: 0 },
        { what: "the first deployment", present: "absent" as const, wanted: steady(), is: 0 },
    ])("is where the route stands, at $what", ({ present, wanted, is }) => {
        expect(previousWeight(present, wanted)).toBe(is);
    });

    it("is not known where the route can't be read, nor where it stands already and says nothing", () => {
        expect(previousWeight(undefined, rolling(25))).toBeUndefined();
        expect(previousWeight(live(rolling(25)), rolling(25))).toBeUndefined();
    });

    it("is the same in every run that takes no step, so that such a run changes nothing", () => {
        const record = fc.oneof(
            fc.constantFrom("v1", "v2").map((stable) => steady(stable)),
            fc.tuple(fc.constantFrom(...weights), fc.constantFrom("v2", "v3")).map(([weight, candidate]) => rolling(weight, candidate)),
        );
        fc.assert(
            fc.property(record, record, fc.constantFrom(...weights), (before, wanted, previous) => {
                const first = previousWeight(live(before, previous), wanted);
                expect(previousWeight(live(wanted, first), wanted)).toBe(first);
            }),
        );
    });
});

describe("the annotation", () => {
    it.each([
        ["10", 10],
        ["0", 0],
        ["100", 100],
        ["101", undefined],
        ["", undefined],
        ["ten", undefined],
        [10, undefined],
        [undefined, undefined],
    ])("%j is read as %j", (text, percent) => {
        expect(readPreviousWeight(text)).toBe(percent);
    });
});
