import { describe, expect, it } from "vitest";

import { judgeTraffic } from "../../../rollout/doctor/traffic.ts";
import type { Observation } from "../../../rollout/gate/evidence.ts";

const rate = (value: number): Observation<number> => ({ kind: "observed", value });
const traffic = (requestsPerSecond: Observation<number>) => ({
    requestsPerSecond,
    cacheHitsPerSecond: rate(0),
    cacheMissesPerSecond: rate(0),
    eventsPerSecond: rate(0),
    waived: {},
});
const never = { kind: "never", why: "there are no requests", unseen: true } as const;
const step = (tooSlow: readonly string[]) => ({
    weightPercent: 10,
    criteria: [],
    soakSeconds: 900,
    limitSeconds: 1_800,
    tooSlow: tooSlow.map((criterion) => ({ criterion, title: criterion, clean: never, half: never })),
});

describe("the traffic that gates need", () => {
    it("is there where every criterion of each step can be shown", () => {
        expect(judgeTraffic({ traffic: traffic(rate(80)), steps: [step([])] }).state).toBe("ok");
    });

    it("is missing where even a clean candidate can't show one in time, which is named with its step", () => {
        expect(judgeTraffic({ traffic: traffic(rate(0.2)), steps: [step([]), step(["canary-error-ratio"])] })).toMatchObject({
            state: "problem",
            text: expect.stringContaining("canary-error-ratio in time at 10 %") as string,
        });
    });

    it("is unknown where nothing says what users do", () => {
        expect(judgeTraffic({ traffic: traffic({ kind: "missing", reason: "Prometheus gave no answer" }), steps: [step([])] }).state).toBe("unknown");
    });
});
