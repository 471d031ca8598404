import { join } from "node:path";
import { z } from "zod";
import { apiServerPodPort } from "../addresses.ts";
import type { LabLayout } from "../layout.ts";
import { gatewayUrlInside, secondGatewayInside } from "../network.ts";
import { hubAddress } from "../nodes/plan.ts";
import type { LabState } from "../state.ts";

const port = z.int().min(1).max(65_535);

/** Shape of a plan, as the crossing's two processes get it: JSON on their command line. */
export const planSchema = z.object({
    /** Name of the lab's network namespace. */
    network: z.string(),
    /** Ports of 127.0.0.1 on the machine, and the address and port in the network that each leads to. */
    inward: z.array(z.object({ from: port, host: z.string(), to: port })),
    /** Addresses and ports in the network, and the port of 127.0.0.1 on the machine that each leads to. */
    outward: z.array(z.object({ address: z.string(), from: port, to: port })),
    /** Port of 127.0.0.1 on the machine where the forward proxy into the network listens. */
    podProxy: port,
    /** Unix socket where a proxy into the network listens that passes any connection on (HTTP CONNECT). The API server reaches kubelets and pods through it. */
    connectSocket: z.string(),
});

/** What the crossing between the machine and the lab's network connects. */
export type CrossingPlan = z.infer<typeof planSchema>;

/** Where the API server finds its way into the lab's network. */
export function connectSocket({ temporary }: LabLayout): string {
    return join(temporary, "connect.sock");
}

/** The crossing of a lab: inwards the gateway, Prometheus and single pods; outwards what runs on the machine and is needed inside. */
export function crossingPlan(layout: LabLayout, { ports, nodes }: Pick<LabState, "ports" | "nodes">): CrossingPlan {
    const same = [ports.kubeApiserver, ports.postgres, ports.kafka, ports.contourXds, ports.alertmanager];
    const forPods = [
        { from: apiServerPodPort, to: ports.kubeApiserver },
        { from: ports.postgres, to: ports.postgres },
        { from: ports.kafkaPods, to: ports.kafkaPods },
    ];
    return {
        network: layout.network,
        inward: [
            { from: ports.gateway, ...hostAndPort(gatewayUrlInside) },
            { from: ports.secondGateway, ...hostAndPort(secondGatewayInside[nodes].url) },
            { from: ports.prometheus, host: "127.0.0.1", to: ports.prometheus },
        ],
        outward: [
            ...same.map((number) => ({ address: "127.0.0.1", from: number, to: number })),
            ...(nodes === "real" ? forPods.map((way) => ({ address: hubAddress, ...way })) : []),
        ],
        podProxy: ports.podProxy,
        connectSocket: connectSocket(layout),
    };
}

function hostAndPort(url: string): { readonly host: string; readonly to: number } {
    const { hostname, port: number } = new URL(url);
    return { host: hostname, to: number === "" ? 80 : Number(number) };
}

/** What goes with a listening socket from one of the two processes to the other: how it is to be served. */
export const handoverSchema = z.union([z.object({ kind: z.literal("relay"), host: z.string(), to: port }), z.object({ kind: z.literal("pod proxy") })]);

/** How a socket that was handed over is to be served. */
export type Handover = z.infer<typeof handoverSchema>;
