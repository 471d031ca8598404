import { type ChildProcess, fork } from "node:child_process";
import { Server } from "node:net";
import { join } from "node:path";
import { z } from "zod";

/** Ports that every pod listens on: what the service's container declares. */
export const podPorts = { http: 8_080, metrics: 9_090 } as const;

/** Message that goes with each socket. */
const listeningSchema = z.object({ listening: z.enum(["http", "metrics"]), network: z.string() });

/** Listening sockets of all pods. */
export interface PodSockets {
    readonly http: Server;
    readonly metrics: Server;
    /** Identity of the network they are in, as /proc/PID/ns/net shows it. */
    readonly network: string;
}

/**
 * Makes the listening sockets of all pods in another network, and brings them here: a socket belongs to the network where it was made, whichever process
 * accepts its connections.
 *
 * They listen on every address there, and share port 8080 with the gateway, which listens on 127.0.0.1 and comes first for it.
 *
 * @param enter command that runs Node in that network, such as `["ip", "netns", "exec", "lab", "node"]`.
 * @throws Error where the network can't be entered or a port is taken.
 */
export async function listenInside([command = process.execPath, ...args]: readonly string[]): Promise<PodSockets> {
    const child = fork(join(import.meta.dirname, "listen.ts"), { execPath: command, execArgv: args });
    try {
        return await socketsFrom(child);
    } finally {
        child.kill();
    }
}

function socketsFrom(child: ChildProcess): Promise<PodSockets> {
    return new Promise((resolve, reject) => {
        const found = new Map<string, Server>();
        child.once("error", reject);
        child.once("exit", (code) => {
            reject(new Error(`the pods' sockets could not be made: the process in their network ended with ${String(code)}; its error is above`));
        });
        child.on("message", (message, handle) => {
            const { listening, network } = listeningSchema.parse(message);
            if (handle instanceof Server) {
                found.set(listening, handle);
            }
            const [http, metrics] = [found.get("http"), found.get("metrics")];
            if (http !== undefined && metrics !== undefined) {
                resolve({ http, metrics, network });
            }
        });
    });
}
