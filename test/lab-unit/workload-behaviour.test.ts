import fc from "fast-check";
import { randomLcg } from "d3-random";
import { describe, expect, it } from "vitest";

import { failureStatus } from "../../lab/workload/failure.ts";
import { activeFault, withSwitch } from "../../lab/workload/faults.ts";
import { newLife, nextLife, usualMemoryBytes } from "../../lab/workload/life.ts";
import { dependencyLimitMs, drawOutcome } from "../../lab/workload/outcome.ts";
import type { ProfileName } from "../../lab/workload/profile.ts";
import { profileNames, profiles } from "../../lab/workload/profile.ts";
import { defaultSettings, revisionSettings } from "../../lab/workload/revision-settings.ts";
import { routeNames } from "../../lab/workload/route.ts";

/** Shares and 95th percentiles over many feeds with one profile. */
function observed(name: ProfileName): Record<"errors" | "hits" | "critical" | "noConnection" | "broken" | "p95" | "hitP95" | "missP95", number> {
    const random = randomLcg(0.5);
    const outcomes = Array.from({ length: 20_000 }, () => drawOutcome(profiles[name], "feed", random));
    const share = (matches: (outcome: (typeof outcomes)[number]) => boolean): number => outcomes.filter(matches).length / outcomes.length;
    const p95 = (list: typeof outcomes): number =>
        list.map(({ latencyMs }) => latencyMs).toSorted((one, other) => one - other)[Math.floor(list.length * 0.95)] ?? 0;
    return {
        errors: share(({ failure }) => failure !== "none"),
        hits: share(({ cache }) => cache === "hit"),
        critical: share(({ critical }) => critical),
        broken: share(({ delivery }) => delivery !== "whole"),
        noConnection: share(({ failure }) => failure === "no-connection"),
        p95: p95(outcomes),
        hitP95: p95(outcomes.filter(({ cache }) => cache === "hit")),
        missP95: p95(outcomes.filter(({ cache }) => cache === "miss")),
    };
}

describe("a fault profile", () => {
    it("is listed by name", () => {
        expect([...profileNames].toSorted()).toEqual(Object.keys(profiles).toSorted());
    });

    it("'healthy' stays within the bounds of the plan with room", () => {
        const { errors, hits, critical, broken, hitP95, missP95 } = observed("healthy");
        expect(broken).toBe(0);
        expect(errors).toBeLessThan(0.001);
        expect(hits).toBeCloseTo(0.97, 2);
        expect(critical).toBe(0);
        expect(hitP95).toBeGreaterThan(35);
        expect(hitP95).toBeLessThan(45);
        expect(missP95).toBeGreaterThan(150);
        expect(missP95).toBeLessThan(210);
    });

    it.each([
        { name: "slow", key: "p95", from: 1_100, to: 1_500 },
        { name: "slightly-slow", key: "p95", from: 420, to: 490 },
        { name: "erroring", key: "errors", from: 0.48, to: 0.52 },
        { name: "slightly-erroring", key: "errors", from: 0.003, to: 0.006 },
        { name: "unavailable", key: "errors", from: 0.48, to: 0.52 },
        { name: "hanging", key: "broken", from: 0.48, to: 0.52 },
        { name: "resetting", key: "broken", from: 0.48, to: 0.52 },
        { name: "resetting-late", key: "broken", from: 0.48, to: 0.52 },
        { name: "bad-requests", key: "errors", from: 0.28, to: 0.32 },
        { name: "unauthorized", key: "errors", from: 0.28, to: 0.32 },
        { name: "forbidden", key: "errors", from: 0.28, to: 0.32 },
        { name: "not-found", key: "errors", from: 0.28, to: 0.32 },
        { name: "cache-cold", key: "hits", from: 0.58, to: 0.62 },
        { name: "database-starved", key: "noConnection", from: 0.02, to: 0.04 },
        { name: "log-noisy", key: "critical", from: 0.005, to: 0.015 },
    ] as const)("'$name' shows in $key: from $from to $to", ({ name, key, from, to }) => {
        const value = observed(name)[key];
        expect(value).toBeGreaterThan(from);
        expect(value).toBeLessThan(to);
    });

    it.each(["slow", "slightly-slow", "silent", "log-noisy", "leaking", "crash-looping", "cache-cold", "hanging", "resetting", "refusing"] as const)(
        "'%s' answers without errors",
        (name) => {
            expect(observed(name).errors).toBeLessThan(0.001);
        },
    );

    it("gives the same outcome for the same random numbers", () => {
        fc.assert(
            fc.property(
                fc.constantFrom(...profileNames),
                fc.constantFrom(...routeNames),
                fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
                (name, route, seed) => {
                    expect(drawOutcome(profiles[name], route, randomLcg(seed))).toEqual(drawOutcome(profiles[name], route, randomLcg(seed)));
                },
            ),
        );
    });

    it("never answers later than the service waits for what it depends on, and asks no cache for an engagement event or a request that it turns away", () => {
        fc.assert(
            fc.property(
                fc.constantFrom(...profileNames),
                fc.constantFrom(...routeNames),
                fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
                (name, route, seed) => {
                    const { latencyMs, cache, failure } = drawOutcome(profiles[name], route, randomLcg(seed));
                    expect(latencyMs).toBeGreaterThan(0);
                    expect(latencyMs).toBeLessThanOrEqual(dependencyLimitMs);
                    const turnedAway = failure !== "none" && [400, 401, 403, 404, 503].includes(failureStatus(failure));
                    expect(cache === "none").toBe(route === "engagement" || turnedAway);
                    expect(failure === "timeout" && latencyMs < dependencyLimitMs).toBe(false);
                },
            ),
        );
    });
});

describe("the settings of a revision", () => {
    it.each([
        { data: {}, settings: defaultSettings },
        { data: { FAULT_PROFILE: "slow" }, settings: { ...defaultSettings, profile: "slow" } },
        {
            data: { FAULT_PROFILE: "leaking", FAULT_AFTER_SECONDS: "2.5", FAULT_LEAK_FACTOR: "60" },
            settings: { ...defaultSettings, profile: "leaking", afterMs: 2_500, leakFactor: 60 },
        },
        { data: { TELEMETRY: "opentelemetry" }, settings: { ...defaultSettings, telemetry: "opentelemetry" } },
        { data: { LOG_LEVEL: "info" }, settings: defaultSettings },
    ])("$data are read", ({ data, settings }) => {
        expect(revisionSettings(data)).toEqual(settings);
    });

    it.each([
        { data: { FAULT_PROFILE: "tired" }, names: "FAULT_PROFILE is 'tired'" },
        { data: { FAULT_PROFILE: "toString" }, names: "FAULT_PROFILE is 'toString'" },
        { data: { FAULT_AFTER_SECONDS: "soon" }, names: "FAULT_AFTER_SECONDS is 'soon'" },
        { data: { FAULT_LEAK_FACTOR: "-1" }, names: "FAULT_LEAK_FACTOR is '-1'" },
        { data: { TELEMETRY: "statsd" }, names: "TELEMETRY is 'statsd'" },
    ])("$data make the service crash, with the reason", ({ data, names }) => {
        const { profile, problem } = revisionSettings(data);
        expect(profile).toBe("crash-looping");
        expect(problem).toContain(names);
    });
});

describe("the profile that counts", () => {
    const settings = { ...defaultSettings, profile: "slow", afterMs: 1_000 } as const;
    const erroring = { profile: "erroring", startsAtMs: 5_000, leakFactor: undefined } as const;

    it.each([
        { at: 100, switches: [], profile: "healthy", sinceMs: 100 },
        { at: 1_099, switches: [], profile: "healthy", sinceMs: 100 },
        { at: 1_100, switches: [], profile: "slow", sinceMs: 1_100 },
        { at: 4_999, switches: [erroring], profile: "slow", sinceMs: 1_100 },
        { at: 5_000, switches: [erroring], profile: "erroring", sinceMs: 5_000 },
        { at: 6_000, switches: [erroring, { ...erroring, profile: "healthy", startsAtMs: 5_500 }], profile: "healthy", sinceMs: 5_500 },
    ] as const)("is $profile at $at ms", ({ at, switches, profile, sinceMs }) => {
        expect(activeFault(settings, switches, 100, at)).toMatchObject({ profile, sinceMs });
    });

    it("keeps the present switch until a later one starts", () => {
        const later = { ...erroring, profile: "healthy", startsAtMs: 9_000 } as const;
        const both = withSwitch([erroring], later, 6_000);
        expect(activeFault(settings, both, 0, 8_999).profile).toBe("erroring");
        expect(activeFault(settings, both, 0, 9_000).profile).toBe("healthy");
    });

    it("forgets switches that a later one has replaced", () => {
        expect(withSwitch([erroring], { ...erroring, profile: "silent", startsAtMs: 6_000 }, 6_000)).toEqual([
            { ...erroring, profile: "silent", startsAtMs: 6_000 },
        ]);
    });
});

describe("the life of a container", () => {
    const limitBytes = 400 * 2 ** 20;
    const crashing = { profile: "crash-looping", sinceMs: 0, leakFactor: 1 } as const;
    const healthy = { profile: "healthy", sinceMs: 0, leakFactor: 1 } as const;
    const liveUntil = (
        endMs: number,
        fault: Parameters<typeof nextLife>[1],
        stepMs = 50,
        start: ReturnType<typeof nextLife> = newLife(0),
    ): ReturnType<typeof nextLife> => {
        let life = start;
        for (let nowMs = stepMs; nowMs <= endMs; nowMs += stepMs) {
            life = nextLife(life, fault, limitBytes, nowMs);
        }
        return life;
    };

    it("goes on without an end while healthy", () => {
        expect(liveUntil(600_000, healthy, 1_000)).toMatchObject({ kind: "running", ready: true, restarts: 0, leakedBytes: 0 });
    });

    it("ends at once when a crash loop begins, and names the error", () => {
        expect(nextLife(newLife(0), crashing, limitBytes, 50)).toMatchObject({
            kind: "backing-off",
            restarts: 0,
            lastExit: { reason: "Error", exitCode: 1, startedAtMs: 0, finishedAtMs: 50 },
        });
    });

    it("restarts again and again with longer pauses, and is never ready meanwhile", () => {
        const starts: number[] = [];
        let life: ReturnType<typeof nextLife> = newLife(0);
        for (let nowMs = 50; nowMs < 60_000; nowMs += 50) {
            const next = nextLife(life, crashing, limitBytes, nowMs);
            if (next.restarts > life.restarts) {
                starts.push(nowMs);
            }
            expect(next.kind === "running" && next.ready).toBe(false);
            life = next;
        }
        expect(starts.length).toBeGreaterThan(4);
        const pauses = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
        expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
        expect(pauses.at(-1)).toBeGreaterThan(pauses[0] ?? 0);
    });

    it("gets ready again when the crash loop is over, with the restarts kept", () => {
        const crashed = liveUntil(10_000, crashing);
        let life = crashed;
        for (let nowMs = 10_050; nowMs < 60_000; nowMs += 50) {
            life = nextLife(life, { ...healthy, sinceMs: 10_050 }, limitBytes, nowMs);
        }
        expect(life).toMatchObject({ kind: "running", ready: true });
        expect(life.restarts).toBeGreaterThanOrEqual(crashed.restarts);
    });

    it.each([
        { factor: 1, minutes: 5, mebibytes: 100 },
        { factor: 3, minutes: 2, mebibytes: 120 },
    ])("leaks 20 MiB a minute times $factor", ({ factor, minutes, mebibytes }) => {
        const life = liveUntil(minutes * 60_000, { profile: "leaking", sinceMs: 0, leakFactor: factor }, 500);
        expect(life.kind === "running" && life.leakedBytes / 2 ** 20).toBeCloseTo(mebibytes, 1);
    });

    it("does not leak before the fault starts", () => {
        const life = nextLife(newLife(0), { profile: "leaking", sinceMs: 60_000, leakFactor: 1 }, limitBytes, 120_000);
        expect(life.kind === "running" && life.leakedBytes / 2 ** 20).toBeCloseTo(20, 5);
    });

    it("is killed for memory at the limit, and starts with none leaked", () => {
        const leaking = { profile: "leaking", sinceMs: 0, leakFactor: 60 } as const;
        const secondsToLimit = (limitBytes - usualMemoryBytes) / (20 * 2 ** 20);
        const killed = liveUntil((secondsToLimit + 1) * 1_000, leaking, 500);
        expect(killed).toMatchObject({ restarts: 1, lastExit: { reason: "OOMKilled", exitCode: 137 } });
        expect(killed.kind === "running" && killed.leakedBytes).toBeLessThan(40 * 2 ** 20);
    });
});
