import { describe, expect, it } from "vitest";

import type { WatchEnd } from "../../../../rollout/watch/live/watcher.ts";
import { WatcherWorld, underWay } from "./watcher-world.ts";

const refused = { kind: "failed", reason: "HTTP 403: httproutes is forbidden", refused: true } as const;
const noAnswer = { kind: "failed", reason: "connection refused", refused: false } as const;
const elsewhere = (sees = true) => ({ kind: "elsewhere", holder: "another", sees }) as const;

function moved(world: WatcherWorld): number {
    return world.deeds.filter(({ did }) => did === "moved").length;
}

describe("a watcher", () => {
    it("ends when the soak is over and the gate passes", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        expect(await world.run()).toMatchObject({ kind: "ready", step: { weightPercent: 10, soakedSeconds: 60 } });
        expect(world.rollbacks).toEqual([]);
    });

    it("goes on after the gate passed where somebody waits for an approval, and still takes a bad candidate back", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.atOnce = () => (world.seconds < 100 ? "pass" : "rollback");
        world.leave = () => Promise.resolve(false);
        expect(await world.run()).toMatchObject({ kind: "rolled-back" });
        expect(world.seconds).toBe(100);
    });

    it("rolls a candidate back when the gate holds for longer than the plan allows", async () => {
        const world = new WatcherWorld();
        expect(await world.run()).toMatchObject({ kind: "rolled-back" });
        expect(world.seconds).toBe(180);
    });

    it("waits while it is blind, and rolls the candidate back when that lasts too long", async () => {
        const world = new WatcherWorld();
        world.reading = () => (world.seconds < 5 ? underWay(10, world.seconds) : { kind: "unknown", reason: "connection refused" });
        expect(await world.run()).toMatchObject({ kind: "rolled-back" });
        expect(world.seconds).toBe(35);
    });

    it("rolls nothing back where it never saw a step", async () => {
        const world = new WatcherWorld();
        world.reading = () =>
            world.seconds < 1_000 ? { kind: "unknown", reason: "connection refused" } : { kind: "nothing", why: "no candidate", rolledBack: false };
        expect(await world.run()).toEqual({ kind: "nothing", why: "no candidate" });
        expect(world.rollbacks).toEqual([]);
    });

    it("tries a rollback that fails until it is done", async () => {
        const world = new WatcherWorld();
        world.atOnce = () => "rollback";
        world.patch = () => (world.rollbacks.length <= 3 ? noAnswer : { kind: "done" });
        expect(await world.run()).toMatchObject({ kind: "rolled-back" });
        expect(world.rollbacks).toHaveLength(4);
    });

    it("acts on the alarm while an answer is still awaited", async () => {
        const world = new WatcherWorld();
        world.lookSeconds = () => 50;
        world.at(30, () => {
            world.raise();
        });
        expect(await world.run()).toMatchObject({ kind: "rolled-back", reason: "6 of 8 requests failed" });
        expect(world.seconds).toBeLessThan(31);
    });

    it("starts a new alarm for each step, and leaves none behind", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.reading = () => (world.seconds < 10 ? underWay(10, world.seconds) : underWay(25, world.seconds));
        await world.run();
        expect(world.alarms.map(({ stopped }) => stopped)).toEqual([true, true]);
    });

    it("says that the candidate was rolled back when another one did it", async () => {
        const world = new WatcherWorld();
        world.reading = () => (world.seconds < 3 ? underWay(10, world.seconds) : { kind: "nothing", why: "rolled back: errors", rolledBack: true });
        expect(await world.run()).toEqual({ kind: "rolled-back", reason: "rolled back: errors" });
    });

    it("changes nothing, and says what came first, where the route is about another rollout", async () => {
        const world = new WatcherWorld();
        world.atOnce = () => "rollback";
        world.patch = () => ({ kind: "overtaken", reason: "the candidate is v3 now, not v2" });
        expect(await world.run()).toMatchObject({ kind: "nothing", why: expect.stringContaining("the candidate is v3 now") as string });
    });
});

describe("the one end of a watch", () => {
    it.each([
        { after: "a slow patch succeeds", patchSeconds: 8, failures: 0 },
        { after: "slow patches fail first", patchSeconds: 3, failures: 2 },
        { after: "patches fail at once first", patchSeconds: 0, failures: 4 },
    ])(
        "is the rollback of the alarm, and never ready, when $after while Prometheus lags and looks say that all is well",
        async ({ patchSeconds, failures }) => {
            const world = new WatcherWorld();
            world.gate = () => "pass";
            world.lookSeconds = () => 4;
            world.patchSeconds = () => patchSeconds;
            world.patch = () => (world.rollbacks.length <= failures ? noAnswer : { kind: "done" });
            world.at(59, () => {
                world.raise();
            });
            expect(await world.run()).toMatchObject({ kind: "rolled-back", reason: "6 of 8 requests failed" });
            const alarmed = world.reported.findIndex(({ decision }) => decision.kind === "roll-back");
            expect(world.reported.slice(alarmed).filter(({ decision }) => decision.kind !== "roll-back")).toEqual([]);
        },
    );

    it.each([
        { what: "decides to roll back as well", atOnce: "rollback" },
        { what: "finds that all is well", atOnce: "pass" },
    ] as const)("has one rollback when a look that was under way at the alarm $what", async ({ atOnce }) => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.atOnce = () => (world.seconds < 20 ? "pass" : atOnce);
        world.lookSeconds = () => 10;
        world.patchSeconds = () => 9;
        world.at(25, () => {
            world.raise();
        });
        expect(await world.run()).toMatchObject({ kind: "rolled-back", reason: "6 of 8 requests failed" });
        expect([world.rollbacks.length, moved(world)]).toEqual([1, 1]);
    });

    it("has one rollback when the alarm comes while a look's own rollback is under way", async () => {
        const world = new WatcherWorld();
        world.atOnce = () => (world.seconds < 20 ? "pass" : "rollback");
        world.patchSeconds = () => 4;
        world.at(21, () => {
            world.raise();
        });
        expect(await world.run()).toMatchObject({ kind: "rolled-back", reason: "error-ratio: as told" });
        expect(world.rollbacks).toHaveLength(1);
    });

    it("waits for what it stopped, and nothing is said or done after it", async () => {
        const world = new WatcherWorld();
        world.lookSeconds = () => 10;
        world.leaseSeconds = () => 4;
        world.alarmStopSeconds = 3;
        world.at(25, () => {
            world.raise();
        });
        await world.run();
        const deeds = world.deeds.length;
        await world.clock.until(world.pause(1_000_000));
        world.raise();
        await new Promise((resolve) => setImmediate(resolve));
        expect(world.deeds).toHaveLength(deeds);
        expect(world.alarms.every(({ stopped }) => stopped)).toBe(true);
    });

    it.each([
        {
            what: "the question whether the step may be left",
            breaks: (world: WatcherWorld) => {
                world.leave = () => Promise.reject(new Error("a bug"));
            },
        },
        {
            what: "a reading of the route",
            breaks: (world: WatcherWorld) => {
                world.reading = () => {
                    if (world.seconds > 20) {
                        throw new Error("a bug");
                    }
                    return underWay(10, world.seconds);
                };
            },
        },
        {
            what: "what is said",
            breaks: (world: WatcherWorld) => {
                world.said = () => {
                    throw new Error("a bug");
                };
            },
        },
    ])("is the error of $what, which was not to throw, with the alarm stopped", async ({ breaks }) => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        breaks(world);
        await expect(world.run()).rejects.toThrow("a bug");
        expect(world.alarms.every(({ stopped }) => stopped)).toBe(true);
    });
});

describe("a watcher that was away", () => {
    it.each([
        { away: "its computer slept for eight hours", seconds: 8 * 3_600 },
        { away: "its computer slept for a minute", seconds: 61 },
    ])("does not count as blind while $away", async ({ seconds }) => {
        const world = new WatcherWorld();
        world.times = { ...world.times, soakSeconds: 200 };
        world.gate = () => "pass";
        // One blind look before, and one after: Prometheus is not back at once.
        world.sees = () => world.seconds < 10 || world.seconds > 12.5;
        world.at(11.5, () => {
            world.clock.sleep(seconds);
        });
        expect(await world.run()).toMatchObject({ kind: "ready" });
        expect(world.rollbacks).toEqual([]);
    });

    it("does not count as a hold what it did not see of one", async () => {
        const world = new WatcherWorld();
        let asleep = 0;
        world.reading = () => underWay(10, world.seconds + asleep);
        world.gate = () => (world.seconds < 75 ? "hold" : "pass");
        world.at(70.5, () => {
            asleep = 8 * 3_600;
            world.clock.sleep(asleep);
        });
        expect(await world.run()).toMatchObject({ kind: "ready" });
        expect(world.rollbacks).toEqual([]);
    });

    it("starts a new alarm, and does not take the word of one that slept", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.at(30.5, () => {
            world.clock.sleep(3_600);
            world.raise();
        });
        expect(await world.run()).toMatchObject({ kind: "ready" });
        expect(world.alarms.length).toBeGreaterThan(1);
        expect(world.alarms.slice(0, -1).every(({ stopped }) => stopped)).toBe(true);
    });

    it("collects evidence again that was being collected when it went away", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.lookSeconds = () => 2;
        world.atOnce = () => (world.seconds > 30 && world.seconds < 31.6 ? "rollback" : "pass");
        world.at(32, () => {
            world.clock.sleep(3_600);
        });
        expect(await world.run()).toMatchObject({ kind: "ready" });
    });

    it("asks again when it was cut off: by time it had decided to roll a healthy candidate back", async () => {
        const world = new WatcherWorld();
        const cutOff = (): boolean => world.seconds > 5 && world.seconds < 395;
        world.times = { ...world.times, soakSeconds: 500 };
        world.gate = () => "pass";
        world.reading = () => (cutOff() ? { kind: "unknown", reason: "connection refused" } : underWay(10, world.seconds));
        world.patch = () => (cutOff() ? noAnswer : { kind: "done" });
        expect(await world.run()).toMatchObject({ kind: "ready" });
        expect(world.rollbacks.length).toBeGreaterThan(0);
        expect(moved(world)).toBe(0);
        expect(world.reported.some(({ decision }) => decision.kind === "roll-back" && decision.reason.includes("not done yet"))).toBe(true);
    });

    it.each([
        { found: "still sees nothing", sees: false, atOnce: "pass", end: { kind: "rolled-back" } },
        { found: "sees a bad candidate", sees: true, atOnce: "rollback", end: { kind: "rolled-back" } },
    ] as const)("rolls back by what it finds when it was cut off and $found", async ({ sees, atOnce, end }) => {
        const world = new WatcherWorld();
        const cutOff = (): boolean => world.seconds > 5 && world.seconds < 395;
        world.times = { ...world.times, soakSeconds: 1_500 };
        world.reading = () => (cutOff() ? { kind: "unknown", reason: "connection refused" } : underWay(10, world.seconds));
        world.sees = () => world.seconds < 5 || sees;
        world.atOnce = () => atOnce;
        world.patch = () => (cutOff() ? noAnswer : { kind: "done" });
        world.atOnce = () => (world.seconds < 395 ? "pass" : atOnce);
        expect(await world.run()).toMatchObject(end);
        expect(world.seconds).toBeLessThan(400);
    });

    it("fails, and is neither ready nor rolls back, when the alarm could not be followed and all has been well since", async () => {
        const world = new WatcherWorld();
        const cutOff = (): boolean => world.seconds > 5 && world.seconds < 395;
        world.gate = () => "pass";
        world.leave = () => Promise.resolve(false);
        world.reading = () => (cutOff() ? { kind: "unknown", reason: "connection refused" } : underWay(10, world.seconds));
        world.patch = () => (cutOff() ? noAnswer : { kind: "done" });
        world.at(6, () => {
            world.raise();
        });
        expect(await world.run()).toMatchObject({ kind: "failed", rollbackDue: false, reason: expect.stringContaining("NOT rolled back") as string });
        expect(moved(world)).toBe(0);
    });

    it("rolls back at once when a new alarm says so too", async () => {
        const world = new WatcherWorld();
        const cutOff = (): boolean => world.seconds > 5 && world.seconds < 395;
        world.gate = () => "pass";
        world.reading = () => (cutOff() ? { kind: "unknown", reason: "connection refused" } : underWay(10, world.seconds));
        world.patch = () => (cutOff() ? noAnswer : { kind: "done" });
        for (const seconds of [6, 397]) {
            world.at(seconds, () => {
                world.raise(`errors at ${String(seconds)} s`);
            });
        }
        expect(await world.run()).toMatchObject({ kind: "rolled-back", reason: "errors at 397 s" });
        expect(world.seconds).toBeLessThan(398);
    });

    it("takes a rollback for its own whose answer was lost", async () => {
        const world = new WatcherWorld();
        let back = false;
        world.gate = () => "pass";
        world.reading = () =>
            back ? { kind: "nothing", why: "v1-1-0 was rolled back: 6 of 8 requests failed", rolledBack: true } : underWay(10, world.seconds);
        world.patchSeconds = () => 12;
        world.patch = () => {
            const arrived = back;
            back = true;
            return arrived ? { kind: "done" } : noAnswer;
        };
        world.at(6, () => {
            world.raise();
        });
        expect(await world.run()).toMatchObject({ kind: "rolled-back", timing: { decidedAtMs: 1_700_000_006_000 } });
        expect(world.rollbacks).toHaveLength(2);
    });
});

describe("a watcher that shares a lease", () => {
    it("judges, and ends, while another one speaks", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.answerLease = () => elsewhere();
        expect(await world.run()).toMatchObject({ kind: "ready" });
        expect(new Set(world.reported.map(({ decision }) => decision.kind))).toEqual(new Set(["standing-by"]));
        expect(world.reported.at(-1)?.decision).toMatchObject({ holder: "another", own: { kind: "ready" } });
    });

    it.each([
        { by: "the alarm", cause: "alarm", reason: "6 of 8 requests failed" },
        { by: "a criterion", cause: "criterion", reason: "error-ratio: as told" },
    ])("rolls back by $by while another one holds the lease and sees nothing", async ({ cause, reason }) => {
        const world = new WatcherWorld();
        world.answerLease = () => elsewhere(false);
        world.atOnce = () => (cause === "criterion" && world.seconds > 20 ? "rollback" : "pass");
        world.at(21, () => {
            if (cause === "alarm") {
                world.raise();
            }
        });
        expect(await world.run()).toMatchObject({ kind: "rolled-back", reason });
        expect(world.seconds).toBe(21);
    });

    it("finds it done when the other one was quicker, and does not count it as its own", async () => {
        const world = new WatcherWorld();
        world.atOnce = () => "rollback";
        world.patch = () => ({ kind: "already" });
        expect(await world.run()).toEqual({ kind: "rolled-back", reason: "error-ratio: as told" });
    });

    it("forgets nothing that it sees itself while it stands by, and counts nothing that it does not", async () => {
        const world = new WatcherWorld();
        world.times = { ...world.times, soakSeconds: 700 };
        world.gate = () => "pass";
        world.answerLease = () => (world.seconds > 5 && world.seconds < 605 ? elsewhere() : { kind: "held" });
        // A blind look, ten minutes behind another watcher, and a look that runs into a time limit.
        world.sees = () => !(world.seconds === 4 || (world.seconds > 606 && world.seconds < 608));
        expect(await world.run()).toMatchObject({ kind: "ready" });
    });

    it.each([
        { what: "its looks see nothing", sees: () => false, sight: "sees" },
        { what: "its alarm reads nothing", sees: () => true, sight: "blind" },
    ] as const)("says on the lease that it is blind when $what, and is not when it sees again", async ({ sees, sight }) => {
        const world = new WatcherWorld();
        world.everyMs = 5_000;
        world.times = { ...world.times, blindSeconds: 1_000 };
        world.leave = () => Promise.resolve(world.seconds > 200);
        world.gate = () => "pass";
        const well = (): boolean => world.seconds < 50 || world.seconds > 100;
        world.sees = () => well() || sees();
        world.sight = () =>
            well() || sight === "sees" ? { kind: "sees", pods: 1, of: 1, gateway: false } : { kind: "blind", sinceSeconds: 20, reason: "no route to the pods" };
        await world.run();
        const asked = world.deeds.filter(({ did }) => did === "lease");
        const during = asked.filter(({ seconds }) => seconds > 60 && seconds < 100).map(({ text }) => text);
        const after = asked.filter(({ seconds }) => seconds > 110).map(({ text }) => text);
        expect([new Set(during), new Set(after), asked[0]?.text]).toEqual([new Set(["false"]), new Set(["true"]), "undefined"]);
    });

    it("renews it in time however long a look takes", async () => {
        const world = new WatcherWorld();
        world.lookSeconds = () => 40;
        world.gate = () => "pass";
        world.times = { ...world.times, soakSeconds: 300 };
        await world.run();
        const asked = world.deeds.flatMap(({ did, seconds }) => (did === "lease" ? [seconds] : []));
        const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(5);
    });

    it("says nothing before the lease is answered, and hears at once that it was lost", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.leaseSeconds = () => 4;
        world.answerLease = () => (world.seconds < 20 ? { kind: "held" } : elsewhere());
        await world.run();
        expect(world.deeds.find(({ did }) => did === "report")?.seconds).toBe(4);
        expect(world.reported.filter(({ decision }) => decision.kind === "standing-by").length).toBeGreaterThan(0);
    });

    it("asks for none where there is nothing to watch", async () => {
        const world = new WatcherWorld();
        world.reading = () => ({ kind: "nothing", why: "no candidate", rolledBack: false });
        await world.run();
        expect(world.deeds).toEqual([]);
    });

    it("takes a look that does not come back for a blind one", async () => {
        const world = new WatcherWorld();
        world.times = { ...world.times, blindSeconds: 300 };
        world.lookSeconds = () => (world.seconds > 5 ? 100_000 : 0);
        expect(await world.run()).toMatchObject({ kind: "rolled-back", reason: expect.stringMatching(/nothing was seen for 3\d\d s/) as string });
    });
});

describe("a rollback that can't be done", () => {
    it.each([
        { what: "refused for want of a right", patch: refused },
        { what: "refused since the route is gone", patch: { ...refused, reason: "there is no HTTPRoute prod/api" } },
    ])("ends as failed, with growing pauses before, when it is $what", async ({ patch }) => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.patch = () => patch;
        world.at(5, () => {
            world.raise();
        });
        const end = await world.run();
        expect(end).toMatchObject({ kind: "failed", rollbackDue: true });
        expect(end.kind === "failed" && end.reason).toMatch(/6 of 8 requests failed\. NOT rolled back: .*(403|no HTTPRoute).*rollout rollback/);
        const attempts = world.deeds.flatMap(({ did, seconds }) => (did === "attempt" ? [seconds] : []));
        const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
        expect(gaps.length).toBeGreaterThan(3);
        expect(gaps.every((gap, index) => gap >= (gaps[index - 1] ?? 0.25))).toBe(true);
    });

    it("ends as failed when the route is gone by the time that it asks again", async () => {
        const world = new WatcherWorld();
        world.reading = () =>
            world.seconds < 10 ? underWay(10, world.seconds) : { kind: "nothing", why: "there is no route", rolledBack: false, absent: true };
        world.patch = () => noAnswer;
        world.at(5, () => {
            world.raise();
        });
        expect(await world.run()).toMatchObject({ kind: "failed", rollbackDue: true });
    });

    it.each([
        { when: "between two attempts", atSeconds: 6.1, patchSeconds: 0, attempts: 2 },
        { when: "while an attempt is under way", atSeconds: 7, patchSeconds: 4, attempts: 1 },
        { when: "while it asks again", atSeconds: 60, patchSeconds: 0, attempts: undefined },
    ])("is not waited for after a wish to stop that comes $when", async ({ atSeconds, patchSeconds, attempts }) => {
        const world = new WatcherWorld();
        world.patch = () => noAnswer;
        world.patchSeconds = () => patchSeconds;
        world.reading = () => (world.seconds > 5 ? { kind: "unknown", reason: "connection refused" } : underWay(10, world.seconds));
        world.at(5.5, () => {
            world.raise();
        });
        world.at(atSeconds, () => {
            world.stop.abort();
        });
        const end: WatchEnd = await world.run();
        expect(end).toMatchObject({
            kind: "failed",
            rollbackDue: true,
            reason: expect.stringMatching(/NOT rolled back: the watcher was stopped/) as string,
        });
        expect(world.seconds).toBeLessThan(atSeconds + 4);
        expect(world.rollbacks.length).toBe(attempts ?? world.rollbacks.length);
    });

    it("is finished after a wish to stop when the attempt that is under way succeeds", async () => {
        const world = new WatcherWorld();
        world.patchSeconds = () => 4;
        world.at(5, () => {
            world.raise();
        });
        world.at(6, () => {
            world.stop.abort();
        });
        expect(await world.run()).toMatchObject({ kind: "rolled-back" });
    });

    it.each([0, 30])("does not exist for a watcher that is stopped after %i s with nothing decided", async (seconds) => {
        const world = new WatcherWorld();
        world.at(seconds, () => {
            world.stop.abort();
        });
        if (seconds === 0) {
            world.stop.abort();
        }
        expect(await world.run()).toEqual({ kind: "stopped" });
    });
});

describe("a watcher whose alarm reads nothing", () => {
    const blindSince = (since: number) => (world: WatcherWorld) =>
        world.seconds < since
            ? ({ kind: "sees", pods: 1, of: 1, gateway: true } as const)
            : ({ kind: "blind", sinceSeconds: world.seconds - since, reason: "no route to the pods" } as const);

    it("says so, does not leave the step, and rolls no healthy candidate back", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.sight = () => blindSince(20)(world);
        world.leave = () => Promise.resolve(world.seconds > 500);
        expect(await world.run()).toMatchObject({ kind: "failed", rollbackDue: false, reason: expect.stringContaining("no route to the pods") as string });
        expect(world.seconds).toBeGreaterThan(500);
        expect(world.reported.at(-1)).toMatchObject({ decision: { kind: "unguarded" }, alarm: { kind: "blind" } });
        expect(world.rollbacks).toEqual([]);
    });

    it("leaves the step when another watcher's alarm sees it", async () => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.sight = () => blindSince(0)(world);
        world.answerLease = () => elsewhere(true);
        expect(await world.run()).toMatchObject({ kind: "ready" });
    });

    it.each([false, undefined])("does not when that one is blind as well, or nobody else is there (%s)", async (other) => {
        const world = new WatcherWorld();
        world.gate = () => "pass";
        world.sight = () => blindSince(0)(world);
        world.answerLease = () => (other === undefined ? { kind: "held" } : elsewhere(other));
        expect(await world.run()).toMatchObject({ kind: "failed", rollbackDue: false });
    });

    it("rolls back by the blind limit when looks see nothing either", async () => {
        const world = new WatcherWorld();
        world.sight = () => blindSince(20)(world);
        world.sees = () => world.seconds < 20;
        expect(await world.run()).toMatchObject({ kind: "rolled-back", reason: expect.stringContaining("nothing was seen for 30 s") as string });
    });
});
