import { readlinkSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as send } from "node:http";
import type { Server } from "node:net";

/** Headers that are for one connection only (RFC 9110, section 7.6.1). */
const connectionHeaders = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/** How long a pod may be silent, in milliseconds. */
const silenceMs = 30_000;

/**
 * Serves a plain HTTP forward proxy on a listening socket: requests name the whole address, such as GET http://10.244.1.7:9090/metrics, and go out in the network of this process.
 * Asked for `/healthz` itself, it answers with the identity of that network.
 */
export function servePodProxy(listening: Server): void {
    createServer((incoming, answer) => {
        if (incoming.url === "/healthz") {
            answer.end(readlinkSync("/proc/self/ns/net"));
            return;
        }
        const target = URL.parse(incoming.url ?? "");
        if (target?.protocol !== "http:") {
            refuse(answer, 400, `this is a forward proxy: ask for a whole address such as http://10.244.1.7:9090/metrics, not for '${incoming.url ?? ""}'`);
            return;
        }
        forward(incoming, answer, target);
    }).listen(listening);
}

function forward(incoming: IncomingMessage, answer: ServerResponse, target: URL): void {
    // A connection of its own for each request: a pod that is gone must show at once.
    const outgoing = send(target, { method: incoming.method, headers: passedOn(incoming.headers), agent: false, timeout: silenceMs }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, passedOn(reply.headers));
        reply.pipe(answer);
        reply.once("error", () => answer.destroy());
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${String(silenceMs / 1_000)} s`)));
    outgoing.once("error", (error) => {
        refuse(answer, 502, `${target.host}: ${error.message}`);
    });
    answer.once("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
}

function refuse(answer: ServerResponse, status: number, reason: string): void {
    if (answer.headersSent) {
        answer.destroy();
    } else {
        answer.writeHead(status, { "content-type": "text/plain" }).end(`${reason}\n`);
    }
}

function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !connectionHeaders.includes(name)));
}
