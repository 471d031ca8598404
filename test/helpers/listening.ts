import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";

/** Lets a server listen, on a free port of this machine unless one is given. Returns its port. */
export async function listening(server: Server, { host = "127.0.0.1", port = 0 }: { readonly host?: string; readonly port?: number } = {}): Promise<number> {
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    const address = server.address();
    if (address === null || typeof address === "string") {
        throw new Error("it does not listen");
    }
    return address.port;
}

/** Ends a server with all its connections. */
export async function closed(server: Pick<HttpServer, "close" | "closeAllConnections">): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
}
