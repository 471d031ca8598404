import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";

import { wordsOf } from "../../rollout/words.ts";
import { answerOf } from "./catalogue.ts";
import { checkoutAnswer } from "./checkout.ts";
import type { EventLog } from "./event-log.ts";
import { type Delivery, type Failure, failureStatus } from "./failure.ts";
import type { Fleet } from "./fleet.ts";
import { audienceHeader, testersAudience } from "../../rollout/route/testers.ts";
import { log } from "./log.ts";
import { type Outcome, drawOutcome } from "./outcome.ts";
import { podOf } from "./pod-connections.ts";
import type { PodProcess } from "./pod-process.ts";
import { profiles } from "./profile.ts";
import { type Call, type CheckoutRoute, callOf, methodOf, type ReadCall, type Route } from "./route.ts";
import type { SimulatedPod } from "./simulated-pod.ts";
import type { Audience } from "./telemetry.ts";

const eventSchema = z.object({ user: z.string().min(1), video: z.string().min(1), kind: z.string().min(1) });

/** Longest body that is read, in bytes. */
const bodyAtMostBytes = 10_000;

/** A request under way. */
interface Exchange {
    readonly pod: SimulatedPod;
    readonly process: PodProcess;
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly random: () => number;
    readonly audience: Audience;
}

/**
 * Serves what users call, on port 8080 of every pod.
 *
 * @param random decides what happens to requests: numbers from 0 to below 1.
 */
export function userServer(fleet: Fleet, events: EventLog, random: () => number = Math.random): Server {
    return createServer((request, response) => {
        void podOf(fleet, request.socket).then((pod) => {
            if (pod?.process === undefined) {
                request.socket.resetAndDestroy();
                return;
            }
            const audience = request.headers[audienceHeader] === testersAudience ? "testers" : "users";
            const exchange: Exchange = { pod, process: pod.process, request, response, random, audience };
            answer(exchange, callOf(request.method ?? "", request.url ?? ""), events);
        });
    });
}

function answer(exchange: Exchange, call: Call, events: EventLog): void {
    switch (call.kind) {
        case "health":
            send(exchange, exchange.pod.ready ? 200 : 503, { status: exchange.pod.ready ? "ok" : "starting" });
            return;
        case "none":
            send(exchange, 404, { error: "no such route" });
            return;
        case "bad":
            reject(exchange, call.route, 400, { error: call.reason });
            return;
        case "engagement":
            void acceptEvent(exchange, events);
            return;
        case "checkout":
            void checkOut(exchange, call.route);
            return;
        default:
            read(exchange, call);
    }
}

function read(exchange: Exchange, call: ReadCall): void {
    const found = answerOf(call, Date.now());
    if (found === undefined) {
        reject(exchange, call.route, 404, { error: "not found" });
        return;
    }
    serve(exchange, call.route, (delivery) => send(exchange, 200, found, delivery));
}

async function acceptEvent(exchange: Exchange, events: EventLog): Promise<void> {
    const event = eventSchema.safeParse(await jsonOf(exchange.request)).data;
    if (event === undefined) {
        reject(exchange, "engagement", 400, { error: 'the body is not {"user", "video", "kind"}' });
        return;
    }
    const { audience } = exchange;
    const recorded = profiles[exchange.pod.faultAt(Date.now()).profile].recordsEvents;
    serve(exchange, "engagement", (delivery) => {
        const id = randomUUID();
        const { metrics } = exchange.process;
        const { service, revision } = exchange.pod.facts;
        metrics.event?.(audience, "accepted");
        if (recorded) {
            const value = JSON.stringify({ id, ...event, revision, time: new Date().toISOString() });
            events.append({ topic: `${service}.engagement-events`, key: id, value }).then(
                () => {
                    metrics.event?.(audience, "recorded");
                },
                (error: unknown) => {
                    metrics.event?.(audience, "failed");
                    log(exchange.pod, "error", `an engagement event was lost: ${wordsOf(error)}`);
                },
            );
        }
        return send(exchange, 202, { id }, delivery);
    });
}

async function checkOut(exchange: Exchange, route: CheckoutRoute): Promise<void> {
    const { status, body } = checkoutAnswer(route, methodOf(route) === "POST" ? await jsonOf(exchange.request) : undefined);
    if (status === 400) {
        reject(exchange, route, status, body);
        return;
    }
    serve(exchange, route, (delivery) => send(exchange, status, body, delivery));
}

/** The body as JSON; undefined where it is none, or too long. */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
    if (Number(request.headers["content-length"] ?? 0) > bodyAtMostBytes) {
        return undefined;
    }
    try {
        return JSON.parse(await text(request));
    } catch {
        return undefined;
    }
}

/** Draws what happens to a request, and lets it happen when its time has come. */
function serve(exchange: Exchange, route: Route, succeed: (delivery: Delivery) => number): void {
    const { pod, process, request, response } = exchange;
    const outcome = drawOutcome(profiles[pod.faultAt(Date.now()).profile], route, exchange.random);
    if (outcome.delivery === "hangs") {
        // The gateway's time limit ends it, and a process that hangs counts no answer.
        response.once("close", process.hang(exchange.audience));
        return;
    }
    if (outcome.delivery === "reset") {
        request.socket.resetAndDestroy();
        return;
    }
    process.begin(exchange.audience, outcome);
    if (outcome.cache !== "none") {
        response.setHeader("x-cache", outcome.cache);
    }
    setTimeout(() => {
        const status =
            outcome.failure === "none"
                ? succeed(outcome.delivery)
                : send(exchange, failureStatus(outcome.failure), { error: messages[outcome.failure] }, outcome.delivery);
        process.end(exchange.audience, route, status, outcome);
        report(exchange, route, status, outcome);
    }, outcome.latencyMs);
}

const messages = {
    broken: "the answer could not be worked out",
    "no-connection": "no connection to the database: the pool is exhausted",
    unavailable: "the service can't take requests now",
    timeout: "a dependency did not answer in time",
    "bad-request": "the request can't be understood",
    unauthorized: "the request names no user",
    forbidden: "the user may not have this",
    "not-found": "not found",
} as const satisfies Record<Failure, string>;

function report({ pod, request, audience }: Exchange, route: Route, status: number, { failure, critical, latencyMs }: Outcome): void {
    // Where the request is to blame, the server has no error to report.
    const failed = failure !== "none" && status >= 500;
    if (!failed && !critical) {
        return;
    }
    const { "x-request-id": given } = request.headers;
    const facts = { requestId: typeof given === "string" ? given : randomUUID(), route, status, durationMs: Math.round(latencyMs) };
    if (failed) {
        log(pod, "error", messages[failure], facts, audience);
    }
    if (critical) {
        log(pod, "critical", "the ranking model's state is inconsistent", facts, audience);
    }
}

/** An answer that needs no work. */
function reject(exchange: Exchange, route: Route, status: 400 | 404, body: object): void {
    send(exchange, status, body);
    exchange.process.metrics.answered(exchange.audience, route, status, "none", 0);
}

function send({ pod, request, response }: Exchange, status: number, body: object, delivery: Delivery = "whole"): number {
    const json = JSON.stringify(body);
    response.writeHead(status, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(json),
        "x-served-by-revision": pod.facts.revision,
        "x-served-by-pod": pod.facts.name,
    });
    if (delivery === "reset-late") {
        response.write(json.slice(0, json.length / 2));
        setTimeout(() => {
            request.socket.resetAndDestroy();
        }, lateResetMs);
    } else {
        response.end(json);
    }
    return status;
}

/** From the first half of a body to the reset, in milliseconds: a reset makes the other end forget what it has not read yet, and the headers are to arrive. */
const lateResetMs = 20;
