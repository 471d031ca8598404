import { type IncomingHttpHeaders, createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";

import { onTestFinished } from "vitest";

import type { Message } from "../../../../../rollout/announce/message.ts";

/** A request as a receiver got it. */
export interface Received {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
}

/** What a receiver answers. `hang`: nothing, ever. */
export type Reply = { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> } | "hang";

/** A server on this machine that gives these replies in turn, the last one for good. It ends with the test. */
export async function receiver(...replies: readonly [Reply, ...Reply[]]): Promise<{ readonly url: string; readonly received: Received[] }> {
    return answering((_request, index) => replies[Math.min(index, replies.length - 1)] ?? "hang");
}

/** A server on this machine that answers what `reply` says to the request with this number, from 0. */
export async function answering(reply: (request: Received, index: number) => Reply): Promise<{ readonly url: string; readonly received: Received[] }> {
    const received: Received[] = [];
    const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
            const got = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() };
            received.push(got);
            const answer = reply(got, received.length - 1);
            if (answer !== "hang") {
                response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
            }
        });
    });
    const port = await listening(server);
    onTestFinished(() => {
        server.close();
        server.closeAllConnections();
    });
    return { url: `http://127.0.0.1:${String(port)}`, received };
}

/** A server that speaks no HTTP: it sends these bytes to whoever connects. */
export async function babbler(text: string): Promise<string> {
    const server = createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.end(text);
    });
    const port = await listening(server);
    onTestFinished(() => {
        server.close();
    });
    return `http://127.0.0.1:${String(port)}`;
}

/** A port of this machine that nobody listens on. */
export async function deafPort(): Promise<number> {
    const server = createTcpServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
}

async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address: AddressInfo | string | null = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
}

/** A message with everything that one can hold. */
export const message: Message = {
    kind: "incident",
    title: "video-ranking (prod): v1-1-0 has a problem at 10 %",
    text: "What is wrong: errors 0.6 % & rising.\nCall <!channel> or <https://evil.example.com|here>",
    fields: [
        { name: "Service", value: "video-ranking" },
        { name: "Weight", value: "10 %" },
    ],
    links: [{ name: "Runbook", url: "https://docs.example.com/runbook" }],
    at: "2026-01-31T09:15:00.000Z",
    notices: [{ kind: "incident", state: "investigating", title: "Problem with video-ranking", text: "Some requests may fail." }],
    rollout: `sha256:${"2".repeat(64)}`,
};
