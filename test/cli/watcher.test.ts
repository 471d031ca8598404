import { describe, expect, it } from "vitest";

import { type LiveStep, type StepReading, type WatchStatus, type WatcherParts, watch } from "../../cli/watcher.ts";
import type { Evidence, RevisionEvidence } from "../../rollout/evidence.ts";
import type { Weight } from "../../rollout/plan.ts";
import type { Judgement, Verdict } from "../../rollout/verdict.ts";

const stable = { name: "v1-0-0", digest: `sha256:${"1".repeat(64)}` };
const candidate = { name: "v1-1-0", digest: `sha256:${"2".repeat(64)}` };

function step(weightPercent: Weight, soakedSeconds: number): LiveStep {
    return { stable, candidate, weightPercent, enteredAt: "2025-01-01T00:00:00.000Z", soakedSeconds };
}

function underWay(weightPercent: Weight, soakedSeconds: number): StepReading {
    return { kind: "under-way", step: step(weightPercent, soakedSeconds) };
}

function judgement(verdict: Verdict): Judgement {
    return { verdict, reasons: [{ criterion: "error-ratio", verdict, text: "as told", samples: 1 }] };
}

const notAsked = { kind: "missing", reason: "not asked" } as const;
const seen: RevisionEvidence = {
    revision: candidate.name,
    gateway: { kind: "waived", reason: "these tests judge nothing" },
    scrapes: { kind: "observed", value: { newestAgeSeconds: 1, fewestDistinct: 9, pods: 1 } },
    requests: { kind: "observed", value: { total: 10, failed: 0, timedOut: 0 } },
    recentRequests: { kind: "observed", value: 3 },
    latency: notAsked,
    latencyOnHit: notAsked,
    latencyOnMiss: notAsked,
    cache: notAsked,
    cpuUtilisation: notAsked,
    memory: notAsked,
    databasePool: notAsked,
    databaseConnectionErrors: notAsked,
    criticalLogLines: notAsked,
    engagementEvents: notAsked,
    pods: notAsked,
    autoscaler: notAsked,
};
const evidence: Evidence = { takenAt: "2025-01-01T00:00:00.000Z", windowSeconds: 60, soakedSeconds: 60, stable: seen, candidate: seen, probes: {} };

/** A world in which a look takes no time and a pause of n milliseconds moves the clock by n. */
class World implements WatcherParts {
    readonly reported: WatchStatus[] = [];
    readonly rollbacks: string[] = [];
    seconds = 0;
    reading: () => StepReading = () => underWay(10, this.seconds);
    gate: () => Verdict = () => "hold";
    atOnce: () => Verdict = () => "pass";
    holder: () => string | undefined = () => undefined;
    raise: ((reason: string) => void) | undefined;
    alarmsStarted = 0;
    alarmsStopped = 0;
    rollBackFailures = 0;
    slowLook: Promise<void> | undefined;

    readonly readStep = () => Promise.resolve(this.reading());
    readonly examine = async () => {
        await this.slowLook;
        return { evidence, gate: judgement(this.gate()), atOnce: judgement(this.atOnce()) };
    };
    readonly startAlarm = (_step: LiveStep, raise: (reason: string) => void) => {
        this.raise = raise;
        this.alarmsStarted += 1;
        return () => {
            this.alarmsStopped += 1;
        };
    };
    readonly rollBack = (_step: LiveStep, reason: string) => {
        this.rollbacks.push(reason);
        this.rollBackFailures -= 1;
        return Promise.resolve(this.rollBackFailures >= 0 ? ({ kind: "failed", reason: "connection refused" } as const) : ({ kind: "done" } as const));
    };
    readonly lease = () => {
        const holder = this.holder();
        return Promise.resolve(holder === undefined ? ({ kind: "held" } as const) : ({ kind: "elsewhere", holder } as const));
    };
    readonly report = (status: WatchStatus) => {
        this.reported.push(status);
    };
    readonly timesAt = () => ({ soakSeconds: 60, holdSeconds: 120, blindSeconds: 30 });
    readonly nowSeconds = () => this.seconds;
    readonly pause = async (milliseconds: number) => {
        this.seconds += milliseconds / 1_000;
        await new Promise((resolve) => setImmediate(resolve));
    };

    async watch(untilReady = true) {
        return watch(this, { everyMs: 1_000, leaveWhenReady: () => Promise.resolve(untilReady), stop: new AbortController().signal });
    }
}

describe("a watcher", () => {
    it("ends when the soak is over and the gate passes", async () => {
        const world = new World();
        world.gate = () => "pass";
        expect(await world.watch()).toMatchObject({ kind: "ready", step: { weightPercent: 10, soakedSeconds: 60 } });
        expect(world.rollbacks).toEqual([]);
    });

    it("goes on after the gate passed where somebody waits for an approval, and still takes a bad candidate back", async () => {
        const world = new World();
        world.gate = () => "pass";
        world.atOnce = () => (world.seconds < 100 ? "pass" : "rollback");
        expect(await world.watch(false)).toMatchObject({ kind: "rolled-back" });
        expect(world.seconds).toBe(100);
    });

    it("takes a candidate back when the gate holds for longer than the plan allows", async () => {
        const world = new World();
        expect(await world.watch()).toMatchObject({ kind: "rolled-back" });
        expect(world.seconds).toBe(180);
    });

    it("waits while it is blind, and takes the candidate back when that lasts too long", async () => {
        const world = new World();
        world.reading = () => (world.seconds < 5 ? underWay(10, world.seconds) : { kind: "unknown", reason: "connection refused" });
        expect(await world.watch()).toMatchObject({ kind: "rolled-back" });
        expect(world.seconds).toBe(35);
    });

    it("takes back nothing where it never saw a step", async () => {
        const world = new World();
        world.reading = () =>
            world.seconds < 1_000 ? { kind: "unknown", reason: "connection refused" } : { kind: "nothing", why: "no candidate", rolledBack: false };
        expect(await world.watch()).toEqual({ kind: "nothing", why: "no candidate" });
        expect(world.rollbacks).toEqual([]);
    });

    it("tries a rollback that fails until it is done", async () => {
        const world = new World();
        world.atOnce = () => "rollback";
        world.rollBackFailures = 3;
        expect(await world.watch()).toMatchObject({ kind: "rolled-back" });
        expect(world.rollbacks).toHaveLength(4);
    });

    it("acts on the alarm while an answer is still awaited", async () => {
        const world = new World();
        world.slowLook = new Promise(() => undefined);
        const end = world.watch();
        await new Promise((resolve) => setImmediate(resolve));
        world.raise?.("6 of 8 requests failed");
        expect(await end).toMatchObject({ kind: "rolled-back", reason: "6 of 8 requests failed" });
    });

    it("starts a new alarm for each step, and leaves none behind", async () => {
        const world = new World();
        world.gate = () => "pass";
        world.reading = () => (world.seconds < 10 ? underWay(10, world.seconds) : underWay(25, world.seconds));
        await world.watch();
        expect([world.alarmsStarted, world.alarmsStopped]).toEqual([2, 2]);
    });

    it("stands by while another watcher holds the lease, and takes over when that one is gone", async () => {
        const world = new World();
        world.gate = () => "pass";
        world.holder = () => (world.seconds < 50 ? "another" : undefined);
        expect(await world.watch()).toMatchObject({ kind: "ready" });
        expect(world.reported[0]).toEqual({ decision: { kind: "standing-by", holder: "another" } });
        expect(world.alarmsStarted).toBe(1);
    });

    it("says that the candidate was rolled back when another one did it", async () => {
        const world = new World();
        world.reading = () => (world.seconds < 3 ? underWay(10, world.seconds) : { kind: "nothing", why: "rolled back: errors", rolledBack: true });
        expect(await world.watch()).toEqual({ kind: "rolled-back", reason: "rolled back: errors" });
    });
});
