import { join } from "node:path";
import type { LabLayout } from "../layout.ts";

/** The lab's zones: what a region of a cloud has. */
export const zones = ["lab-a", "lab-b", "lab-c"] as const;

/** Address of the lab's network on the bridge that its nodes are on. Pods reach the API server, PostgreSQL and Kafka there. */
export const hubAddress = "10.245.0.1";

/** Names of the services that run a node, one for each zone. */
export const nodeServices = ["node-a", "node-b", "node-c"] as const;

/** One of {@link nodeServices}. */
export type NodeService = (typeof nodeServices)[number];

/** A real node: containerd, kubelet and kube-proxy as one process tree, in a network namespace of its own. */
export interface RealNode {
    readonly service: NodeService;
    /** Name of the Node object. */
    readonly name: string;
    readonly zone: string;
    readonly address: string;
    /** Addresses of its pods. */
    readonly podRange: string;
    /** Name of its network namespace, and of its cgroup. */
    readonly namespace: string;
    /** The hub's end of the cable between the two. */
    readonly link: string;
    /** All that it keeps on disk. */
    readonly folder: string;
}

/** The nodes of a lab. */
export function realNodes(layout: LabLayout): readonly RealNode[] {
    return nodeServices.map((service, index) => {
        const zone = zones[index] ?? service;
        const number = index + 1;
        return {
            service,
            zone,
            name: `${zone}-1`,
            address: `10.245.0.${String(10 + number)}`,
            podRange: `10.244.${String(number)}.0/24`,
            namespace: `${layout.network}-${String(number)}`,
            link: `node${String(number)}`,
            folder: join(layout.data, "nodes", zone),
        };
    });
}

/** The node that a service runs. */
export function nodeOf(layout: LabLayout, service: NodeService): RealNode {
    const node = realNodes(layout).find((candidate) => candidate.service === service);
    if (node === undefined) {
        throw new Error(`no node is run by ${service}`);
    }
    return node;
}
