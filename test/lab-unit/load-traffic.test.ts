import { randomLcg } from "d3-random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Arrivals } from "../../lab/load/arrivals.ts";
import { latencyBoundsMs } from "../../lab/load/counts.ts";
import { drawRequest, mix } from "../../lab/load/mix.ts";
import { UserTally, sumOf } from "../../lab/load/user-tally.ts";
import { answerOf } from "../../lab/workload/catalogue.ts";
import { callOf, routeNames } from "../../lab/workload/route.ts";

describe("the mix of requests", () => {
    it("adds up to one", () => {
        expect(Object.values(mix).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    });

    it.each(routeNames)("has its share of %s", (route) => {
        const random = randomLcg(0.5);
        const drawn = Array.from({ length: 20_000 }, () => drawRequest(random)).filter((request) => request.route === route).length;
        expect(drawn / 20_000).toBeCloseTo(mix[route], 1.7);
    });

    it("asks only for what the service has, on the route that it says", () => {
        fc.assert(
            fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (seed) => {
                const { route, method, path, body } = drawRequest(randomLcg(seed));
                const call = callOf(method, path);
                expect(call).toMatchObject({ kind: route, route });
                expect(body === undefined).toBe(route !== "engagement");
                if (call.kind !== "engagement" && call.kind !== "checkout" && "route" in call && call.kind !== "bad") {
                    expect(answerOf(call, 0)?.videos.length).toBeGreaterThan(0);
                }
            }),
        );
    });

    it("is the same for the same seed", () => {
        const [one, other] = [randomLcg(7), randomLcg(7)];
        const requests = (random: () => number) => Array.from({ length: 50 }, () => drawRequest(random));
        expect(requests(one)).toEqual(requests(other));
    });
});

describe("arrivals", () => {
    it("come at their rate on average, and unevenly", () => {
        const times = new Arrivals(500, randomLcg(0.5), 0).due(20_000);
        expect(times.length / 20).toBeGreaterThan(480);
        expect(times.length / 20).toBeLessThan(520);
        const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
        expect(Math.max(...gaps)).toBeGreaterThan(10);
        expect(Math.min(...gaps)).toBeLessThan(0.1);
    });

    it("are the same however often one looks", () => {
        const [seldom, often] = [new Arrivals(100, randomLcg(3), 0), new Arrivals(100, randomLcg(3), 0)];
        expect(Array.from({ length: 100 }, (_, index) => often.due((index + 1) * 10)).flat()).toEqual(seldom.due(1_000));
    });

    it("that were late to be looked at are not lost", () => {
        const arrivals = new Arrivals(100, randomLcg(3), 0);
        const late = arrivals.due(5_000);
        expect(late.length).toBeGreaterThan(400);
        expect(late.every((time) => time <= 5_000)).toBe(true);
    });

    it("stop at a rate of 0, and go on at the next rate", () => {
        const arrivals = new Arrivals(100, randomLcg(3), 0);
        arrivals.setRate(0, 1_000);
        expect(arrivals.due(1_000_000)).toEqual([]);
        arrivals.setRate(1_000, 1_000_000);
        expect(arrivals.due(1_001_000).every((time) => time > 1_000_000)).toBe(true);
        expect(new Arrivals(0, randomLcg(3), 0).due(1e9)).toEqual([]);
    });
});

describe("what users saw", () => {
    const good = { revision: "v1", latencyMs: 40, reason: undefined };

    it("is counted for each revision and each second", () => {
        const tally = new UserTally(10_000);
        for (const [atMs, outcome] of [
            [10_100, good],
            [10_900, { ...good, revision: "v2", reason: "500" }],
            [12_000, { ...good, reason: "timeout" }],
        ] as const) {
            tally.sent();
            tally.ended(outcome, atMs);
        }
        tally.sent();
        tally.notSent();
        const counts = tally.counts(12_500);
        expect(counts).toMatchObject({ startedAtMs: 10_000, countedAtMs: 12_500, sent: 4, notSent: 1 });
        expect(counts.total).toMatchObject({ requests: 3, failures: 2, failuresByReason: { "500": 1, timeout: 1 } });
        expect(counts.byRevision.v2).toMatchObject({ requests: 1, failures: 1, failuresByReason: { "500": 1 } });
        expect(counts.seconds.map(({ atMs, byRevision }) => [atMs, Object.keys(byRevision)])).toEqual([
            [10_000, ["v1", "v2"]],
            [12_000, ["v1"]],
        ]);
    });

    it.each([
        { latencyMs: 5, bucket: 0 },
        { latencyMs: 5.1, bucket: 1 },
        { latencyMs: 300, bucket: latencyBoundsMs.indexOf(300) },
        { latencyMs: 9_999, bucket: latencyBoundsMs.length },
    ])("puts $latencyMs ms into bucket $bucket", ({ latencyMs, bucket }) => {
        const tally = new UserTally(0);
        tally.ended({ ...good, latencyMs }, 0);
        expect(tally.counts(0).total.latency.findIndex((count) => count === 1)).toBe(bucket);
    });

    it("adds up: all revisions are the total, all seconds too", () => {
        const outcome = fc.record({
            revision: fc.constantFrom("v1", "v2", "unknown"),
            latencyMs: fc.double({ min: 0, max: 20_000, noNaN: true }),
            reason: fc.constantFrom(undefined, "500", "503", "connection"),
        });
        fc.assert(
            fc.property(fc.array(fc.tuple(outcome, fc.integer({ min: 0, max: 5_000 }))), (ended) => {
                const tally = new UserTally(0);
                for (const [one, atMs] of ended) {
                    tally.ended(one, atMs);
                }
                const { total, byRevision, seconds } = tally.counts(5_000);
                expect(total.requests).toBe(ended.length);
                expect(total.latency.reduce((sum, count) => sum + count, 0)).toBe(ended.length);
                expect(Object.values(total.failuresByReason).reduce((sum, count) => sum + count, 0)).toBe(total.failures);
                expect(sumOf(Object.values(byRevision))).toEqual(total);
                expect(sumOf(seconds.flatMap((second) => Object.values(second.byRevision)))).toEqual(total);
            }),
        );
    });
});
