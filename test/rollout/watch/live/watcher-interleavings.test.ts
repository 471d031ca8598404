import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { WatchEnd } from "../../../../rollout/watch/live/watcher.ts";
import { WatcherWorld, underWay } from "./watcher-world.ts";

const kinds = [
    "alarm",
    "look ready",
    "look rollback",
    "look blind",
    "look slow",
    "alarm blind",
    "lease taken",
    "lease slow",
    "partition",
    "sleep",
    "stop",
    "patch slow",
    "patch failed",
    "patch refused",
    "patch done by another",
    "route deleted",
] as const;

/** Something that happens to a watcher, `atSeconds` after its start; what lasts, lasts `forSeconds`. */
interface Happening {
    readonly what: (typeof kinds)[number];
    readonly atSeconds: number;
    readonly forSeconds: number;
}

const happening: fc.Arbitrary<Happening> = fc.record({
    // Most of all what decides: the interesting cases are those in which two things decide.
    what: fc.oneof(fc.constantFrom(...kinds), fc.constantFrom<Happening["what"][]>("alarm", "look rollback", "look ready", "patch slow", "patch failed")),
    atSeconds: fc.integer({ min: 0, max: 80 }).map((halves) => halves / 2),
    forSeconds: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 60 })),
});

interface Played {
    readonly world: WatcherWorld;
    readonly end: WatchEnd;
    /** When the newest alarm was raised that ran. */
    readonly alarms: readonly number[];
    /** When a rollback took effect. */
    readonly moves: readonly number[];
    readonly lasts: (what: Happening["what"], seconds: number) => boolean;
}

/** Plays a script to its end. After 150 s everything is well, the gate passes, and the step may be left. */
async function play(script: readonly Happening[]): Promise<Played> {
    const world = new WatcherWorld();
    const lasts = (what: Happening["what"], seconds: number): boolean =>
        script.some((of) => of.what === what && of.atSeconds <= seconds && seconds < of.atSeconds + of.forSeconds);
    const now = (what: Happening["what"]): boolean => lasts(what, world.seconds);
    const alarms: number[] = [];
    const moves: number[] = [];
    let back = false;
    let gone = false;
    world.everyMs = 3_000;
    world.times = { soakSeconds: 60, holdSeconds: 400, blindSeconds: 30 };
    world.gate = () => (now("look ready") || world.seconds > 150 ? "pass" : "hold");
    world.atOnce = () => (now("look rollback") ? "rollback" : "pass");
    world.sees = () => !now("look blind") && !now("partition");
    world.lookSeconds = () => (now("look slow") ? 8 : 0.2);
    world.sight = () =>
        now("alarm blind") || now("partition") ? { kind: "blind", sinceSeconds: 20, reason: "no route" } : { kind: "sees", pods: 1, of: 1, gateway: false };
    world.answerLease = () =>
        now("partition")
            ? { kind: "unknown", reason: "no answer" }
            : now("lease taken")
              ? { kind: "elsewhere", holder: "another", sees: true }
              : { kind: "held" };
    world.leaseSeconds = () => (now("lease slow") ? 4 : 0);
    world.reading = () =>
        now("partition")
            ? { kind: "unknown", reason: "connection refused" }
            : gone
              ? { kind: "nothing", why: "there is no route", rolledBack: false, absent: true }
              : back
                ? { kind: "nothing", why: "it was rolled back", rolledBack: true }
                : underWay(10, world.seconds);
    world.patchSeconds = () => (now("patch slow") ? 7 : 1.5);
    world.patch = () => {
        if (now("partition") || now("patch failed")) {
            return { kind: "failed", reason: "connection refused", refused: false };
        }
        if (now("patch refused") || gone) {
            return { kind: "failed", reason: "HTTP 403", refused: true };
        }
        if (back) {
            return { kind: "already" };
        }
        back = true;
        moves.push(world.seconds);
        return { kind: "done" };
    };
    for (const { what, atSeconds, forSeconds } of script) {
        world.at(atSeconds, () => {
            switch (what) {
                case "alarm":
                    if (world.alarms.at(-1)?.stopped === false) {
                        alarms.push(world.seconds);
                        world.raise();
                    }
                    break;
                case "stop":
                    world.stop.abort();
                    break;
                case "sleep":
                    world.clock.sleep(forSeconds * 60);
                    break;
                case "route deleted":
                    gone = true;
                    break;
                case "patch done by another":
                    back = true;
                    break;
                default:
                    // It lasts for a time, and is asked for there.
                    break;
            }
        });
    }
    return { world, end: await world.run(), alarms, moves, lasts };
}

describe("every interleaving of what may happen to a watcher", () => {
    it("ends in exactly one outcome, which stands for what was done", async () => {
        await fc.assert(
            fc.asyncProperty(fc.array(happening, { maxLength: 8 }), async (script) => {
                const { world, end, alarms, moves, lasts } = await play(script);
                expect(world.mostAttemptsAtOnce).toBeLessThanOrEqual(1);
                // At most one rollback takes effect, and the end says so.
                expect(moves.length).toBeLessThanOrEqual(1);
                if (moves.length === 1) {
                    expect(end).toMatchObject({ kind: "rolled-back", timing: {} });
                }
                // What an alarm decided is not forgotten, but where the watcher slept, which a new alarm judges anew.
                const slept = script.some(({ what }) => what === "sleep");
                if (alarms.length > 0 && !slept) {
                    expect(["rolled-back", "failed", "nothing", "stopped"]).toContain(end.kind);
                    expect(end.kind).not.toBe("ready");
                }
                // What is rolled back was judged bad, or not seen, a moment before.
                for (const seconds of moves) {
                    const before = Array.from({ length: 300 }, (_, index) => seconds - index / 10);
                    const bad = alarms.some((at) => at <= seconds && seconds - at < 30) || before.some((at) => lasts("look rollback", at));
                    const unseen = before.some((at) => lasts("look blind", at) || lasts("partition", at));
                    expect(bad || unseen).toBe(true);
                }
                // After the end it says and does nothing.
                const deeds = world.deeds.length;
                world.raise();
                await world.clock.until(world.pause(500_000));
                expect(world.deeds).toHaveLength(deeds);
                expect(world.alarms.every(({ stopped }) => stopped)).toBe(true);
            }),
            { numRuns: 200 },
        );
    });

    it("never rolls a healthy candidate back that it sees, whatever happens to its lease, its clock, and its connections", async () => {
        const harmless = happening.filter(({ what }) => !["alarm", "look rollback", "look blind"].includes(what));
        // Partitions are shorter than the blind limit, and the candidate is seen between two of them.
        const short = harmless.map((of) =>
            of.what === "partition" ? { ...of, atSeconds: of.atSeconds < 20 ? 0 : 40, forSeconds: Math.min(of.forSeconds, 25) } : of,
        );
        await fc.assert(
            fc.asyncProperty(fc.array(short, { maxLength: 8 }), async (script) => {
                const { moves } = await play(script);
                expect(moves).toEqual([]);
            }),
            { numRuns: 200 },
        );
    });
});
