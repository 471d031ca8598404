/*
 * Plays pods that treat a request in one way each, in the lab's network: `node faulty-pod.ts ADDRESS NAME=PORT ...` listens on a port of the address for each behaviour by its
 * name. Raw TCP, since no HTTP server does these things on purpose.
 */
import { once } from "node:events";
import { type Socket, createServer } from "node:net";

import { type Behaviour, behaviours } from "./pod-behaviour.ts";

const [address, ...ports] = process.argv.slice(2);

/** Answers that were begun, over all connections of one behaviour. */
function serve(behaviour: Behaviour) {
    let requests = 0;
    return (socket: Socket): void => {
        socket.on("error", () => undefined);
        socket.on("data", () => {
            requests += 1;
            behaviours[behaviour](socket, requests);
        });
    };
}

for (const [name, port] of ports.map((argument) => argument.split("="))) {
    const behaviour = Object.keys(behaviours).find((known): known is Behaviour => known === name);
    if (behaviour === undefined) {
        throw new Error(`no behaviour is called '${String(name)}'`);
    }
    await once(createServer(serve(behaviour)).listen(Number(port), address), "listening");
}
process.send?.("listening");
