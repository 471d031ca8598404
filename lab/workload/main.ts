import { KubeConfig } from "@kubernetes/client-node";
import { Command } from "commander";

import { kafkaEventLog } from "./event-log.ts";
import { listenInside } from "./listening.ts";
import { logOwn } from "./log.ts";
import { startSimulator } from "./simulator.ts";

/*
 * Plays the containers of all pods that carry the label nova.example.com/revision. It runs on the machine's own network, with the pods' sockets from theirs.
 */
const program = new Command("workload")
    .requiredOption("--kubeconfig <file>", "how to reach the API server")
    .requiredOption("--kafka <host:port>", "broker for engagement events")
    .requiredOption("--control-port <port>", "port of the control endpoint on 127.0.0.1", Number)
    .argument("[enter...]", "command that runs a program in the pods' network; nothing: this network")
    .parse();
const options = program.opts<{ kubeconfig: string; kafka: string; controlPort: number }>();

const cluster = new KubeConfig();
cluster.loadFromFile(options.kubeconfig);
const stop = await startSimulator({
    cluster,
    sockets: await listenInside(program.args),
    events: kafkaEventLog(options.kafka),
    controlPort: options.controlPort,
});
logOwn("info", "the workload simulator is ready");
for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void stop().finally(() => process.exit()));
}
