import { describe, expect, it } from "vitest";

import type { Delivery } from "../../../../rollout/announce/live/notifiers/delivery.ts";
import { Announcer, type AnnouncerParts } from "../../../../rollout/announce/live/announcing.ts";
import type { SessionDraft } from "../../../../rollout/cli/recording.ts";
import { WatcherMetrics } from "../../../../rollout/watch/live/watcher-metrics.ts";
import { type Examination, type LiveStep, type StepReading, type WatchStatus, type WatcherParts, watch } from "../../../../rollout/watch/live/watcher.ts";
import type { LedgerRecord } from "../../../../rollout/ledger/ledger-record.ts";
import type { Message } from "../../../../rollout/announce/message.ts";
import type { Weight } from "../../../../rollout/plan/plan.ts";
import type { RolloutRecord } from "../../../../rollout/route/record.ts";
import { scheduleFor } from "../../../../rollout/plan/schedule.ts";
import type { Judgement, Verdict } from "../../../../rollout/gate/verdict.ts";
import { FakeClock } from "../../../helpers/fake-clock.ts";
import { chainOf, evidence } from "../../ledger/arbitraries.ts";
import { plan } from "../../../../service/plan.ts";

const stable = { name: "v1-0-0", digest: `sha256:${"1".repeat(64)}` };
const candidate = { name: "v1-1-0", digest: `sha256:${"2".repeat(64)}` };

function step(weightPercent: Weight = 10, soakedSeconds = 60): LiveStep {
    return { stable, candidate, weightPercent, enteredAt: `2025-01-01T00:00:${String(weightPercent).padStart(2, "0").slice(0, 2)}.000Z`, soakedSeconds };
}

function judgement(verdict: Verdict, broken = false): Judgement {
    return { verdict, reasons: [{ criterion: "error-ratio", verdict, text: "as told", samples: 1, ...(broken ? { shortfall: "breached" as const } : {}) }] };
}

function look(of = step(), broken = false): WatchStatus {
    const examination: Examination = { evidence, gate: judgement(broken ? "hold" : "pass", broken), atOnce: judgement("pass") };
    return { step: of, decision: { kind: "soaking", secondsLeft: 840 }, examination };
}

/** A world in which everyone hears everything at once, unless a test says otherwise. */
class World implements AnnouncerParts {
    readonly sent: Message[] = [];
    readonly written: SessionDraft[] = [];
    readonly warnings: string[] = [];
    readonly heardAt: number[] = [];
    readonly paused: number[] = [];
    seconds = 1_000;
    ledger: () => Promise<readonly LedgerRecord[]> = () => Promise.resolve([]);
    route: RolloutRecord = { kind: "steady", stable: candidate };
    outcome: (message: Message) => Promise<readonly Delivery[]> = () => Promise.resolve([delivered]);

    readonly common = {
        service: "video-ranking",
        environment: "prod",
        plannedSeconds: 11_700,
        weights: [10, 25, 50, 100],
        updateEverySeconds: 900,
        links: {},
    } as const;
    readonly deliver = async (message: Message) => {
        this.sent.push(message);
        return this.outcome(message);
    };
    readonly records = () => this.ledger();
    readonly write = (draft: SessionDraft) => {
        this.written.push(draft);
        return Promise.resolve();
    };
    readonly present = () => Promise.resolve(this.route);
    readonly soakSecondsAt = () => 900;
    readonly heard = (atSeconds: number) => {
        this.heardAt.push(atSeconds);
    };
    readonly warn = (line: string) => {
        this.warnings.push(line);
    };
    readonly nowSeconds = () => this.seconds;
    readonly pause = (milliseconds: number) => {
        this.paused.push(milliseconds);
        return Promise.resolve();
    };

    /** Everything that was said, by kind. */
    get said(): readonly string[] {
        return this.sent.map(({ kind }) => kind);
    }
}

const delivered: Delivery = { kind: "delivered", notifier: "slack", at: "2025-01-01T00:00:00.000Z", attempts: 1 };
const undelivered: Delivery = { kind: "undelivered", notifier: "email", attempts: 5, reason: "status 500" };
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

async function looking(announcer: Announcer, ...looks: readonly WatchStatus[]): Promise<void> {
    for (const status of looks) {
        announcer.look(status);
        await announcer.settled();
    }
}

describe("whoever tells people of a watched rollout", () => {
    it("tells of the start, of a problem, and every 15 minutes how it stands", async () => {
        const world = new World();
        const announcer = new Announcer(world);
        await looking(announcer, look(), look(step(), true), look(step(), true));
        world.seconds += 900;
        await looking(announcer, look());
        expect(world.said).toEqual(["start", "incident", "update"]);
        expect(world.sent[1]?.text).toContain("What is wrong: error-ratio: as told");
        expect(world.sent[2]?.fields).toContainEqual({ name: "Soak left", value: "14 min" });
    });

    it("writes down who heard what, and who did not", async () => {
        const world = new World();
        world.outcome = () => Promise.resolve([delivered, undelivered, { kind: "not-for-it", notifier: "status-page" }]);
        await looking(new Announcer(world), look());
        expect(world.written).toEqual([
            {
                kind: "told",
                message: "start",
                rollout: { stable, candidate, from: 10, to: 10 },
                text: "slack: video-ranking (prod): the rollout of v1-1-0 has started, at 10 %",
                delivered: [{ notifier: "slack", at: "2025-01-01T00:00:00.000Z", attempts: 1 }],
                undelivered: [{ notifier: "email", attempts: 5, reason: "status 500" }],
            },
        ]);
        expect(world.warnings).toEqual(["email did not get the message 'start' (tries: 5): status 500"]);
        expect(world.heardAt).toEqual([1_000]);
    });

    it("does not call it told when nobody heard, and does not count it as heard", async () => {
        const world = new World();
        world.outcome = () => Promise.resolve([undelivered]);
        await looking(new Announcer(world), look());
        expect(world.written).toMatchObject([{ kind: "not-told", message: "start", undelivered: [{ notifier: "email", reason: "status 500" }] }]);
        expect(world.heardAt).toEqual([]);
    });

    it("says nothing again that the ledger shows was said, also after it starts anew", async () => {
        const world = new World();
        const first = new Announcer(world);
        await looking(first, look());
        const [draft] = world.written;
        if (draft === undefined) {
            throw new Error("nothing was written");
        }
        world.ledger = () => Promise.resolve(chainOf([{ ...draft, actor: { identity: "ci", verified: true } }]));
        world.seconds = Date.parse("2025-10-26T07:00:00.000Z") / 1_000 + 60;
        await looking(new Announcer(world), look(), look());
        expect(world.said).toEqual(["start"]);
        // The ledger's time, so that the metric of the last message survives too.
        expect(world.heardAt.at(-1)).toBe(Date.parse("2025-10-26T07:00:00.000Z") / 1_000);
    });

    it("tells twice rather than not at all when the ledger can't be read", async () => {
        const world = new World();
        world.ledger = () => Promise.reject(new Error("connection refused"));
        await looking(new Announcer(world), look());
        expect(world.said).toEqual(["start"]);
    });

    it("says nothing while another watcher has the lease", async () => {
        const world = new World();
        const announcer = new Announcer(world);
        await looking(announcer, { step: step(), decision: { kind: "standing-by", holder: "watchdog-0" } });
        announcer.ended({ kind: "rolled-back", reason: "errors" });
        await announcer.settled();
        expect(world.said).toEqual([]);
    });

    it("tells of its own rollback at once, and once", async () => {
        const world = new World();
        const announcer = new Announcer(world);
        await looking(announcer, look());
        announcer.rolledBack(step(), "errors 7 %");
        announcer.ended({ kind: "rolled-back", reason: "errors 7 %" });
        await announcer.settled();
        expect(world.said).toEqual(["start", "rollback"]);
        expect(world.sent[1]?.text).toContain("Why: errors 7 %.");
        expect(world.paused).toEqual([]);
    });

    it("tells of somebody else's rollback only where the ledger shows that nobody told it", async () => {
        for (const told of [false, true]) {
            const world = new World();
            const announcer = new Announcer(world);
            await looking(announcer, look());
            world.ledger = () =>
                Promise.resolve(
                    chainOf(
                        told
                            ? [
                                  {
                                      kind: "told",
                                      message: "rollback",
                                      actor: { identity: "ci", verified: true },
                                      rollout: { stable, candidate, from: 0, to: 0 },
                                      text: "told",
                                      delivered: [{ notifier: "slack", at: "2025-01-01T00:00:00.000Z", attempts: 1 }],
                                      undelivered: [],
                                  },
                              ]
                            : [],
                    ),
                );
            announcer.ended({ kind: "rolled-back", reason: "by hand" });
            await announcer.settled();
            expect(world.paused).toEqual([15_000]);
            expect(world.said).toEqual(told ? ["start"] : ["start", "rollback"]);
        }
    });

    it.each<{ what: string; route: RolloutRecord; said: readonly string[] }>([
        { what: "the candidate is the stable revision", route: { kind: "steady", stable: candidate }, said: ["step", "success"] },
        { what: "the candidate left the stack", route: { kind: "steady", stable }, said: ["step"] },
    ])("tells of a success when $what", async ({ route, said }) => {
        const world = new World();
        world.route = route;
        const announcer = new Announcer(world);
        await looking(announcer, look(step(100)));
        announcer.ended({ kind: "nothing", why: "there is no candidate" });
        announcer.ended({ kind: "nothing", why: "there is no candidate" });
        await announcer.settled();
        expect(world.said).toEqual(said);
    });

    it("has nobody to tell where the config names nobody", async () => {
        const world = new World();
        const { records, write, present, common, soakSecondsAt, heard, warn, nowSeconds, pause } = world;
        const announcer = new Announcer({ records, write, present, common, soakSecondsAt, heard, warn, nowSeconds, pause });
        await looking(announcer, look());
        expect(await announcer.announce({ stable, candidate, weightPercent: 10 }, { kind: "start" })).toEqual([]);
        expect(world.written).toEqual([]);
    });

    it("survives a notifier that throws", async () => {
        const world = new World();
        world.outcome = () => Promise.reject(new Error("a mistake in the program"));
        await looking(new Announcer(world), look());
        expect(world.warnings).toEqual(["the message 'start' was not sent: a mistake in the program"]);
    });

    it("shows when people last heard something, for the alert on its absence", async () => {
        const metrics = new WatcherMetrics(scheduleFor(plan, { timeScale: 1, environment: "prod" }));
        const world = new World();
        const announcer = new Announcer(
            Object.assign(world, {
                heard: (atSeconds: number) => {
                    metrics.statusUpdate(atSeconds);
                },
            }),
        );
        expect(await metrics.text()).toMatch(/^rollout_status_update_timestamp_seconds 0$/m);
        await looking(announcer, look());
        expect(await metrics.text()).toMatch(/^rollout_status_update_timestamp_seconds 1000$/m);
    });
});

describe("while a notifier hangs", () => {
    it("updates don't pile up, and a problem is still sent", async () => {
        const world = new World();
        const announcer = new Announcer(world);
        await looking(announcer, look());
        world.outcome = () => never();
        for (const broken of [false, false, true, true]) {
            world.seconds += 900;
            announcer.look(look(step(), broken));
            await new Promise((resolve) => setImmediate(resolve));
        }
        expect(world.said).toEqual(["start", "update", "incident"]);
    });

    it.each([
        { what: "the notifier", hang: (world: World) => (world.outcome = () => never()) },
        { what: "the ledger", hang: (world: World) => (world.ledger = () => never()) },
    ])("a rollout is watched and rolled back as fast as without: $what", async ({ hang }) => {
        const ends = await Promise.all(
            [false, true].map(async (hanging) => {
                const world = new World();
                if (hanging) {
                    hang(world);
                }
                const announcer = new Announcer(world);
                const clock = new FakeClock();
                const watched = watchedWorld(announcer, clock);
                const options = { everyMs: 1_000, leaveWhenReady: () => Promise.resolve(true), stop: new AbortController().signal };
                const end = await clock.until(watch(watched.parts, options));
                announcer.ended(end);
                return { end, seconds: clock.seconds, looks: watched.looks() };
            }),
        );
        expect(ends[1]).toEqual(ends[0]);
        expect(ends[1]).toMatchObject({ end: { kind: "rolled-back" }, seconds: 30 });
    });
});

/** A watched step that breaks a limit after 30 seconds. */
function watchedWorld(announcer: Announcer, clock: FakeClock): { readonly parts: WatcherParts; readonly looks: () => number } {
    let looks = 0;
    const parts: WatcherParts = {
        readStep: (): Promise<StepReading> => Promise.resolve({ kind: "under-way", step: step(10, clock.seconds) }),
        examine: () => Promise.resolve({ evidence, gate: judgement("pass"), atOnce: judgement(clock.seconds < 30 ? "pass" : "rollback") }),
        startAlarm: () => ({ stop: () => Promise.resolve(), sight: () => ({ kind: "sees", pods: 1, of: 1, gateway: true }) }),
        rollBack: (of, reason) => {
            announcer.rolledBack(of, reason);
            return Promise.resolve({ kind: "done" });
        },
        lease: () => Promise.resolve({ kind: "held" }),
        report: (status) => {
            looks += 1;
            announcer.look(status);
        },
        timesAt: () => ({ soakSeconds: 600, holdSeconds: 120, blindSeconds: 30 }),
        now: clock.now,
        pause: clock.pause,
    };
    return { parts, looks: () => looks };
}
