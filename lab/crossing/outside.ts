import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Peer } from "./handover.ts";
import { listenFor, onHandover } from "./handover.ts";
import { planSchema } from "./plan.ts";
import { relay } from "./relay.ts";

/*
 * The crossing's process on the machine. Its child runs in the lab's network. Each makes the listening sockets of its own network and hands them to the other, who connects in
 * the other network: so neither needs a second hop. One does not live without the other.
 */
const argument = process.argv[2] ?? "";
const plan = planSchema.parse(JSON.parse(argument));
const child = spawn("ip", ["netns", "exec", plan.network, process.execPath, join(import.meta.dirname, "inside.ts"), argument], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
});
child.once("error", (error) => {
    console.error(`the crossing's process in ${plan.network} could not be started: ${error.message}`);
    process.exit(1);
});
child.once("exit", (code) => {
    console.error(`the crossing's process in ${plan.network} has ended with ${String(code)}`);
    process.exit(1);
});
const inside: Peer = {
    send: (message, socket, done) => child.send(message, socket, undefined, done),
    onMessage: (take) => child.on("message", take),
};
onHandover(inside, (listening, handover) => {
    if (handover.kind === "relay") {
        relay(listening, handover);
    }
});
for (const { from, host, to } of plan.inward) {
    await listenFor(inside, { address: "127.0.0.1", port: from }, { kind: "relay", host, to });
}
await listenFor(inside, { address: "127.0.0.1", port: plan.podProxy }, { kind: "pod proxy" });
