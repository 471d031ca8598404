import { resolve } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { ProbeResult } from "../../../rollout/gate/evidence.ts";
import type { ProbedPod } from "../../../rollout/gate/live/probes/context.ts";
import { type ProbeRunner, type ProbeRunnerArgs, probeRunner } from "../../../rollout/gate/live/probes.ts";
import { type ProbeName, probeNames as everyProbe, probes } from "../../../service/probes.ts";
import { GatewayPlayer, type PlayedAnswer, type Spoiling, testerKey } from "./gateway-player.ts";

let gateway = new GatewayPlayer();
let url = "";
const runners: ProbeRunner[] = [];

beforeEach(async () => {
    gateway = new GatewayPlayer();
    url = await gateway.start();
});
afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.close()));
    await gateway.stop();
});

const testers = () => Promise.resolve({ "x-tester-key": testerKey });

/** Where `rollout.config.ts` is. */
const folder = resolve(import.meta.dirname, "../../..");

/** The pod that accepts events, of which it records all but those that it loses. */
const podThat = (loses: number): ProbedPod => ({
    name: "v2-pod",
    metrics: () => {
        const accepted = gateway.events.length;
        const counts = { accepted, recorded: Math.max(0, accepted - loses), failed: 0 };
        return Promise.resolve(Object.entries(counts).map(([result, value]) => ({ name: "engagement_events_total", labels: { result }, value })));
    },
});

async function run(names: readonly ProbeName[], args: Partial<ProbeRunnerArgs> = {}): Promise<Readonly<Record<string, ProbeResult>>> {
    const runner = probeRunner({
        probes,
        folder,
        gatewayUrl: url,
        hostname: "videos.example.com",
        testers,
        pods: () => Promise.resolve([podThat(0)]),
        timeoutMs: 2_000,
        ...args,
    });
    runners.push(runner);
    return runner.run("v2", names);
}

async function reasonOf(name: ProbeName, args: Partial<ProbeRunnerArgs> = {}): Promise<string> {
    const result = (await run([name], args))[name];
    return result?.kind === "failed" ? result.reason : "it passed";
}

/** Spoils the answers to paths that begin with `path`. */
const spoiled =
    (path: string, change: (answer: PlayedAnswer) => Partial<PlayedAnswer>): Spoiling =>
    (answer, request) =>
        request.path.startsWith(path) ? { ...answer, ...change(answer) } : answer;

const json = (path: string, value: unknown): Spoiling => spoiled(path, () => ({ json: value }));
const header = (path: string, name: string, value: string): Spoiling => spoiled(path, ({ headers }) => ({ headers: { ...headers, [name]: value } }));

describe("probes of a sound revision", () => {
    it("all pass", async () => {
        expect(await run(everyProbe)).toEqual(Object.fromEntries(everyProbe.map((name) => [name, { kind: "passed" }])));
    });

    it("carry the tester key, and ask for the host that users call", async () => {
        await run(everyProbe);

        expect(new Set(gateway.requests.map(({ host, revision }) => `${host} ${revision}`))).toEqual(new Set(["videos.example.com v2"]));
    });

    it("send one event, as a user that no person has", async () => {
        await run(["engagement-events"]);

        expect(gateway.requests.filter(({ method }) => method === "POST").map((request) => request.json)).toEqual([
            { user: "rollout-probe", video: "video-1", kind: "view" },
        ]);
    });

    it("run only where they are asked for", async () => {
        expect(Object.keys(await run(["health"]))).toEqual(["health"]);
        expect(gateway.requests.map(({ path }) => path)).toEqual(["/health/started", "/health/ready", "/health/live"]);
    });
});

describe("a probe fails", () => {
    const none = { videos: [] };
    const old = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    const list = { videos: [{ id: "video-1", title: "Chess", creator: "creator-1", score: 1 }] };

    it.each<{ readonly name: ProbeName; readonly when: string; readonly spoil: Spoiling; readonly reason: RegExp }>([
        ...everyProbe.map((name) => ({
            name,
            when: "another revision answers",
            spoil: header("/", "x-served-by-revision", "v1"),
            reason: /answered by revision v1/,
        })),
        ...everyProbe.map((name) => ({
            name,
            when: "the answer doesn't say who answers",
            spoil: spoiled("/", () => ({ headers: {} })),
            reason: /doesn't say which revision/,
        })),
        ...everyProbe.map((name) => ({ name, when: "the answer is 503", spoil: spoiled("/", () => ({ status: 503 })), reason: /answered 503 instead of 20/ })),
        ...everyProbe
            .filter((name) => name !== "health")
            .map((name) => ({ name, when: "the answer is no JSON", spoil: json("/", "<html>"), reason: /is no JSON: <html>/ })),
        { name: "health", when: "it isn't ready", spoil: spoiled("/health/ready", () => ({ status: 503 })), reason: /^\/health\/ready: answered 503/ },
        { name: "api", when: "the feed is empty", spoil: json("/api/v1/feed", none), reason: /isn't as agreed: videos/ },
        {
            name: "api",
            when: "a video has no score",
            spoil: json("/api/v1/feed", { videos: [{ id: "a", title: "b", creator: "c" }] }),
            reason: /videos\.0\.score/,
        },
        { name: "cache", when: "nothing is ever found", spoil: header("/", "x-cache", "miss"), reason: /missed the cache 5 times/ },
        {
            name: "cache",
            when: "no cache is asked",
            spoil: spoiled("/", ({ headers }) => ({ headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== "x-cache")) })),
            reason: /x-cache: hit or miss/,
        },
        { name: "search", when: "it finds nothing", spoil: json("/api/v1/search", none), reason: /isn't as agreed: videos/ },
        { name: "search", when: "it finds something else", spoil: json("/api/v1/search", list), reason: /a search for 'Sourdough' found 'Chess'/ },
        { name: "trending", when: "the list is old", spoil: json("/api/v1/trending", { ...list, updatedAt: old(6) }), reason: /are \d+\.\d minutes old/ },
        { name: "trending", when: "the list is from the future", spoil: json("/api/v1/trending", { ...list, updatedAt: old(-2) }), reason: /from the future/ },
        { name: "trending", when: "the list has no time", spoil: json("/api/v1/trending", list), reason: /isn't as agreed: updatedAt/ },
        { name: "creator-recommendations", when: "there are none", spoil: json("/api/v1/creators", none), reason: /isn't as agreed: videos/ },
        {
            name: "similar-videos",
            when: "a video is similar to itself",
            spoil: json("/api/v1/videos", list),
            reason: /video-1 is among those similar to itself/,
        },
        { name: "similar-videos", when: "there are none", spoil: json("/api/v1/videos", none), reason: /isn't as agreed: videos/ },
        { name: "engagement-events", when: "the event gets no id", spoil: json("/api/v1/engagement", {}), reason: /isn't as agreed: id/ },
        {
            name: "engagement-events",
            when: "the event is refused",
            spoil: spoiled("/api/v1/engagement", () => ({ status: 400 })),
            reason: /answered 400 instead of 202/,
        },
    ])("for $name when $when", async ({ name, spoil, reason }) => {
        gateway.spoil = spoil;

        expect(await reasonOf(name)).toMatch(reason);
    });

    it.each(everyProbe)("for %s when nothing listens", async (name) => {
        expect(await reasonOf(name, { gatewayUrl: "http://127.0.0.1:1" })).toContain("ECONNREFUSED");
    });

    it.each(everyProbe)("for %s when there is no answer in time", async (name) => {
        gateway.spoil = () => undefined;

        expect(await reasonOf(name, { timeoutMs: 50 })).toBe("it took longer than 50 ms");
    });

    it("for an event when the pods can't be looked at, before one is sent", async () => {
        expect(await reasonOf("engagement-events", { pods: () => Promise.reject(new Error("no API server")) })).toBe("no API server");
        expect(gateway.events).toEqual([]);
    });

    it("for an event that is accepted and lost", async () => {
        expect(await reasonOf("engagement-events", { pods: () => Promise.resolve([podThat(1)]), timeoutMs: 5_000 })).toMatch(
            /pod v2-pod accepted 1 events, and 0 were recorded/,
        );
    });

    it("for an event when its metrics never come", async () => {
        const pods = () => Promise.resolve([{ name: "v2-pod", metrics: () => new Promise<never>(() => undefined) }]);

        expect(await reasonOf("engagement-events", { pods, timeoutMs: 100 })).toBe("it took longer than 100 ms");
    });
});

describe("probes that can't reach the candidate", () => {
    it.each([
        { when: "the key is not known", testers: () => Promise.reject(new Error("the tester key can't be read from Secret prod/api-tester-key: HTTP 403")) },
        {
            when: "testers are led nowhere",
            testers: () => Promise.reject(new Error("no tester reaches the candidate (gateway.testers is none: no testers here)")),
        },
    ])("have failed and sent nothing: $when", async ({ testers: none }) => {
        for (const result of Object.values(await run(everyProbe, { testers: none }))) {
            expect(result).toMatchObject({ kind: "failed", reason: expect.stringMatching(/tester/) as unknown });
        }
        expect(gateway.requests).toEqual([]);
    });

    it("have failed when the key is an old one, which leads where users go", async () => {
        expect(await reasonOf("trending", { testers: () => Promise.resolve({ "x-tester-key": "old" }) })).toMatch(/answered by revision v1/);
    });
});

describe("a probe passes", () => {
    it("when the cache throws an entry away in between", async () => {
        let turn = 0;
        gateway.spoil = (answer) => ({ ...answer, headers: { ...answer.headers, "x-cache": (turn += 1) === 3 ? "hit" : "miss" } });

        expect(await reasonOf("cache")).toBe("it passed");
    });

    it("when the trending list is as old as it may be", async () => {
        gateway.spoil = spoiled("/api/v1/trending", () => ({
            json: { videos: [{ id: "a", title: "b", creator: "c", score: 1 }], updatedAt: new Date(Date.now() - 299_000).toISOString() },
        }));

        expect(await reasonOf("trending")).toBe("it passed");
    });
});
