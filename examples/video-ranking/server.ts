import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { requestIn } from "./event.ts";
import type { Fault } from "./fault.ts";
import { type Log, reasonOf } from "./log.ts";
import type { Audience, CacheResult, Metrics } from "./metrics.ts";
import { type Call, type Route, callOf } from "./route.ts";
import type { Identity } from "./settings.ts";
import type { Answer, VideoRanking } from "./video-ranking.ts";

/** How long a request may take, in milliseconds: just below the 2 s after which the gateway gives up, so that the service says what happened. */
const requestLimitMs = 1_900;

/**
 * How long an idle connection is kept, in milliseconds: longer than the hour that Envoy keeps one. The side that sends must be the one that closes, else a request meets a connection
 * that is just being closed. https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts
 */
const keepAliveMs = 3_700_000;

/** Longest body that is read, in bytes. */
const bodyAtMostBytes = 10_000;

/**
 * The end of a process, in milliseconds after SIGTERM. The pod has let 10 s go by before it, so that proxies know (preStop, rollout/pulumi/revision-pod.ts), and leaves 20 s: for as
 * long as `answeringMs` each answer tells its connection to close; then what is idle is closed, and at `lastMs` what still hangs.
 */
const ending = { answeringMs: 5_000, lastMs: 17_000 } as const;

/** What the server needs. */
export interface ServerParts {
    readonly identity: Identity;
    readonly ranking: Pick<VideoRanking, "read" | "accept">;
    readonly metrics: Metrics;
    readonly log: Log;
    readonly fault: () => Fault;
    /** Whether the service can take requests. */
    readonly started: () => boolean;
}

/** Answers of a route, or of none, to one request. */
type Reply = Omit<Answer, "status"> & { readonly status: Answer["status"] | 400 | 504 };

/** Serves users and the kubelet. */
export class UserServer {
    readonly #parts: ServerParts;
    readonly #server: Server;
    #draining = false;

    constructor(parts: ServerParts) {
        this.#parts = parts;
        this.#server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => void this.#handle(request, response));
    }

    /** Listens on a port. @returns the port: another one than asked for where that is 0. */
    async listen(port: number): Promise<number> {
        return listenOn(this.#server, port);
    }

    /** Ends without losing a request: see {@link ending}. */
    async drain(): Promise<void> {
        this.#draining = true;
        await sleep(ending.answeringMs);
        const last = setTimeout(() => {
            this.#server.closeAllConnections();
        }, ending.lastMs - ending.answeringMs);
        // Idle connections are closed with it.
        await new Promise((resolve) => this.#server.close(resolve));
        clearTimeout(last);
    }

    async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { identity } = this.#parts;
        response.setHeader("x-served-by-revision", identity.revision);
        response.setHeader("x-served-by-pod", identity.pod);
        if (this.#draining) {
            response.setHeader("connection", "close");
        }
        const call = callOf(request.method ?? "", request.url ?? "");
        if (call.kind === "health") {
            const ok = call.check === "live" || (this.#parts.started() && !(call.check === "ready" && this.#draining));
            send(response, ok ? 200 : 503, { status: ok ? "ok" : this.#draining ? "ending" : "starting" });
        } else if (call.kind === "none") {
            send(response, 404, { error: "no such route" });
        } else {
            await this.#serve(call, request, response);
        }
    }

    async #serve(call: Exclude<Call, { readonly kind: "health" | "none" }>, request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { metrics, fault } = this.#parts;
        const audience = request.headers["x-audience"] === "testers" ? "testers" : "users";
        const startedMs = performance.now();
        response.once("close", metrics.underWay(audience));
        const { hanging, resetting, delayMs } = fault();
        if (Math.random() < hanging) {
            return;
        }
        if (Math.random() < resetting) {
            request.socket.resetAndDestroy();
            return;
        }
        if (delayMs > 0) {
            await sleep(delayMs * (0.5 + Math.random() / 2));
        }
        const reply = this.#spoilt(await this.#replyTo(call, request, audience, requestLimitMs - (performance.now() - startedMs)));
        if (response.destroyed) {
            // The caller gave up: nobody was answered.
            return;
        }
        if (reply.status === 504) {
            metrics.timedOut(audience, call.route);
        }
        if (reply.cache !== "none") {
            response.setHeader("x-cache", reply.cache);
        }
        const durationMs = performance.now() - startedMs;
        metrics.answered(audience, call.route, reply.status, reply.cache, durationMs / 1_000);
        this.#report(request, call.route, reply, durationMs, audience);
        send(response, reply.status, reply.body);
    }

    /** The answer, or after `withinMs` that there is none. */
    async #replyTo(call: Exclude<Call, { readonly kind: "health" | "none" }>, request: IncomingMessage, audience: Audience, withinMs: number): Promise<Reply> {
        const late = Promise.withResolvers<Reply>();
        const cache: CacheResult = call.kind === "read" ? "miss" : "none";
        const timer = setTimeout(late.resolve, withinMs, {
            status: 504,
            body: { error: "it took too long" },
            cache,
            problem: "a dependency did not answer in time",
        });
        try {
            return await Promise.race([this.#worked(call, request, audience), late.promise]);
        } catch (error) {
            return { status: 500, body: { error: "the answer could not be worked out" }, cache, problem: reasonOf(error) };
        } finally {
            clearTimeout(timer);
        }
    }

    async #worked(call: Exclude<Call, { readonly kind: "health" | "none" }>, request: IncomingMessage, audience: Audience): Promise<Reply> {
        switch (call.kind) {
            case "bad":
                return { status: 400, body: { error: call.reason }, cache: "none" };
            case "read":
                return this.#parts.ranking.read(call, audience);
            case "event": {
                const event = requestIn(await bodyOf(request));
                return event === undefined
                    ? { status: 400, body: { error: 'the body is not {"user", "video", "kind"} with the kind view, like, share or skip' }, cache: "none" }
                    : this.#parts.ranking.accept(event, audience);
            }
        }
    }

    /** What a fault makes of a good answer. */
    #spoilt(reply: Reply): Reply {
        return reply.status < 400 && Math.random() < this.#parts.fault().failing
            ? { ...reply, status: 500, body: { error: "the answer could not be worked out" }, problem: "the ranking model failed" }
            : reply;
    }

    #report(request: IncomingMessage, route: Route, { status, problem }: Reply, durationMs: number, audience: Audience): void {
        const critical = Math.random() < this.#parts.fault().critical;
        if (problem === undefined && !critical) {
            return;
        }
        const { "x-request-id": given } = request.headers;
        const facts = { requestId: typeof given === "string" ? given : randomUUID(), route, status, durationMs: Math.round(durationMs) };
        if (problem !== undefined) {
            this.#parts.log.line("error", problem, facts, audience);
        }
        if (critical) {
            this.#parts.log.line("critical", "the ranking model's state is inconsistent", facts, audience);
        }
    }
}

/** Serves `/metrics`. */
export async function serveMetrics(
    metrics: Pick<Metrics, "text" | "contentType">,
    port: number,
): Promise<{ readonly port: number; readonly close: () => void }> {
    const server = createServer((request, response) => {
        if (request.url !== "/metrics") {
            response.writeHead(404).end();
            return;
        }
        void metrics.text().then((text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text));
    });
    const listening = await listenOn(server, port);
    return {
        port: listening,
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}

async function listenOn(server: Server, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    server.once("error", reject);
    server.listen({ port, host: "::", ipv6Only: false }, () => {
        resolve(undefined);
    });
    await promise;
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : port;
}

function send(response: ServerResponse, status: number, body: object): void {
    const json = JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(json) }).end(json);
}

/** The body of a request; empty where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request) {
        const part = Buffer.from(chunk as Buffer);
        bytes += part.length;
        if (bytes <= bodyAtMostBytes) {
            chunks.push(part);
        }
    }
    return bytes > bodyAtMostBytes ? "" : Buffer.concat(chunks).toString();
}
