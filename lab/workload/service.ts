import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

import { insideNetwork, networkIdentity } from "../network.ts";
import type { Service } from "../services/service.ts";
import { controlSocket } from "./control-socket.ts";
import { askSimulator } from "./fault-switch.ts";

const healthSchema = z.object({ network: z.string() });

/**
 * The workload simulator: plays the containers of every pod with the label of a revision. It runs on the machine, where the API server and Kafka are, and listens in
 * the lab's network with sockets that were made there.
 */
export const workload: Service = {
    name: "workload",
    nodes: "simulated",
    needs: ["kube-apiserver", "kafka"],
    after: ["network"],
    readyWithinMs: 30_000,
    prepare: async ({ layout }) => {
        await mkdir(layout.temporary, { recursive: true });
        await rm(controlSocket(layout), { force: true });
    },
    command: ({ layout, state }) => {
        const enter = insideNetwork(layout, { file: process.execPath, args: [], workingDirectory: layout.data });
        return {
            file: process.execPath,
            workingDirectory: layout.data,
            args: [
                join(import.meta.dirname, "main.ts"),
                `--kubeconfig=${layout.kubeconfig}`,
                `--kafka=127.0.0.1:${String(state.ports.kafka)}`,
                `--network=${layout.network}`,
                `--control=${controlSocket(layout)}`,
                "--",
                enter.file,
                ...enter.args,
            ],
        };
    },
    check: async ({ layout }) => {
        const { network } = healthSchema.parse(await askSimulator(layout, "GET", "/health"));
        const wanted = networkIdentity(layout);
        if (network !== wanted) {
            throw new Error(wanted === undefined ? `the network ${layout.network} is gone` : `it listens in an earlier network, ${network}`);
        }
    },
};
