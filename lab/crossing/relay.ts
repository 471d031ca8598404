import type { Server, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** Passes every connection of a listening socket on to a port of 127.0.0.1, both ways, in the network of this process. */
export function relay(listening: Server, to: number): void {
    createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
        const far = connect({ host: "127.0.0.1", port: to, allowHalfOpen: true, noDelay: true });
        join(near, far);
        join(far, near);
    }).listen(listening);
}

/** Passes on what one end sends, and its end. One end that breaks breaks the other. */
function join(from: Socket, to: Socket): void {
    from.pipe(to);
    from.once("error", () => {
        to.destroy();
    });
    from.once("close", () => {
        if (!from.readableEnded) {
            to.destroy();
        }
    });
}
