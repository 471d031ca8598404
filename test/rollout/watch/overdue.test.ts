import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { LatencyHistogram } from "../../../rollout/gate/evidence.ts";
import { type TimedReading, type TimedState, slowSeconds, timedSince } from "../../../rollout/watch/overdue.ts";
import { type DetectorState, detect, nothingCounted } from "../../../rollout/watch/sequential.ts";

const boundsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, Infinity];

/** One request: when it came, in seconds, and how long it takes; Infinity where it is never answered. */
interface Request {
    readonly atSeconds: number;
    readonly takesSeconds: number;
}

/** When a process is asked, when its page is of, and when it has answered. */
interface Moment {
    readonly askedAtSeconds: number;
    readonly shownAtSeconds: number;
    readonly answeredAtSeconds: number;
}

function readingAt(requests: readonly Request[], { askedAtSeconds, shownAtSeconds, answeredAtSeconds }: Moment, showsTimes = true): TimedReading {
    const come = requests.filter(({ atSeconds }) => atSeconds <= shownAtSeconds);
    const ended = come.filter(({ atSeconds, takesSeconds }) => atSeconds + takesSeconds <= shownAtSeconds);
    const counts = boundsSeconds.map((bound, index) => ended.filter(({ takesSeconds: t }) => t <= bound && t > (boundsSeconds[index - 1] ?? -1)).length);
    const histogram: LatencyHistogram = showsTimes ? { boundsSeconds, counts } : { boundsSeconds: [Infinity], counts: [ended.length] };
    return {
        askedAtSeconds,
        answeredAtSeconds,
        underWay: come.length - ended.length,
        ended: histogram,
        timed: ended.length,
        slow: ended.filter(({ takesSeconds }) => takesSeconds > slowSeconds).length,
    };
}

/** Reads one after another. Gives back what was counted in all. */
function countedBy(readings: readonly TimedReading[]): { readonly timed: number; readonly slow: number } {
    let state: TimedState | undefined;
    let [timed, slow] = [0, 0];
    for (const reading of readings) {
        const found = timedSince(state, reading);
        state = found.state;
        timed += found.timed;
        slow += found.slow;
        expect(found.slow).toBeLessThanOrEqual(found.timed);
    }
    return { timed, slow };
}

const momentsFor = (seconds: number): fc.Arbitrary<readonly Moment[]> =>
    fc
        .array(
            fc.record({
                gap: fc.double({ min: 0.01, max: 0.8, noNaN: true }),
                asks: fc.double({ min: 0, max: 0.3, noNaN: true }),
                share: fc.double({ min: 0, max: 1, noNaN: true }),
            }),
            {
                minLength: Math.ceil(seconds / 0.4),
                maxLength: Math.ceil(seconds / 0.2),
            },
        )
        .map((steps) => {
            let now = 0;
            return steps.map(({ gap, asks, share }) => {
                const askedAtSeconds = now + gap;
                now = askedAtSeconds + asks;
                return { askedAtSeconds, shownAtSeconds: askedAtSeconds + share * asks, answeredAtSeconds: now };
            });
        });

const requestsTaking = (takes: fc.Arbitrary<number>): fc.Arbitrary<readonly Request[]> =>
    fc
        .array(fc.record({ atSeconds: fc.double({ min: 0, max: 6, noNaN: true }), takesSeconds: takes, together: fc.integer({ min: 1, max: 40 }) }), {
            maxLength: 60,
        })
        .map((all) => all.flatMap(({ together, ...request }) => Array.from({ length: together }, () => request)));

const healthy = fc.double({ min: 0, max: slowSeconds, noNaN: true });

describe("what is overdue", () => {
    it.each([true, false])("never counts a request that takes a second or less, in bursts or not, however readings fall (times shown: %s)", (showsTimes) => {
        fc.assert(
            fc.property(requestsTaking(healthy), momentsFor(6), (requests, moments) => {
                expect(countedBy(moments.map((moment) => readingAt(requests, moment, showsTimes))).slow).toBe(0);
            }),
        );
    });

    it("never counts more than the requests that were slow, each once", () => {
        const any = fc.oneof(healthy, fc.double({ min: 1, max: 4, noNaN: true }), fc.constant(Infinity));
        fc.assert(
            fc.property(requestsTaking(any), momentsFor(6), (requests, moments) => {
                const last = moments.at(-1)?.shownAtSeconds ?? 0;
                const slow = requests.filter(({ atSeconds, takesSeconds }) => takesSeconds > slowSeconds && last - atSeconds > slowSeconds);
                const come = requests.filter(({ atSeconds }) => atSeconds <= last);
                const counted = countedBy(moments.map((moment) => readingAt(requests, moment)));
                expect(counted.slow).toBeLessThanOrEqual(slow.length);
                expect(counted.timed).toBeLessThanOrEqual(come.length);
            }),
        );
    });

    it("counts every request that hangs, a second and a reading later, where nothing is answered", () => {
        const requests = Array.from({ length: 100 }, (_, index) => ({ atSeconds: 1 + index / 25, takesSeconds: Infinity }));
        const moments = Array.from({ length: 40 }, (_, index) => index / 5).map((at) => ({ askedAtSeconds: at, shownAtSeconds: at, answeredAtSeconds: at }));

        expect(countedBy(moments.map((moment) => readingAt(requests, moment)))).toEqual({ timed: 100, slow: 100 });
    });

    it("counts a request that was overdue and is answered then once", () => {
        const requests = Array.from({ length: 10 }, () => ({ atSeconds: 0.1, takesSeconds: 1.9 }));
        const moments = Array.from({ length: 40 }, (_, index) => index / 5).map((at) => ({ askedAtSeconds: at, shownAtSeconds: at, answeredAtSeconds: at }));

        expect(countedBy(moments.map((moment) => readingAt(requests, moment)))).toEqual({ timed: 10, slow: 10 });
    });

    it("sees no hang where the requests under way aren't shown, and still counts slow answers", () => {
        const requests = [
            { atSeconds: 0.1, takesSeconds: Infinity },
            { atSeconds: 0.1, takesSeconds: 1.5 },
        ];
        const moments = Array.from({ length: 20 }, (_, index) => index / 5).map((at) => ({ askedAtSeconds: at, shownAtSeconds: at, answeredAtSeconds: at }));
        const readings = moments.map((moment): TimedReading => {
            const { askedAtSeconds, answeredAtSeconds, ended, timed, slow } = readingAt(requests, moment);
            return { askedAtSeconds, answeredAtSeconds, ended, timed, slow };
        });

        expect(countedBy(readings)).toEqual({ timed: 1, slow: 1 });
    });

    it.each([1, 5, 25, 100, 500])("raises the alarm at %d requests a second, once nothing is answered for long", (perSecond) => {
        const requests = Array.from({ length: perSecond * 20 }, (_, index) => ({
            atSeconds: index / perSecond,
            takesSeconds: index / perSecond < 5 ? 0.1 : Infinity,
        }));
        let [timed, detector, alarmAt]: [TimedState | undefined, DetectorState, number | undefined] = [undefined, nothingCounted, undefined];
        for (let at = 0; at < 20 && alarmAt === undefined; at += 0.2) {
            const found = timedSince(timed, readingAt(requests, { askedAtSeconds: at, shownAtSeconds: at, answeredAtSeconds: at }));
            const looked = detect(detector, { total: 0, failed: 0, timed: found.timed, slow: found.slow });
            [timed, detector, alarmAt] = [found.state, looked.state, looked.alarm.kind === "rollback" ? at : undefined];
        }

        expect(alarmAt).toBeGreaterThan(6);
        expect(alarmAt).toBeLessThan(6 + 0.4 + 5 / perSecond);
    });
});
