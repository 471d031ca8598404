import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { Observation } from "../../../rollout/gate/evidence.ts";
import { type Traffic, outlooksOf } from "../../../rollout/gate/forecast.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import { type LackOfEvidence, judgeForecast } from "../../../rollout/preflight/forecast.ts";
import { profile } from "../../../service/profile.ts";

const observed = (value: number): Observation<number> => ({ kind: "observed", value });
const users = (requests: number, change: Partial<Traffic> = {}): Traffic => ({
    requestsPerSecond: observed(requests),
    cacheHitsPerSecond: observed(requests * 0.96),
    cacheMissesPerSecond: observed(requests * 0.04),
    eventsPerSecond: observed(requests * 0.1),
    waived: {},
    ...change,
});
const schedule = scheduleFor(profile.plan, { timeScale: 1, environment: "prod" });

function judged(traffic: Traffic, lackOfEvidence: LackOfEvidence, from = 0) {
    return judgeForecast({ traffic, steps: outlooksOf(profile, schedule, traffic) }, from, lackOfEvidence);
}

describe("the forecast of a preflight", () => {
    it.each(["roll-back", "wait"] as const)("passes where every criterion can be shown in time, with %s", (lackOfEvidence) => {
        expect(judged(users(2_000), lackOfEvidence)).toMatchObject({
            state: "passed",
            text: "at 2000.0 requests a second, a clean candidate shows every criterion of 10 %, 25 %, 50 %, 100 % in its time",
            evidence: { late: [], requestsPerSecond: 2_000 },
        });
    });

    it.each([
        { what: "few users", traffic: users(2), text: /at 2\.0 requests a second, \S+ at 10 % takes .* and the step has 45 min: it would be rolled back/ },
        { what: "no users", traffic: users(0), text: /at 0\.0 requests a second, \S+ at 10 % is never shown: .*: it would be rolled back/ },
        { what: "no events", traffic: users(2_000, { eventsPerSecond: observed(0) }), text: /engagement-events at 25 % is never shown/ },
    ])("fails with $what where a lack of evidence is rolled back, and passes with the same words where people are waited for", ({ traffic, text }) => {
        const rolledBack = judged(traffic, "roll-back");
        expect(rolledBack).toMatchObject({
            state: "failed",
            text: expect.stringMatching(text) as string,
            fix: expect.stringContaining("lackOfEvidence") as string,
        });
        const waits = judged(traffic, "wait");
        expect(waits).toMatchObject({ state: "passed", text: expect.stringMatching(/the watch will wait for people: \S+ at \d+ % /) as string });
        expect(waits.evidence?.late).toEqual(rolledBack.evidence?.late);
    });

    it.each([
        { what: "the requests", change: { requestsPerSecond: { kind: "missing", reason: "Prometheus is away" } } },
        { what: "the events", change: { eventsPerSecond: { kind: "missing", reason: "Prometheus is away" } } },
        { what: "the cache", change: { cacheHitsPerSecond: { kind: "missing", reason: "Prometheus is away" } } },
        { what: "a rate that is no number", change: { requestsPerSecond: observed(Number.NaN) } },
    ] as const)("fails where it can't see $what, whoever is waited for", ({ change }) => {
        for (const lackOfEvidence of ["roll-back", "wait"] as const) {
            expect(judged(users(2_000, change), lackOfEvidence).state, lackOfEvidence).toBe("failed");
        }
    });

    it("leaves out the steps that are over", () => {
        const late = judged(users(0.1), "roll-back", 50).evidence?.late;
        expect(late).not.toEqual([]);
        const all = judged(users(0.1), "roll-back").evidence?.late;
        expect(late).toEqual(
            z
                .array(z.string())
                .parse(all)
                .filter((one) => / at (?:50|100) %$/.test(one)),
        );
    });
});
