import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { falseAlarm } from "../../../bench/judge/detector.ts";
import { type DetectorState, type NewCounts, detect, nothingCounted } from "../../../rollout/watch/sequential.ts";

/** Reads one after another until the alarm. Gives back which reading raised it, from 1, or undefined. */
function alarmAt(readings: Iterable<NewCounts>): { readonly reading: number; readonly reason: string } | undefined {
    let state: DetectorState = nothingCounted;
    let reading = 0;
    for (const counts of readings) {
        reading += 1;
        const found = detect(state, counts);
        if (found.alarm.kind === "rollback") {
            return { reading, reason: found.alarm.reason };
        }
        state = found.state;
    }
    return undefined;
}

const good: NewCounts = { total: 1, failed: 0, timed: 1, slow: 0 };
const failed: NewCounts = { total: 1, failed: 1, timed: 1, slow: 0 };
const slow: NewCounts = { total: 1, failed: 0, timed: 1, slow: 1 };

function repeated(times: number, ...readings: readonly NewCounts[]): readonly NewCounts[] {
    return Array.from({ length: times }, () => readings).flat();
}

describe("the detector", () => {
    it.each([
        { what: "every request fails", readings: repeated(100, failed), reading: 4, reason: "4 of the last 4 requests failed: more than 5 %" },
        { what: "every second request fails", readings: repeated(100, failed, good), reading: 11, reason: "6 of the last 11 requests failed: more than 5 %" },
        {
            what: "every fifth request fails",
            readings: repeated(100, failed, good, good, good, good),
            reading: 36,
            reason: "8 of the last 36 requests failed: more than 5 %",
        },
        {
            what: "every second request is slow",
            readings: repeated(100, slow, good),
            reading: 11,
            reason: "6 of the last 11 requests took longer than 1 s: more than 5 %",
        },
    ])("raises the alarm at request $reading when $what", ({ readings, reading, reason }) => {
        expect(alarmAt(readings)).toEqual({ reading, reason });
    });

    it("is not slower after hours without a fault", () => {
        const hours = repeated(50, { total: 10_000, failed: 5, timed: 10_000, slow: 5 });
        expect(alarmAt([...hours, ...repeated(100, failed, good)])?.reading).toBe(hours.length + 11);
    });

    it.each([0.001, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05])("never raises it for a share of %d, evenly spread", (share) => {
        const size = Math.round(1 / share);
        expect(alarmAt(repeated(2_000, { total: size, failed: 1, timed: size, slow: 1 }))).toBeUndefined();
    });

    it.each([
        { failures: 4, alarm: false },
        { failures: 7, alarm: false },
        { failures: 8, alarm: true },
    ])("says $alarm to $failures requests that all fail within the first reading, and good ones after it", ({ failures, alarm }) => {
        const after = repeated(2_000, { total: 6, failed: 0, timed: 6, slow: 0 });
        expect(alarmAt([{ total: failures, failed: failures, timed: failures, slow: 0 }, ...after]) !== undefined).toBe(alarm);
    });

    it("lets a burst be forgotten: the next one, minutes later, is alone again", () => {
        const burst = { total: 7, failed: 7, timed: 7, slow: 0 };
        expect(alarmAt(repeated(20, burst, ...repeated(200, { total: 6, failed: 0, timed: 6, slow: 0 })))).toBeUndefined();
    });

    it("raises 3 false alarms at the most in 1,000 rollouts of 27,000 requests of which 1 % fail", () => {
        const alarms = Array.from({ length: 1_000 }, (_, index) => falseAlarm(`test ${String(index)}`, 0.01, 27_000)).filter(Boolean);
        expect(alarms.length).toBeLessThanOrEqual(3);
    });

    it.each<NewCounts>([
        { total: Number.NaN, failed: 0, timed: 10, slow: 0 },
        { total: 10, failed: Number.POSITIVE_INFINITY, timed: 10, slow: 0 },
        { total: 10, failed: -1, timed: 10, slow: 0 },
        { total: 10, failed: 11, timed: 10, slow: 0 },
        { total: 10, failed: 0, timed: 10, slow: Number.NaN },
        { total: 10, failed: 0, timed: 10, slow: 11 },
        { total: 10, failed: 0, timed: Number.NaN, slow: 0 },
    ])("learns nothing from %o, which is no measurement", (counts) => {
        const { state } = detect(nothingCounted, failed);
        expect(detect(state, counts)).toEqual({ state, alarm: { kind: "continue" } });
    });

    it("keeps the alarm up while requests go on failing, so that a lost alarm comes again", () => {
        let state = nothingCounted;
        const alarms = repeated(12, failed).map((counts) => {
            const found = detect(state, counts);
            state = found.state;
            return found.alarm.kind;
        });
        expect(alarms).toEqual([...repeated(3, failed).map(() => "continue"), ...repeated(9, failed).map(() => "rollback")]);
    });

    it("is never calmer when more requests of the same readings fail", () => {
        const readings = fc.array(
            fc.record({ total: fc.integer({ min: 1, max: 40 }), share: fc.double({ min: 0, max: 0.4, noNaN: true }), more: fc.integer({ min: 0, max: 5 }) }),
            { minLength: 1, maxLength: 60 },
        );
        fc.assert(
            fc.property(readings, (drawn) => {
                const counts = drawn.map(({ total, share }) => ({ total, failed: Math.floor(total * share), timed: total, slow: 0 }));
                const worse = counts.map((one, index) => ({ ...one, failed: Math.min(one.total, one.failed + (drawn[index]?.more ?? 0)) }));
                const [before, after] = [alarmAt(counts)?.reading ?? Number.POSITIVE_INFINITY, alarmAt(worse)?.reading ?? Number.POSITIVE_INFINITY];
                expect(after).toBeLessThanOrEqual(before);
            }),
        );
    });
});
