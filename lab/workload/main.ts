import { KubeConfig } from "@kubernetes/client-node";
import { Command } from "commander";

import { kafkaEventLog } from "./event-log.ts";
import { listenInside } from "./listening.ts";
import { logOwn } from "./log.ts";
import { startSimulator } from "./simulator.ts";

/*
 * Plays the containers of all pods that carry the label of a revision. It runs on the machine's own network, with the pods' sockets from theirs.
 */
const program = new Command("workload")
    .requiredOption("--kubeconfig <file>", "how to reach the API server")
    .requiredOption("--kafka <host:port>", "broker for engagement events")
    .requiredOption("--network <name>", "network namespace of the pods")
    .requiredOption("--control <socket>", "Unix socket of the control endpoint")
    .argument("<enter...>", "command that runs Node in the pods' network")
    .parse();
const options = program.opts<{ kubeconfig: string; kafka: string; network: string; control: string }>();

const cluster = new KubeConfig();
cluster.loadFromFile(options.kubeconfig);
const stop = await startSimulator({
    cluster,
    sockets: await listenInside(program.args),
    events: kafkaEventLog(options.kafka),
    network: options.network,
    control: options.control,
});
logOwn("info", "the workload simulator is ready");
for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void stop().finally(() => process.exit()));
}
