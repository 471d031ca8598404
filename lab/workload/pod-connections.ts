import type { Server, Socket } from "node:net";

import type { Fleet } from "./fleet.ts";
import type { SimulatedPod } from "./simulated-pod.ts";

/** How long a connection to an address that no pod has yet may wait for one, in milliseconds. */
const unknownPodWithinMs = 1_000;

/** Where the gateway listens, on the same port. While it has no route it does not listen, and what is meant for it comes here. */
const gatewayAddress = "127.0.0.1";

/** The pod that a connection leads to: the one that has its local address. */
export async function podOf(fleet: Fleet, { localAddress }: Socket): Promise<SimulatedPod | undefined> {
    return localAddress === undefined || localAddress === gatewayAddress ? undefined : fleet.awaitedAt(localAddress, unknownPodWithinMs);
}

/** Breaks the connections of a pod when its process ends or its address is no longer its own, as the kernel would. An heir of the same revision takes them over. */
export class PodConnections {
    readonly #byAddress = new Map<string, Set<Socket>>();

    constructor(fleet: Fleet, servers: readonly Server[]) {
        for (const server of servers) {
            server.on("connection", (socket) => {
                this.#keep(socket);
            });
        }
        fleet.on("changed", (pod) => {
            if (pod.process === undefined) {
                this.break(pod.facts.address);
            }
        });
        fleet.on("left", (pod) => {
            if (!fleet.hasHeir(pod)) {
                this.break(pod.facts.address);
            }
        });
    }

    #keep(socket: Socket): void {
        const address = socket.localAddress ?? "";
        const sockets = this.#byAddress.get(address) ?? new Set();
        this.#byAddress.set(address, sockets.add(socket));
        socket.once("close", () => {
            sockets.delete(socket);
        });
    }

    /** Breaks the connections to an address: to every port, unless one is named. */
    break(address: string, port?: number): void {
        for (const socket of this.#byAddress.get(address) ?? []) {
            if (port === undefined || socket.localPort === port) {
                socket.resetAndDestroy();
            }
        }
    }
}
