import { type IncomingMessage, type Server, createServer } from "node:http";
import { text } from "node:stream/consumers";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Probe } from "../../../../rollout/gate/probe.ts";
import { type ProbeRunner, type ProbeRunnerArgs, probeRunner } from "../../../../rollout/gate/live/probes.ts";

interface Asked {
    readonly line: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
}

const cart = { id: 7, items: [{ name: "bread", "a/b~c": true }], total: null };
const runners: ProbeRunner[] = [];
let asked: Asked[] = [];
let server: Server;
let url = "";

/** Answers with a cart, as revision v2, unless the path asks for something else. */
beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
        void text(request).then((body) => {
            asked.push({ line: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.headers, body });
            const path = request.url ?? "";
            if (path === "/never") {
                return;
            }
            const status = path === "/missing" ? 404 : 200;
            response
                .writeHead(status, { "x-revision": path === "/other" ? "v1" : "v2", "cache-control": "no-store" })
                .end(path === "/text" ? "plain words" : JSON.stringify(cart));
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `http://127.0.0.1:${String(typeof address === "object" ? address?.port : 0)}`;
});
afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
});

function runnerOf(probes: Readonly<Record<string, Probe>>, args: Partial<ProbeRunnerArgs> = {}): ProbeRunner {
    const runner = probeRunner({
        probes,
        folder: import.meta.dirname,
        gatewayUrl: url,
        hostname: "shop.example.com",
        testers: () => Promise.resolve({ "x-tester-key": "key" }),
        pods: () => Promise.resolve([{ name: "a", metrics: () => Promise.resolve([{ name: "up", labels: {}, value: 1 }]) }]),
        timeoutMs: 2_000,
        ...args,
    });
    runners.push(runner);
    return runner;
}

async function outcomeOf(probe: Probe, args: Partial<ProbeRunnerArgs> = {}): Promise<string> {
    const { only } = await runnerOf({ only: probe }, args).run("v2", ["only"]);
    return only?.kind === "failed" ? only.reason : (only?.kind ?? "no result");
}

describe("a probe that is a request", () => {
    it.each<{ readonly when: string; readonly path?: string; readonly expect: Extract<Probe, { kind: "http" }>["expect"]; readonly outcome: RegExp }>([
        { when: "the answer is 200, and no more is asked", expect: {}, outcome: /^passed$/ },
        {
            when: "everything is as it must be",
            expect: {
                status: 200,
                servedBy: "X-Revision",
                headers: { "Cache-Control": "no-store" },
                bodyContains: "bread",
                json: { "/id": 7, "/items/0/name": "bread", "/items/0/a~1b~0c": true, "/total": null, "/items": cart.items, "": cart },
            },
            outcome: /^passed$/,
        },
        { when: "a status is expected that is no success", path: "/missing", expect: { status: 404 }, outcome: /^passed$/ },
        { when: "the status is another one", path: "/missing", expect: {}, outcome: /^GET \/missing: answered 404 instead of 200/ },
        { when: "another revision answers", path: "/other", expect: { servedBy: "x-revision" }, outcome: /answered by revision v1/ },
        { when: "the answer does not say who answers", expect: { servedBy: "x-served" }, outcome: /doesn't say which revision it is from \(x-served\)/ },
        { when: "a header has another value", expect: { headers: { "cache-control": "public" } }, outcome: /cache-control is 'no-store', not 'public'/ },
        { when: "a header is not there", expect: { headers: { etag: "1" } }, outcome: /the header etag is not there, not '1'/ },
        { when: "the body lacks a text", expect: { bodyContains: "butter" }, outcome: /the body has no 'butter'/ },
        { when: "a value is another one", expect: { json: { "/items/0/name": "butter" } }, outcome: /\/items\/0\/name is "bread", not "butter"/ },
        { when: "a value is not there", expect: { json: { "/items/1/name": "bread" } }, outcome: /\/items\/1\/name is not there, not "bread"/ },
        { when: "a value is of another type", expect: { json: { "/id": "7" } }, outcome: /\/id is 7, not "7"/ },
        { when: "the body is no JSON", path: "/text", expect: { json: { "/id": 7 } }, outcome: /is no JSON: plain words/ },
        { when: "there is no answer in time", path: "/never", expect: {}, outcome: /^it took longer than 300 ms$/ },
    ])("$outcome when $when", async ({ path = "/cart", expect: expected, outcome }) => {
        expect(await outcomeOf({ kind: "http", path, expect: expected }, { timeoutMs: path === "/never" ? 300 : 5_000 })).toMatch(outcome);
    });

    it("goes through the testers' door with its own headers and body, and can't change what leads there", async () => {
        await outcomeOf({
            kind: "http",
            method: "POST",
            path: "/cart?probe=1",
            headers: { "X-Probe": "yes", Host: "elsewhere", "X-Tester-Key": "mine" },
            json: { item: "bread" },
            expect: {},
        });

        expect(asked).toEqual([
            {
                line: "POST /cart?probe=1",
                headers: expect.objectContaining({
                    host: "shop.example.com",
                    "x-tester-key": "key",
                    "x-probe": "yes",
                    "content-type": "application/json",
                }) as unknown,
                body: '{"item":"bread"}',
            },
        ]);
    });
});

describe("a probe that is a function", () => {
    const module = "probes/functions.ts";

    it.each<{ readonly when: string; readonly probe: Probe; readonly outcome: RegExp }>([
        { when: "it comes to its end", probe: { kind: "function", module }, outcome: /^passed$/ },
        { when: "it throws", probe: { kind: "function", module, export: "fails" }, outcome: /^the basket is empty$/ },
        { when: "it never ends", probe: { kind: "function", module, export: "hangs" }, outcome: /^it took longer than/ },
        {
            when: "the module has no such export",
            probe: { kind: "function", module, export: "health" },
            outcome: /has no function 'health'; it exports default, fails, hangs, number/,
        },
        { when: "the export is no function", probe: { kind: "function", module, export: "number" }, outcome: /has no function 'number'/ },
        { when: "there is no such module", probe: { kind: "function", module: "probes/none.ts" }, outcome: /module .*probes\/none\.ts can't be loaded/ },
        {
            when: "the module throws",
            probe: { kind: "function", module: "probes/broken.ts" },
            outcome: /module .*broken\.ts can't be loaded: it can't be imported/,
        },
    ])("$outcome when $when", async ({ probe, outcome }) => {
        expect(await outcomeOf(probe, { timeoutMs: 1_500 })).toMatch(outcome);
    });

    it("asks through the testers' door", async () => {
        await outcomeOf({ kind: "function", module });

        expect(asked).toMatchObject([{ line: "GET /of/v2", headers: { "x-tester-key": "key", "x-trace": "1" } }]);
    });
});

describe("a runner of probes", () => {
    it("fails a probe that the profile does not have", async () => {
        expect(await runnerOf({}).run("v2", ["cart"])).toEqual({ cart: { kind: "failed", reason: "the profile has no probe 'cart'" } });
    });

    it("sends nothing where the way to the candidate is not known", async () => {
        const reason = "the tester key can't be read";

        expect(await outcomeOf({ kind: "http", path: "/cart", expect: {} }, { testers: () => Promise.reject(new Error(reason)) })).toBe(reason);
        expect(asked).toEqual([]);
    });

    it.each(["shop.example.com", "", "ftp://gateway"])("is refused when the gateway's URL is '%s'", (gatewayUrl) => {
        expect(() => runnerOf({}, { gatewayUrl })).toThrow(/give one that begins with http/);
    });
});
