import type { Server } from "node:net";
import { connect, createServer } from "node:net";
import type { Duplex } from "node:stream";

/** Passes every connection of a listening socket on to a port of an address, both ways, in the network of this process. */
export function relay(listening: Server, { host, to }: { readonly host: string; readonly to: number }): void {
    createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
        const far = connect({ host, port: to, allowHalfOpen: true, noDelay: true });
        joinBoth(near, far);
    }).listen(listening);
}

/** Passes on between two connections, both ways. */
export function joinBoth(one: Duplex, other: Duplex): void {
    join(one, other);
    join(other, one);
}

/** Passes on what one end sends, and its end. One end that breaks breaks the other. */
function join(from: Duplex, to: Duplex): void {
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
