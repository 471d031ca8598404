import { z } from "zod";
import type { LabLayout } from "../layout.ts";
import { gatewayUrlInside } from "../network.ts";
import type { LabState } from "../state.ts";

const port = z.int().min(1).max(65_535);

/** Shape of a plan, as the crossing's two processes get it: JSON on their command line. */
export const planSchema = z.object({
    /** Name of the lab's network namespace. */
    network: z.string(),
    /** Ports of 127.0.0.1 on the machine, and the port of 127.0.0.1 in the network that each leads to. */
    inward: z.array(z.object({ from: port, to: port })),
    /** Ports of 127.0.0.1 in the network, each of which leads to the same port on the machine. */
    outward: z.array(port),
    /** Port of 127.0.0.1 on the machine where the forward proxy into the network listens. */
    podProxy: port,
});

/** What the crossing between the machine and the lab's network connects. */
export type CrossingPlan = z.infer<typeof planSchema>;

/** The crossing of a lab: inwards the gateway, Prometheus and single pods; outwards what runs on the machine and is needed inside. */
export function crossingPlan(layout: LabLayout, { ports }: Pick<LabState, "ports">): CrossingPlan {
    return {
        network: layout.network,
        inward: [
            { from: ports.gateway, to: Number(new URL(gatewayUrlInside).port) },
            { from: ports.prometheus, to: ports.prometheus },
        ],
        outward: [ports.kubeApiserver, ports.postgres, ports.kafka, ports.contourXds, ports.alertmanager],
        podProxy: ports.podProxy,
    };
}

/** What goes with a listening socket from one of the two processes to the other: how it is to be served. */
export const handoverSchema = z.union([z.object({ kind: z.literal("relay"), to: port }), z.object({ kind: z.literal("pod proxy") })]);

/** How a socket that was handed over is to be served. */
export type Handover = z.infer<typeof handoverSchema>;
