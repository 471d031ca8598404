import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeRecord, encodeRecord, recordAnnotations, weightOf } from "../../../rollout/route/record.ts";
import { anyRecord, rolling, steady } from "../arbitraries.ts";

const keys = Object.values(recordAnnotations);

describe("the annotations of a record", () => {
    it("give back the record they were made from", () => {
        fc.assert(
            fc.property(anyRecord, (record) => {
                expect(decodeRecord(encodeRecord(record))).toEqual(record);
            }),
        );
    });

    it("are read among others", () => {
        fc.assert(
            fc.property(anyRecord, fc.dictionary(fc.string(), fc.anything()), (record, others) => {
                expect(decodeRecord({ ...others, ...encodeRecord(record) })).toEqual(
                    record.kind === "steady" && recordAnnotations.candidate in others ? undefined : record,
                );
            }),
        );
    });

    it("show the candidate's weight, which is 0 when there is no candidate", () => {
        expect(encodeRecord(rolling(25))[recordAnnotations.weightPercent]).toBe("25");
        expect(encodeRecord(steady())[recordAnnotations.weightPercent]).toBe("0");
        expect(weightOf(steady())).toBe(0);
    });

    it("are not read when they are garbage", () => {
        const garbage = fc.record(Object.fromEntries(keys.map((key) => [key, fc.anything()])), { requiredKeys: [] });
        fc.assert(
            fc.property(garbage, (annotations) => {
                expect(decodeRecord(annotations)).toBeUndefined();
            }),
        );
    });

    it("are not read when one of them is damaged, whichever it is", () => {
        fc.assert(
            fc.property(anyRecord, fc.constantFrom(...keys), fc.string(), (record, key, damage) => {
                const whole = encodeRecord(record);
                fc.pre(damage !== whole[key]);
                const read = decodeRecord({ ...whole, [key]: damage });
                // Only another weight of the plan, written as the plan writes it, is a readable change.
                expect(read === undefined || (key === recordAnnotations.weightPercent && String(weightOf(read)) === damage)).toBe(true);
            }),
        );
    });

    it.each([
        { case: "no weight", change: { [recordAnnotations.weightPercent]: undefined } },
        { case: "a weight above 100", change: { [recordAnnotations.weightPercent]: "101" } },
        { case: "a weight with a sign", change: { [recordAnnotations.weightPercent]: "+25" } },
        { case: "a weight with zeros before it", change: { [recordAnnotations.weightPercent]: "025" } },
        { case: "a number for text", change: { [recordAnnotations.weightPercent]: 25 } },
        { case: "no stable revision", change: { [recordAnnotations.stable]: undefined } },
        { case: "a stable revision without a digest", change: { [recordAnnotations.stable]: "v1" } },
        { case: "a weight without a candidate", change: { [recordAnnotations.candidate]: undefined } },
        { case: "an empty candidate", change: { [recordAnnotations.candidate]: "" } },
        { case: "a candidate with a digest cut short", change: { [recordAnnotations.candidate]: "v2@sha256:abc" } },
    ])("are not read with $case", ({ change }) => {
        expect(decodeRecord({ ...encodeRecord(rolling(25)), ...change })).toBeUndefined();
    });
});
