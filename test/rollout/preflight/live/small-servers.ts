import { type IncomingMessage, type RequestListener, type ServerResponse, createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type Server, type Socket, createServer } from "node:net";

import { generate } from "selfsigned";

import { listening } from "../../../helpers/listening.ts";

/** Small servers on 127.0.0.1 that end together. */
export class SmallServers {
    readonly #servers: Server[] = [];
    readonly #sockets = new Set<Socket>();

    /** Port of a server that does with each connection what `behave` does. */
    async tcp(behave: (socket: Socket) => void): Promise<number> {
        return this.#listen(
            createServer((socket) => {
                socket.on("error", () => undefined);
                behave(socket);
            }),
        );
    }

    /** URL of an HTTP server. */
    async http(listener: RequestListener): Promise<string> {
        return `http://127.0.0.1:${String(await this.#listen(createHttpServer(listener)))}`;
    }

    /** URL of an HTTPS server with a certificate that nobody trusts. */
    async https(listener: RequestListener): Promise<string> {
        const { cert, private: key } = await generate([{ name: "commonName", value: "nobody.example.com" }]);
        return `https://127.0.0.1:${String(await this.#listen(createHttpsServer({ cert, key }, listener)))}`;
    }

    /** Ends all of them. */
    async end(): Promise<void> {
        this.#sockets.forEach((socket) => socket.destroy());
        this.#sockets.clear();
        await Promise.all(this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    }

    async #listen(server: Server): Promise<number> {
        this.#servers.push(server);
        server.on("connection", (socket: Socket) => {
            this.#sockets.add(socket);
            socket.on("close", () => this.#sockets.delete(socket));
        });
        return listening(server);
    }
}

/** Answers with JSON, by path; 404 elsewhere. */
export function jsonAt(answers: Readonly<Record<string, unknown>>): (request: IncomingMessage, response: ServerResponse) => void {
    return (request, response) => {
        const path = (request.url ?? "").split("?")[0] ?? "";
        const body = answers[path];
        response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
    };
}
