import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { stepClock } from "../../../rollout/watch/step-clock.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const now = "Wed, 25 Nov 2026 09:30:00 GMT";
const nowSeconds = Date.parse(now) / 1_000;

/** When somebody wrote, in seconds before `now`. */
function entry(manager: string, secondsAgo: number, owned: { readonly record?: boolean; readonly rules?: boolean; readonly labels?: boolean }): object {
    const annotations = Object.fromEntries(Object.values(labelKeys.record).map((key) => [`f:${key}`, {}]));
    return {
        manager,
        operation: "Update",
        time: new Date((nowSeconds - secondsAgo) * 1_000).toISOString(),
        fieldsType: "FieldsV1",
        fieldsV1: {
            "f:metadata": { ...(owned.record ? { "f:annotations": annotations } : {}), ...(owned.labels ? { "f:labels": { "f:app": {} } } : {}) },
            ...(owned.rules ? { "f:spec": { "f:rules": {}, "f:hostnames": {} } } : {}),
        },
    };
}

const program = (secondsAgo: number) => entry("pulumi", secondsAgo, { record: true, rules: true, labels: true });

describe("the clock of a step", () => {
    it("runs from the write of the weights and the record to the API server's answer", () => {
        expect(stepClock([program(900)], now, labelKeys)).toEqual({
            kind: "known",
            enteredAt: "2026-11-25T09:15:00.000Z",
            now: "2026-11-25T09:30:00.000Z",
            soakedSeconds: 899,
        });
    });

    it.each([
        { what: "the weights", owned: { rules: true } },
        { what: "the record", owned: { record: true } },
    ])("begins again when somebody else writes $what", ({ owned }) => {
        expect(stepClock([program(900), entry("by-hand", 60, owned)], now, labelKeys)).toMatchObject({ kind: "known", soakedSeconds: 59 });
    });

    it("takes no notice of who writes other fields", () => {
        expect(stepClock([program(900), entry("by-hand", 60, { labels: true })], now, labelKeys)).toMatchObject({ kind: "known", soakedSeconds: 899 });
    });

    it("never shows more than has passed since the newest write, and never less than nothing", () => {
        const write = fc.record({ secondsAgo: fc.integer({ min: -5, max: 100_000 }), record: fc.boolean(), rules: fc.boolean(), labels: fc.boolean() });
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 100_000 }), fc.array(write), (ofProgram, writes) => {
                const entries = [program(ofProgram), ...writes.map(({ secondsAgo, ...owned }) => entry("somebody", secondsAgo, owned))];
                const relevant = writes.filter(({ record, rules }) => record || rules).map(({ secondsAgo }) => secondsAgo);
                const clock = stepClock(entries, now, labelKeys);
                expect(clock).toMatchObject({ kind: "known", soakedSeconds: Math.max(0, Math.min(ofProgram, ...relevant) - 1) });
            }),
        );
    });

    it.each([
        { what: "no date on the answer", entries: [program(900)], date: undefined, reason: "the API server's answer had no date" },
        { what: "a date that is none", entries: [program(900)], date: "soon", reason: "the API server's answer had no date" },
        {
            what: "no notes",
            entries: undefined,
            date: now,
            reason: "the writer of nova.example.com/rollout-percent is unknown: the object's managedFields were removed",
        },
        {
            what: "notes that were taken away",
            entries: [{}],
            date: now,
            reason: "the writer of nova.example.com/rollout-percent is unknown: the object's managedFields were removed",
        },
        {
            what: "no writer of the weights",
            entries: [entry("pulumi", 900, { record: true })],
            date: now,
            reason: "the writer of spec.rules is unknown: the object's managedFields were removed",
        },
        {
            what: "a write without a time",
            entries: [program(900), { ...entry("by-hand", 60, { rules: true }), time: undefined }],
            date: now,
            reason: "it is not noted when by-hand wrote spec.rules",
        },
        {
            what: "a time that is none",
            entries: [{ ...program(900), time: "yesterday" }],
            date: now,
            reason: "it is not noted when pulumi wrote nova.example.com/rollout-percent, nova.example.com/stable, nova.example.com/candidate, spec.rules",
        },
        {
            what: "a write in the future",
            entries: [program(-60)],
            date: now,
            reason: "the step would have been entered 60 s from now: the clocks of the API servers differ",
        },
    ])("is unknown with $what", ({ entries, date, reason }) => {
        expect(stepClock(entries, date, labelKeys)).toMatchObject({ kind: "unknown", reason });
    });

    it("is unknown, and never throws, whatever the notes are", () => {
        fc.assert(
            fc.property(fc.anything(), (notes) => {
                expect(stepClock(notes, now, labelKeys).kind).toBe("unknown");
            }),
        );
    });
});
