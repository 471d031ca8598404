import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type EventWitness, type ProbeRunner, type ProbeRunnerArgs, probeRunner } from "../../../../rollout/gate/live/probes.ts";
import type { ProbeName } from "../../../../rollout/gate/criterion.ts";
import type { ProbeResult } from "../../../../rollout/gate/evidence.ts";
import { GatewayPlayer, type PlayedAnswer, type Spoiling, testerKey } from "./probes/gateway-player.ts";

const everyProbe: readonly ProbeName[] = ["health", "api", "cache", "engagement-events", "search", "trending", "creator-recommendations", "similar-videos"];

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

/** Sees every event at once. */
const seeing: EventWitness = { begin: () => Promise.resolve({ recorded: () => Promise.resolve(), end: () => Promise.resolve() }) };

async function run(names: readonly ProbeName[], args: Partial<ProbeRunnerArgs> = {}): Promise<Readonly<Partial<Record<ProbeName, ProbeResult>>>> {
    const runner = probeRunner({ gatewayUrl: url, hostname: "videos.example.com", testers, events: seeing, timeoutMs: 2_000, ...args });
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
        { name: "trending", when: "the list is old", spoil: json("/api/v1/trending", { ...list, updatedAt: old(6) }), reason: /are 6\.0 minutes old/ },
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

    it("for an event when nobody looks whether it is recorded", async () => {
        const runner = probeRunner({ gatewayUrl: url, hostname: "videos.example.com", testers });
        runners.push(runner);

        expect(await runner.run("v2", ["engagement-events"])).toEqual({
            "engagement-events": { kind: "failed", reason: "nothing is configured that sees whether events are recorded" },
        });
        expect(gateway.events).toEqual([]);
    });

    it("for an event when it can't be looked at, before one is sent", async () => {
        expect(await reasonOf("engagement-events", { events: { begin: () => Promise.reject(new Error("no broker")) } })).toBe("no broker");
        expect(gateway.events).toEqual([]);
    });

    it("for an event that is accepted and lost, and lets go of the witness", async () => {
        let ended = 0;
        const events: EventWitness = {
            begin: () =>
                Promise.resolve({
                    recorded: ({ id, pod }) => Promise.reject(new Error(`${id} of ${pod ?? "?"} is lost`)),
                    end: () => {
                        ended += 1;
                        return Promise.resolve();
                    },
                }),
        };

        expect(await reasonOf("engagement-events", { events })).toBe("event-0 of v2-pod is lost");
        expect(ended).toBe(1);
    });

    it("for an event when the witness never comes to an end", async () => {
        const events: EventWitness = { begin: () => Promise.resolve({ recorded: () => new Promise(() => undefined), end: () => Promise.resolve() }) };

        expect(await reasonOf("engagement-events", { events, timeoutMs: 100 })).toBe("it took longer than 100 ms");
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

it.each(["videos.example.com", "", "ftp://gateway"])("a runner is refused when the gateway's URL is '%s'", (gatewayUrl) => {
    expect(() => probeRunner({ gatewayUrl, hostname: "videos.example.com", testers })).toThrow(/give one that begins with http/);
});
