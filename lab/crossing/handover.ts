import { Server, createServer } from "node:net";
import type { Handover } from "./plan.ts";
import { handoverSchema } from "./plan.ts";

/** The other of the crossing's two processes, as Node's channel between parent and child gives it. */
export interface Peer {
    readonly send: (message: Handover, socket: Server, done: (error: Error | null) => void) => unknown;
    readonly onMessage: (take: (message: unknown, socket: unknown) => void) => unknown;
}

/**
 * Listens on a port in the network of this process, and hands the socket over: a socket belongs to the network where it was made, whichever
 * process accepts its connections.
 * @throws Error where the port is taken.
 */
export async function listenFor(peer: Peer, { address, port }: { readonly address: string; readonly port: number }, handover: Handover): Promise<void> {
    // Until the other process has it, a connection is turned away rather than left waiting.
    const server = createServer((early) => early.destroy());
    await new Promise<void>((resolve, reject) => {
        server.once("error", (error) => {
            reject(new Error(`${address}:${String(port)}: ${error.message}`, { cause: error }));
        });
        server.listen(port, address, resolve);
    });
    await new Promise<void>((resolve, reject) => {
        peer.send(handover, server, (error) => {
            server.close();
            if (error === null) {
                resolve();
            } else {
                reject(error);
            }
        });
    });
}

/** Takes each socket that the other process hands over. */
export function onHandover(peer: Peer, take: (listening: Server, handover: Handover) => void): void {
    peer.onMessage((message, socket) => {
        if (socket instanceof Server) {
            take(socket, handoverSchema.parse(message));
        }
    });
}
