import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { joinBoth } from "./relay.ts";

/** Serves HTTP CONNECT (RFC 9110, section 9.3.6) on a Unix socket: each connection goes on to the address that it names, in the network of this process. */
export function serveConnect(socket: string): void {
    // A killed process leaves its socket behind, and no other could listen there.
    rmSync(socket, { force: true });
    createServer((_, answer) => {
        answer.writeHead(405).end("this proxy knows CONNECT alone\n");
    })
        .on("connect", ({ url = "" }, near, early) => {
            const target = URL.parse(`tcp://${url}`);
            const far = connect({ host: target?.hostname ?? "", port: Number(target?.port), allowHalfOpen: true, noDelay: true });
            far.once("connect", () => {
                near.write("HTTP/1.1 200 Connection established\r\n\r\n");
                far.write(early);
                joinBoth(near, far);
            });
            far.once("error", (error) => near.end(`HTTP/1.1 502 Bad Gateway\r\n\r\n${error.message}\n`));
            near.once("error", () => far.destroy());
        })
        .listen(socket);
}
