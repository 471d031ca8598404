import { describe, expect, it } from "vitest";

import { describeMove, moveBetween, nextMove } from "../../../rollout/plan/move.ts";
import { revision, rolling, steady } from "../arbitraries.ts";
import { plan } from "../../../service/plan.ts";

const content = { stable: revision("v1"), candidate: revision("v2") };

describe("a move", () => {
    it.each([
        { what: "a step forward", present: rolling(10), wanted: rolling(25), move: { ...content, from: 10, to: 25 } },
        { what: "a candidate that is declared and stepped in one change", present: steady(), wanted: rolling(10), move: { ...content, from: 0, to: 10 } },
        { what: "the finish", present: rolling(100), wanted: steady("v2"), move: { ...content, from: 100, to: "finished" } },
        { what: "another candidate at 0, stepped in one change", present: rolling(0, "v3"), wanted: rolling(10), move: { ...content, from: 0, to: 10 } },
    ])("is $what", ({ present, wanted, move }) => {
        expect(moveBetween(present, wanted)).toEqual(move);
    });

    it.each([
        { what: "a step back", present: rolling(50), wanted: rolling(25) },
        { what: "no change", present: rolling(25), wanted: rolling(25) },
        { what: "a candidate that is declared", present: steady(), wanted: rolling(0) },
        { what: "a candidate that is withdrawn", present: rolling(50), wanted: steady() },
        { what: "a stable revision alone", present: steady(), wanted: steady() },
    ])("is not $what", ({ present, wanted }) => {
        expect(moveBetween(present, wanted)).toBeUndefined();
    });

    it.each([
        { at: rolling(0), to: 10 },
        { at: rolling(10), to: 25 },
        { at: rolling(25), to: 50 },
        { at: rolling(50), to: 100 },
        { at: rolling(100), to: "finished" },
    ])("from $at.weightPercent % leads next to $to", ({ at, to }) => {
        expect(nextMove(plan, at)).toEqual({ ...content, from: at.weightPercent, to });
    });

    it("reads as people say it", () => {
        expect(describeMove({ ...content, from: 10, to: 25 })).toBe("v2 from 10 % to 25 %");
        expect(describeMove({ ...content, from: 100, to: "finished" })).toBe("v2 from 100 % to the stable revision");
    });
});
