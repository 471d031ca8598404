import { type Server, type Socket, connect, createServer } from "node:net";

import { listening } from "../../helpers/listening.ts";

/** A way to a server that can be closed and opened: what a network that breaks does. */
export class Tunnel {
    readonly #target: { readonly host: string; readonly port: number };
    readonly #sockets = new Set<Socket>();
    #server: Server | undefined;
    #port = 0;

    constructor(host: string, port: number) {
        this.#target = { host, port };
    }

    /** The port on this machine. */
    get port(): number {
        return this.#port;
    }

    async open(): Promise<void> {
        this.#server = createServer((socket) => {
            const other = connect(this.#target);
            for (const one of [socket, other]) {
                this.#sockets.add(one);
                one.on("error", () => one.destroy()).on("close", () => this.#sockets.delete(one));
            }
            socket.pipe(other).pipe(socket);
        });
        this.#port = await listening(this.#server, { port: this.#port });
    }

    /** Breaks what goes through, and refuses what comes. */
    async close(): Promise<void> {
        for (const socket of this.#sockets) {
            socket.destroy();
        }
        await new Promise((resolve) => this.#server?.close(resolve));
    }
}
