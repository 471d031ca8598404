import { once } from "node:events";
import { type RequestListener, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { type Load, type LoadOptions, startLoad } from "../../lab/load/load.ts";
import { waitUntil } from "../../lab/wait.ts";

describe("load", () => {
    let server: Server | undefined;
    let load: Load | undefined;

    afterEach(async () => {
        await load?.stop().catch(() => undefined);
        server?.closeAllConnections();
        server?.close();
    });

    /** Starts load on a server of this test, with the network of this process. */
    async function loadOn(listener: RequestListener, options: Partial<LoadOptions> = {}): Promise<Load> {
        server = createServer(listener).listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        const target = { gateway: `http://127.0.0.1:${String(port)}`, enter: [process.execPath] };
        load = await startLoad({ host: "ranking.lab.example.com", requestsPerSecond: 200, forSeconds: 60, target, ...options });
        return load;
    }

    const seen = (running: Load, requests: number) =>
        waitUntil(
            async () => {
                const counts = await running.counts();
                if (counts.total.requests < requests) {
                    throw new Error(`${String(counts.total.requests)} requests`);
                }
                return counts;
            },
            { what: `${String(requests)} requests`, withinMs: 50_000 },
        );

    it("counts what each revision answered", async () => {
        let number = 0;
        const running = await loadOn((request, response) => {
            number += 1;
            const revision = number % 4 === 0 ? "v2" : "v1";
            response.writeHead(revision === "v2" ? 500 : 200, { "x-served-by-revision": revision }).end(request.headers.host);
        });
        await seen(running, 100);
        const { total, byRevision, sent, notSent } = await running.stop();
        expect(total.requests).toBe(number);
        expect({ sent, notSent }).toEqual({ sent: number, notSent: 0 });
        expect(byRevision.v1).toMatchObject({ failures: 0, requests: number - Math.floor(number / 4) });
        expect(byRevision.v2).toMatchObject({ failures: Math.floor(number / 4), failuresByReason: { "500": Math.floor(number / 4) } });
    });

    it("calls the paths that it is given, and no others", async () => {
        const called = new Map<string, number>();
        const paths = ["/api/v1/cart", "/api/v1/orders?open=1"];
        const running = await loadOn(
            ({ method = "", url = "" }, response) => {
                called.set(`${method} ${url}`, (called.get(`${method} ${url}`) ?? 0) + 1);
                response.end();
            },
            { paths },
        );
        await seen(running, 100);
        expect([...called.keys()].toSorted()).toEqual(paths.map((path) => `GET ${path}`));
    });

    it("counts an answer that is cut off as a failed connection of the revision that began it, whatever its status", async () => {
        const running = await loadOn((request, response) => {
            response.writeHead(200, { "x-served-by-revision": "v2", "content-length": 4 });
            response.write("ok", () => setTimeout(() => request.socket.destroy(), 5));
        });
        await seen(running, 20);
        const { byRevision, total } = await running.stop();
        expect(Object.keys(byRevision)).toEqual(["v2"]);
        expect(total).toMatchObject({ failures: total.requests, failuresByReason: { connection: total.requests } });
    });

    it("names the host, and sends further headers where they are asked for", async () => {
        const headers = new Set<string>();
        const running = await loadOn(
            (request, response) => {
                headers.add(`${request.headers.host ?? ""} ${String(request.headers["x-tester-key"])}`);
                response.end();
            },
            { headers: { "x-tester-key": "key" } },
        );
        await seen(running, 5);
        expect([...headers]).toEqual(["ranking.lab.example.com key"]);
    });

    it("goes on sending while nothing is answered, up to its bound, and counts what it could not send", async () => {
        let received = 0;
        const running = await loadOn(
            () => {
                received += 1;
            },
            { waitingAtMost: 10, timeoutMs: 60_000 },
        );
        await waitUntil(
            async () => {
                const { notSent } = await running.counts();
                if (notSent < 20) {
                    throw new Error(`${String(notSent)} not sent`);
                }
            },
            { what: "requests that are not sent", withinMs: 50_000 },
        );
        expect(received).toBe(10);
        // With nothing more to send, or it would fill the freed places, and wait for those answers too.
        await running.setRate(0);
        server?.closeAllConnections();
        const { total } = await running.stop();
        expect(total.failuresByReason).toEqual({ connection: total.requests });
    });

    it("counts an answer that never comes as a timeout", async () => {
        const running = await loadOn(() => undefined, { requestsPerSecond: 20, timeoutMs: 200 });
        await seen(running, 1);
        const { total } = await running.stop();
        expect(total.failuresByReason).toEqual({ timeout: total.requests });
    });

    it("pauses at a rate of 0", async () => {
        let received = 0;
        const running = await loadOn((_, response) => {
            received += 1;
            response.end();
        });
        await seen(running, 10);
        await running.setRate(0);
        const { sent } = await running.counts();
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect((await running.counts()).sent).toBe(sent);
        await running.setRate(200);
        await seen(running, sent + 10);
        expect(received).toBeGreaterThan(sent);
    });

    it("ends by itself, and keeps its numbers", async () => {
        const running = await loadOn((_, response) => response.end(), { forSeconds: 0.5 });
        await waitUntil(
            async () => {
                const before = await running.counts();
                await new Promise((resolve) => setTimeout(resolve, 100));
                expect(await running.counts()).toEqual(before);
            },
            { what: "the end of the load", withinMs: 50_000 },
        );
        const counts = await running.stop();
        expect(counts.total.requests).toBeGreaterThan(0);
        expect(await running.stop()).toEqual(counts);
    });

    it.each([
        { options: { requestsPerSecond: 5_000 }, names: "requestsPerSecond" },
        { options: { requestsPerSecond: -1 }, names: "requestsPerSecond" },
        { options: { forSeconds: 100_000 }, names: "forSeconds" },
        { options: { host: "" }, names: "host" },
    ])("refuses $options", async ({ options, names }) => {
        await expect(startLoad({ host: "ranking.lab.example.com", requestsPerSecond: 1, ...options })).rejects.toThrow(names);
    });

    it("says so when its network can't be entered", async () => {
        const target = { gateway: "http://127.0.0.1:1", enter: ["/bin/false"] };
        await expect(startLoad({ host: "ranking.lab.example.com", requestsPerSecond: 1, target })).rejects.toThrow("has ended with 1");
    });
});
