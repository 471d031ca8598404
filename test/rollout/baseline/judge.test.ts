import { describe, expect, it } from "vitest";

import { judgeBaseline } from "../../../rollout/baseline/judge.ts";
import { defaultBaselineLimits } from "../../../rollout/baseline/limits.ts";
import { type BaselineReport, baselineReport } from "../../../rollout/baseline/report.ts";
import { profile } from "../../../service/profile.ts";
import { goodBaseline, hour, imageDigest } from "./report.ts";

const expected = { profile, imageDigest, limits: defaultBaselineLimits, ageDays: 14, now: hour(48) };
const [first, second, third, last] = goodBaseline.parts;
const withLast = (change: Partial<BaselineReport["parts"][number]>): BaselineReport["parts"] =>
    [first, second, third, last === undefined ? undefined : { ...last, ...change }].filter((part) => part !== undefined);

describe("a baseline", () => {
    it("passes when it is whole and keeps all thresholds", () => {
        expect(judgeBaseline(goodBaseline, expected)).toMatchObject({ state: "passed", evidence: { revision: "v1-1-0", requests: 1_000_000 } });
    });

    it.each<{ readonly what: string; readonly change: Partial<BaselineReport>; readonly text: RegExp }>([
        { what: "is about another image", change: { image: `x/y@sha256:${"b".repeat(64)}` }, text: /not the candidate's/ },
        { what: "covers too short a time", change: { window: { from: hour(1), to: hour(24), hours: 24 } }, text: /23\.0 h, not 24 h/ },
        { what: "is old", change: { window: { from: hour(-480), to: hour(-456), hours: 24 } }, text: /days old/ },
        { what: "is of the future", change: { window: { from: hour(48), to: hour(72), hours: 24 } }, text: /later than now/ },
        { what: "has three requests", change: { requests: 3, requestsPerSecond: 0.001 }, text: /3 requests, fewer than 10000/ },
        { what: "has no requests for six hours", change: { parts: withLast({ requests: 3 }) }, text: /has 3 requests, fewer than 100/ },
        { what: "is full of holes", change: { coverage: { ...goodBaseline.coverage, ratio: 0.94 } }, text: /94\.0 % of its time/ },
        { what: "has one long hole", change: { coverage: { ...goodBaseline.coverage, longestGapSeconds: 1_200 } }, text: /a gap of 20 min/ },
        { what: "was down", change: { errorRatio: 0.0011 }, text: /uptime at least 99\.9 %: it is 0\.99/ },
        { what: "has errors", change: { errorRatio: 0.001 }, text: /errors below 0\.1 %: it is 0\.001/ },
        {
            what: "has errors in one part, and few on the whole",
            change: { parts: withLast({ errorRatio: 0.002 }) },
            text: /errors below 0\.1 %: it is 0\.002 from/,
        },
        { what: "gets slower and slower", change: { parts: withLast({ latencyP95Seconds: 0.14 }) }, text: /p95 went from 90 ms .* to 140 ms/ },
        { what: "is slow on hits", change: { latencyP95HitSeconds: 0.101 }, text: /100 ms on cache hits/ },
        { what: "is slow on misses", change: { latencyP95MissSeconds: 0.301 }, text: /300 ms on cache misses/ },
        { what: "misses the cache", change: { cacheHitRatio: 0.94 }, text: /cache hits at least 95 %/ },
        { what: "needs the processor", change: { cpuUtilisationRatio: 0.5 }, text: /CPU below 50 %/ },
        { what: "needs memory", change: { memoryBytes: 300 * 2 ** 20 }, text: /memory below 300 Mi/ },
        { what: "grows", change: { memoryGrowthBytesPerHour: 4 * 2 ** 20 }, text: /no pod's memory grows/ },
        { what: "restarted", change: { restarts: 1 }, text: /no container restarted: it is 1/ },
        { what: "has a number that is none", change: { errorRatio: Number.NaN }, text: /it is NaN/ },
        { what: "has a probe that failed", change: { probes: { ...goodBaseline.probes, search: "failed" } }, text: /probe 'search' passes: it is failed/ },
        { what: "says nothing of probes", change: { probes: {} }, text: /it is not reported/ },
    ])("fails when it $what", ({ change, text }) => {
        expect(judgeBaseline({ ...goodBaseline, ...change }, expected)).toMatchObject({ state: "failed", text: expect.stringMatching(text) as string });
    });

    it("fails when it has nothing of what a criterion needs", () => {
        const { memoryBytes, ...without } = goodBaseline;
        expect(memoryBytes).toBeDefined();
        expect(judgeBaseline(without, expected)).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/memory below 300 Mi.*it is not reported/) as string,
        });
    });

    it("is bound by the limits of the stack", () => {
        const short = { ...goodBaseline, window: { from: hour(22), to: hour(24), hours: 2 }, requests: 500 };
        const limits = { hours: 2, requests: 400, coveredPercent: 95, gapMinutes: 15 };
        expect(judgeBaseline(short, { ...expected, limits }).state).toBe("passed");
        expect(judgeBaseline(short, expected).state).toBe("failed");
    });
});

describe("the file of a baseline", () => {
    it("reads back as it was written", () => {
        expect(baselineReport(JSON.parse(JSON.stringify(goodBaseline)))).toEqual(goodBaseline);
    });

    it.each([
        { what: "another form", change: { schema: "progressive-rollout/baseline/2" }, text: /schema/ },
        { what: "an image without a digest", change: { image: "registry.example.com/shop/checkout:1.1.0" }, text: /no digest/ },
        { what: "a ratio above one", change: { errorRatio: 1.5 }, text: /errorRatio/ },
        { what: "a number that is none", change: { requests: null }, text: /requests/ },
        { what: "a key that is not known", change: { note: "all is well" }, text: /note/ },
        { what: "no parts", change: { parts: [] }, text: /parts/ },
    ])("is refused with $what", ({ change, text }) => {
        expect(() => baselineReport({ ...goodBaseline, ...change })).toThrow(text);
    });
});
