import { describe, expect, it } from "vitest";

import type { Observation } from "../../../rollout/gate/evidence.ts";
import { type Traffic, forecastStep, outlookOf, trafficIn } from "../../../rollout/gate/forecast.ts";
import { profile } from "../../../service/profile.ts";
import { evidenceOf } from "../report/fixture.ts";

const observed = (value: number): Observation<number> => ({ kind: "observed", value });
const traffic = (requests: number, events: number, change: Partial<Traffic> = {}): Traffic => ({
    requestsPerSecond: observed(requests),
    cacheHitsPerSecond: observed(requests * 0.96),
    cacheMissesPerSecond: observed(requests * 0.04),
    eventsPerSecond: observed(events),
    waived: {},
    ...change,
});
const shownAt = (of: Traffic, id: string, weight: 10 | 25 | 50 = 10) => forecastStep(profile, weight, of).criteria.find(({ criterion }) => criterion === id);

describe("the forecast of a step", () => {
    it("knows when each criterion about requests is shown, later for a candidate at half of its bound, and later with fewer users", () => {
        for (const { clean, half, criterion } of forecastStep(profile, 10, traffic(500, 50)).criteria) {
            const slower = shownAt(traffic(50, 5), criterion)?.clean;
            if (clean.kind !== "shown" || half.kind !== "shown" || slower?.kind !== "shown") {
                throw new Error(`${criterion} is shown at such traffic: ${JSON.stringify({ clean, half, slower })}`);
            }
            expect(half.afterSeconds, criterion).toBeGreaterThanOrEqual(clean.afterSeconds);
            expect(slower.afterSeconds, criterion).toBeGreaterThanOrEqual(clean.afterSeconds);
        }
    });

    it("says in the judge's words what is never shown: no users, no events, a source that can't be seen", () => {
        expect(shownAt(traffic(0, 0), "error-ratio") ?? forecastStep(profile, 10, traffic(0, 0)).criteria[0]).toMatchObject({ clean: { kind: "never" } });
        const events = forecastStep(profile, 10, traffic(500, 0)).criteria.filter(({ clean }) => clean.kind === "never");
        expect(events.map(({ criterion }) => criterion)).toEqual(
            profile.criteria
                .find(({ weightPercent }) => weightPercent === 10)
                ?.gate.flatMap(({ id, measure }) => (measure.kind === "events-recorded" ? [id] : [])) ?? [],
        );
        const unseen = forecastStep(profile, 10, traffic(500, 50, { requestsPerSecond: { kind: "missing", reason: "Prometheus is away" } }));
        expect(unseen.criteria.find(({ criterion }) => criterion.includes("error-ratio"))?.clean).toMatchObject({
            kind: "never",
            why: expect.stringContaining("Prometheus is away") as string,
        });
    });

    it("leaves out what no user decides: pods, processors, probes", () => {
        const ids = forecastStep(profile, 50, traffic(500, 50)).criteria.map(({ criterion }) => criterion);
        const own = profile.criteria.find(({ weightPercent }) => weightPercent === 50);
        for (const { id, measure } of own?.gate ?? []) {
            expect(ids.includes(id), id).toBe(
                ![
                    "cpu-utilisation",
                    "memory",
                    "memory-growth",
                    "restarts",
                    "autoscaling",
                    "probe",
                    "ready-pods",
                    "crash-loop",
                    "critical-log-lines",
                    "database-connection-errors",
                    "database-pool-utilisation",
                ].includes(measure.kind),
            );
        }
    });

    it("names what a healthy candidate would be rolled back for: what takes longer than soak and hold", () => {
        const { criteria } = forecastStep(profile, 25, traffic(2, 0.1));
        const outlook = outlookOf({ weightPercent: 25, criteria }, 1_800, 1_800);
        expect(outlook.tooSlow.length).toBeGreaterThan(0);
        expect(outlook.cleanSeconds ?? Number.POSITIVE_INFINITY).toBeGreaterThan(outlook.limitSeconds);
        expect(outlookOf(forecastStep(profile, 25, traffic(2_000, 200)), 1_800, 1_800)).toMatchObject({ tooSlow: [], cleanSeconds: 1_800 });
    });

    it("takes the traffic from evidence, of both revisions", () => {
        const { requestsPerSecond, eventsPerSecond, cacheHitsPerSecond } = trafficIn(evidenceOf("2025-10-26T07:00:00.000Z", 600, 25));
        expect(requestsPerSecond).toEqual(observed(120));
        expect(eventsPerSecond.kind).toBe("observed");
        expect(cacheHitsPerSecond.kind).toBe("observed");
    });
});
