import type { Peer } from "./handover.ts";
import { listenFor, onHandover } from "./handover.ts";
import { planSchema } from "./plan.ts";
import { serveConnect } from "./connect-proxy.ts";
import { servePodProxy } from "./pod-proxy.ts";
import { relay } from "./relay.ts";

/*
 * The crossing's process within the lab's network: serves the sockets that were made on the machine, and hands over those that lead outwards.
 */
const plan = planSchema.parse(JSON.parse(process.argv[2] ?? ""));
const outside: Peer = {
    send: (message, socket, done) => process.send?.(message, socket, undefined, done),
    onMessage: (take) => process.on("message", take),
};

process.once("disconnect", () => process.exit());
onHandover(outside, (listening, handover) => {
    if (handover.kind === "relay") {
        relay(listening, handover);
    } else {
        servePodProxy(listening);
    }
});
for (const { address, from, to } of plan.outward) {
    await listenFor(outside, { address, port: from }, { kind: "relay", host: "127.0.0.1", to });
}
// A Unix socket is seen from every network.
serveConnect(plan.connectSocket);
