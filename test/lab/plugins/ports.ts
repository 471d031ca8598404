import { type Server, createServer } from "node:net";

/** A server that takes connections and never says a word. */
export async function silentServer(): Promise<{ readonly port: number; readonly close: () => void }> {
    const server = createServer();
    return { port: await listening(server), close: () => server.close() };
}

/** A server that answers whatever it is sent with one text, as a PostgreSQL without TLS answers the wish for TLS with `N`. */
export async function answeringServer(text: string): Promise<{ readonly port: number; readonly close: () => void }> {
    const server = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", () => socket.write(text));
    });
    return { port: await listening(server), close: () => server.close() };
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
}

function listening(server: Server): Promise<number> {
    return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address !== null ? address.port : 0);
        });
    });
}
