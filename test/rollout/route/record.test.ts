import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeRecord, encodeRecord, weightOf } from "../../../rollout/route/record.ts";
import { anyRecord, rolling, steady } from "../arbitraries.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const keys = Object.values(labelKeys.record);

describe("the annotations of a record", () => {
    it("give back the record they were made from", () => {
        fc.assert(
            fc.property(anyRecord, (record) => {
                expect(decodeRecord(encodeRecord(record, labelKeys), labelKeys)).toEqual(record);
            }),
        );
    });

    it("are read among others", () => {
        fc.assert(
            fc.property(anyRecord, fc.dictionary(fc.string(), fc.anything()), (record, others) => {
                expect(decodeRecord({ ...others, ...encodeRecord(record, labelKeys) }, labelKeys)).toEqual(
                    record.kind === "steady" && labelKeys.record.candidate in others ? undefined : record,
                );
            }),
        );
    });

    it("show the candidate's weight, which is 0 when there is no candidate", () => {
        expect(encodeRecord(rolling(25), labelKeys)[labelKeys.record.weightPercent]).toBe("25");
        expect(encodeRecord(steady(), labelKeys)[labelKeys.record.weightPercent]).toBe("0");
        expect(weightOf(steady())).toBe(0);
    });

    it("are not read when they are garbage", () => {
        const garbage = fc.record(Object.fromEntries(keys.map((key) => [key, fc.anything()])), { requiredKeys: [] });
        fc.assert(
            fc.property(garbage, (annotations) => {
                expect(decodeRecord(annotations, labelKeys)).toBeUndefined();
            }),
        );
    });

    it("are not read when one of them is damaged, whichever it is", () => {
        fc.assert(
            fc.property(anyRecord, fc.constantFrom(...keys), fc.string(), (record, key, damage) => {
                const whole = encodeRecord(record, labelKeys);
                fc.pre(damage !== whole[key]);
                const read = decodeRecord({ ...whole, [key]: damage }, labelKeys);
                // Only another weight of the plan, written as the plan writes it, is a readable change.
                expect(read === undefined || (key === labelKeys.record.weightPercent && String(weightOf(read)) === damage)).toBe(true);
            }),
        );
    });

    it.each([
        { case: "no weight", change: { [labelKeys.record.weightPercent]: undefined } },
        { case: "a weight above 100", change: { [labelKeys.record.weightPercent]: "101" } },
        { case: "a weight with a sign", change: { [labelKeys.record.weightPercent]: "+25" } },
        { case: "a weight with zeros before it", change: { [labelKeys.record.weightPercent]: "025" } },
        { case: "a number for text", change: { [labelKeys.record.weightPercent]: 25 } },
        { case: "no stable revision", change: { [labelKeys.record.stable]: undefined } },
        { case: "a stable revision without a digest", change: { [labelKeys.record.stable]: "v1" } },
        { case: "a weight without a candidate", change: { [labelKeys.record.candidate]: undefined } },
        { case: "an empty candidate", change: { [labelKeys.record.candidate]: "" } },
        { case: "a candidate with a digest cut short", change: { [labelKeys.record.candidate]: "v2@sha256:abc" } },
    ])("are not read with $case", ({ change }) => {
        expect(decodeRecord({ ...encodeRecord(rolling(25), labelKeys), ...change }, labelKeys)).toBeUndefined();
    });
});
