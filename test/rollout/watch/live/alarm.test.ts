import { describe, expect, it } from "vitest";

import { defined } from "../../../../rollout/defined.ts";
import type { LivePod } from "../../../../rollout/gate/live/evidence.ts";
import type { GatewayInstance, GatewayStatistics } from "../../../../rollout/watch/live/gateway-stats.ts";
import type { CountsLook, PodMetrics } from "../../../../rollout/watch/live/pod-metrics.ts";
import { type AlarmSources, type RunningAlarm, startAlarm } from "../../../../rollout/watch/live/alarm.ts";
import type { NewCounts } from "../../../../rollout/watch/sequential.ts";
import { pod } from "../../gate/live/evidence/setup.ts";
import { FakeClock } from "../../../helpers/fake-clock.ts";

const well: NewCounts = { total: 5, failed: 0, timed: 5, slow: 0 };
const failing: NewCounts = { total: 5, failed: 5, timed: 5, slow: 0 };
const unread: CountsLook = { counts: { kind: "missing", reason: "it can't be read" } };

type Answer = CountsLook | NewCounts | "never";

/** A world whose sources answer what the test says. */
class World {
    readonly clock = new FakeClock();
    readonly raised: string[] = [];
    readonly looks = new Map<string, number>();
    pods: () => Promise<readonly LivePod[]>;
    closed = 0;
    forgotten: string[] = [];
    /** Whether the pods show no metrics. */
    showsNothing = false;
    answer: (source: string, look: number) => Answer = () => well;

    constructor(...names: readonly string[]) {
        this.pods = () => Promise.resolve(names.map((name) => pod(name)));
    }

    start(instances?: () => Promise<readonly string[]>): RunningAlarm {
        const common = {
            look: ({ name }: { readonly name: string }) => this.#look(name),
            forget: (name: string) => {
                this.forgotten.push(name);
            },
            close: () => {
                this.closed += 1;
                return Promise.resolve();
            },
        };
        const metrics: PodMetrics = common;
        const gateway: GatewayStatistics | undefined = instances && {
            ...common,
            instances: async () => (await instances()).map((name): GatewayInstance => ({ name, url: new URL("http://gateway"), address: "10.0.0.9" })),
        };
        const sources: AlarmSources = { ...(this.showsNothing ? {} : { pods: { list: () => this.pods(), metrics } }), ...defined({ gateway }) };
        return startAlarm(sources, ({ reason }) => this.raised.push(reason), this.clock);
    }

    async #look(name: string): Promise<CountsLook> {
        const look = (this.looks.get(name) ?? 0) + 1;
        this.looks.set(name, look);
        const answer = this.answer(name, look);
        if (answer === "never") {
            return new Promise(() => undefined);
        }
        return "counts" in answer ? answer : { counts: { kind: "observed", value: answer } };
    }
}

const six = ["a", "b", "c", "d", "e", "f"];

describe("the alarm", () => {
    it("is raised once, with the reason, and ends by itself", async () => {
        const world = new World(...six);
        world.answer = () => failing;
        world.start();
        await world.clock.advance(10_000);

        expect(world.raised).toEqual(["10 of the last 10 requests failed: more than 5 %"]);
        expect({ waits: world.clock.waits, closed: world.closed }).toEqual({ waits: 0, closed: 1 });
    });

    it.each([
        { what: "never answers", slow: "never" },
        { what: "can't be read", slow: unread },
    ] as const)("is raised as soon by five pods beside one that $what as by five alone", async ({ slow }) => {
        const raisedAfter = async (...names: readonly string[]) => {
            const world = new World(...names);
            world.answer = (name, look) => (name === "f" ? slow : look <= 10 ? well : { ...failing, failed: 1 });
            world.start();
            for (let step = 0; world.raised.length === 0 && step < 1_000; step += 1) {
                await world.clock.advance(10);
            }
            return world.clock.nowMs();
        };

        const alone = await raisedAfter("a", "b", "c", "d", "e");
        expect(alone).toBeLessThan(5_000);
        expect(await raisedAfter(...six)).toBe(alone);
    });

    it("reads a pod several times a second, however long the others take", async () => {
        const world = new World("a", "b");
        world.answer = (name) => (name === "a" ? well : "never");
        const alarm = world.start();
        await world.clock.advance(10_000);
        await alarm.stop();

        expect(world.looks).toEqual(
            new Map([
                ["a", 58],
                ["b", 1],
            ]),
        );
    });

    it("is raised by what users got, where pods say that all is well", async () => {
        const world = new World("a", "b");
        world.answer = (name) => (name === "envoy" ? failing : well);
        world.start(() => Promise.resolve(["envoy"]));
        await world.clock.advance(5_000);

        expect(world.raised).toEqual(["at the gateway, 10 of the last 10 requests failed: more than 5 %"]);
    });

    it("doesn't add up what the pods and the gateway count: a request that both saw counts once", async () => {
        const world = new World("a");
        // Four that fail in each view are no alarm, and would be one together.
        world.answer = (_, look) => (look === 2 ? { total: 4, failed: 4, timed: 4, slow: 0 } : { total: 50, failed: 0, timed: 50, slow: 0 });
        const alarm = world.start(() => Promise.resolve(["envoy"]));
        await world.clock.advance(5_000);
        await alarm.stop();

        expect(world.raised).toEqual([]);
    });

    it("raises nothing after it was stopped, whatever arrives", async () => {
        const world = new World(...six);
        let arrive: (look: CountsLook) => void = () => undefined;
        const late = new Promise<CountsLook>((resolve) => {
            arrive = resolve;
        });
        const metrics: PodMetrics = { look: () => late, forget: () => undefined, close: () => Promise.resolve() };
        const alarm = startAlarm({ pods: { list: () => world.pods(), metrics } }, ({ reason }) => world.raised.push(reason), world.clock);
        await world.clock.advance(100);
        const stopped = alarm.stop();
        arrive({ counts: { kind: "observed", value: { total: 100, failed: 100, timed: 100, slow: 0 } } });
        await stopped;
        await world.clock.advance(10_000);

        expect(world.raised).toEqual([]);
    });

    it.each([
        { what: "pods never answer", pods: undefined },
        { what: "the API server never answers", pods: () => new Promise<readonly LivePod[]>(() => undefined) },
    ])("stops at once when $what, and nothing runs on", async ({ pods }) => {
        const world = new World(...six);
        world.answer = () => "never";
        world.pods = pods ?? world.pods;
        const alarm = world.start(() => Promise.resolve(["envoy"]));
        await world.clock.advance(3_000);
        await Promise.all([alarm.stop(), alarm.stop()]);

        expect({ waits: world.clock.waits, closed: world.closed }).toEqual({ waits: 0, closed: 2 });
    });

    it("follows the pods as they come and go", async () => {
        const world = new World("a");
        const alarm = world.start();
        await world.clock.advance(2_000);
        world.pods = () => Promise.resolve([pod("b")]);
        await world.clock.advance(3_000);
        const readOf = world.looks.get("a");
        await world.clock.advance(3_000);

        expect(world.forgotten).toEqual(["a"]);
        expect(world.looks.get("a")).toBe(readOf);
        expect(alarm.sight()).toEqual({ kind: "sees", pods: 1, of: 1, gateway: false });
        await alarm.stop();
    });
});

describe("the alarm on a service whose pods show no metrics", () => {
    it("is raised by the gateway's own statistics alone, and asks no pod", async () => {
        const world = new World(...six);
        world.showsNothing = true;
        world.answer = () => failing;
        world.start(() => Promise.resolve(["gateway"]));
        await world.clock.advance(10_000);

        expect(world.raised).toEqual(["at the gateway, 10 of the last 10 requests failed: more than 5 %"]);
        expect([...world.looks.keys()]).toEqual(["gateway"]);
    });

    it("sees by the gateway, and says of no pod that it is missing", async () => {
        const world = new World(...six);
        world.showsNothing = true;
        world.answer = () => well;
        const alarm = world.start(() => Promise.resolve(["gateway"]));
        await world.clock.advance(1_000);

        expect(alarm.sight()).toEqual({ kind: "sees", pods: 0, of: 0, gateway: true });
        await alarm.stop();
    });

    it("is blind without the gateway's statistics, and says which key names them", async () => {
        const world = new World(...six);
        world.showsNothing = true;
        const alarm = world.start();
        await world.clock.advance(20_000);

        expect(alarm.sight()).toMatchObject({ kind: "blind", sinceSeconds: 20, reason: expect.stringContaining("metrics.gatewayStatsUrl") as unknown });
        await alarm.stop();
    });
});

describe("the sight of an alarm", () => {
    it("is none before counts flow", async () => {
        const world = new World("a");
        world.answer = (_, look) => (look === 1 ? { counts: { kind: "missing", reason: "pod a was read once" } } : well);
        const alarm = world.start();
        const sights = [alarm.sight()];
        await world.clock.advance(100);
        sights.push(alarm.sight());
        await world.clock.advance(200);
        sights.push(alarm.sight());
        await alarm.stop();

        expect(sights).toEqual([
            { kind: "blind", sinceSeconds: 0, reason: "which ready pods of the candidate there are was not found out yet" },
            { kind: "blind", sinceSeconds: 0.1, reason: "pod a was read once" },
            { kind: "sees", pods: 1, of: 1, gateway: false },
        ]);
    });

    it("is partial while some pods can't be read, and says why", async () => {
        const world = new World(...six);
        world.answer = (name) => (name === "c" ? unread : name === "e" ? "never" : well);
        const alarm = world.start(() => Promise.resolve(["envoy"]));
        await world.clock.advance(5_000);

        expect(alarm.sight()).toEqual({ kind: "sees", pods: 4, of: 6, gateway: true, unseen: "it can't be read" });
        await alarm.stop();
    });

    it.each([
        { what: "gateway, where no pod can be read", blind: ["a", "b"], sight: { kind: "sees", pods: 0, of: 2, gateway: true, unseen: "it can't be read" } },
        {
            what: "pods, where the gateway can't be read",
            blind: ["x", "y"],
            sight: { kind: "sees", pods: 2, of: 2, gateway: false, unseen: "it can't be read" },
        },
        {
            what: "pods, where one of two gateways can't be read",
            blind: ["y"],
            sight: { kind: "sees", pods: 2, of: 2, gateway: false, unseen: "it can't be read" },
        },
    ])("is that of the $what", async ({ blind, sight }) => {
        const world = new World("a", "b");
        world.answer = (name) => (blind.includes(name) ? unread : well);
        const alarm = world.start(() => Promise.resolve(["x", "y"]));
        await world.clock.advance(5_000);

        expect(alarm.sight()).toEqual(sight);
        await alarm.stop();
    });

    it.each([
        { what: "all pods fail", change: (world: World) => (world.answer = () => unread), reason: "it can't be read" },
        { what: "all pods are silent", change: (world: World) => (world.answer = () => "never"), reason: "a gave no answer yet" },
        {
            what: "counts are none",
            change: (world: World) => (world.answer = () => ({ ...well, failed: Number.NaN })),
            reason: 'a shows what can\'t be counts of requests: {"total":5,"failed":null,"timed":5,"slow":0}',
        },
        {
            what: "the pods are gone",
            change: (world: World) => (world.pods = () => Promise.resolve([])),
            reason: "there are no ready pods of the candidate",
            sinceSeconds: 29,
        },
        {
            what: "no pod is ready",
            change: (world: World) => (world.pods = () => Promise.resolve([pod("a", { ready: false })])),
            reason: "there are no ready pods of the candidate",
            sinceSeconds: 29,
        },
        {
            what: "the API server is away",
            change: (world: World) => (world.pods = () => Promise.reject(new Error("no route to host"))),
            reason: "which ready pods of the candidate there are can't be found out: no route to host",
            // What was known of the pods counts for ten seconds.
            sinceSeconds: 20,
        },
    ])("is none when $what, with the time and the reason", async ({ change, reason, sinceSeconds = 30 }) => {
        const world = new World("a");
        const alarm = world.start();
        await world.clock.advance(5_000);
        change(world);
        await world.clock.advance(30_000);
        const sight = alarm.sight();
        await world.clock.advance(10_000);
        const later = alarm.sight();
        await alarm.stop();

        expect(sight).toEqual({ kind: "blind", sinceSeconds: expect.closeTo(sinceSeconds, 0) as unknown, reason });
        expect(later).toMatchObject({ kind: "blind", sinceSeconds: expect.closeTo((sight.kind === "blind" ? sight.sinceSeconds : NaN) + 10) as unknown });
    });

    it("comes back with the counts", async () => {
        const world = new World("a");
        world.answer = () => unread;
        const alarm = world.start();
        await world.clock.advance(60_000);
        const blind = alarm.sight();
        world.answer = () => well;
        await world.clock.advance(1_000);

        expect([blind, alarm.sight()]).toEqual([
            { kind: "blind", sinceSeconds: 60, reason: "it can't be read" },
            { kind: "sees", pods: 1, of: 1, gateway: false },
        ]);
        await alarm.stop();
    });

    it("says what isn't seen although counts flow", async () => {
        const world = new World("a");
        world.answer = () => ({ counts: { kind: "observed", value: well }, unseen: "requests that hang are not seen there" });
        const alarm = world.start();
        await world.clock.advance(1_000);

        expect(alarm.sight()).toMatchObject({ kind: "sees", pods: 1, of: 1, unseen: "requests that hang are not seen there" });
        await alarm.stop();
    });

    it("goes on where the gateway's name has no address", async () => {
        const world = new World("a");
        const alarm = world.start(() => Promise.reject(new Error("ENOTFOUND")));
        await world.clock.advance(3_000);

        expect(alarm.sight()).toEqual({
            kind: "sees",
            pods: 1,
            of: 1,
            gateway: false,
            unseen: "which instances of the gateway there are can't be found out: ENOTFOUND",
        });
        await alarm.stop();
    });
});
