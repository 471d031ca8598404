import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { serviceAddresses } from "../addresses.ts";
import { ip } from "../ip.ts";
import type { LabLayout } from "../layout.ts";
import { hubAddress, realNodes } from "./plan.ts";

const bridge = "hub";

/** Whether the hub and each node are connected. */
export async function areNodesConnected(layout: LabLayout): Promise<boolean> {
    const nodes = realNodes(layout);
    if (nodes.some(({ namespace }) => !existsSync(join("/run/netns", namespace)))) {
        return false;
    }
    const { stdout } = await execa("ip", ["-n", layout.network, "route", "show"], { reject: false });
    return nodes.every(({ podRange, address }) => stdout.includes(`${podRange} via ${address}`));
}

/**
 * Connects the nodes of a lab with its network, which becomes their hub: a bridge there, a namespace for each node with a cable to it, and routes to the pods of the others.
 * None of it is seen on the machine's own network. So the gateway and Prometheus, in the hub, reach pods without a translation of addresses. Addresses of Services are led to all nodes
 * in turn, as a cluster's routers do that know them from its nodes: kube-proxy there sends a connection on.
 */
export async function connectNodes(layout: LabLayout): Promise<void> {
    const hub = layout.network;
    const nodes = realNodes(layout);
    await ip(["-n", hub, "link", "add", bridge, "type", "bridge"]);
    await ip(["-n", hub, "address", "add", `${hubAddress}/24`, "dev", bridge]);
    await ip(["-n", hub, "link", "set", bridge, "up"]);
    await setSysctls(hub, ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0", connectionsInTurn]);
    for (const node of nodes) {
        await ip(["netns", "add", node.namespace]);
        await ip(["-n", hub, "link", "add", node.link, "type", "veth", "peer", "name", "eth0", "netns", node.namespace]);
        await ip(["-n", hub, "link", "set", node.link, "master", bridge, "up"]);
        await ip(["-n", node.namespace, "link", "set", "lo", "up"]);
        await ip(["-n", node.namespace, "address", "add", `${node.address}/24`, "dev", "eth0"]);
        await ip(["-n", node.namespace, "link", "set", "eth0", "up"]);
        await ip(["-n", node.namespace, "route", "add", "default", "via", hubAddress]);
        await setSysctls(node.namespace, [
            "net.ipv4.ip_forward=1",
            // What is sent to a Service and lands on the same node passes the bridge only: kube-proxy must see the answer.
            "net.bridge.bridge-nf-call-iptables=1",
            "net.ipv4.conf.all.rp_filter=0",
            "net.ipv4.conf.default.rp_filter=0",
        ]);
        await ip(["-n", hub, "route", "add", node.podRange, "via", node.address]);
    }
    await ip(["-n", hub, "route", "add", serviceAddresses, ...nodes.flatMap(({ address }) => ["nexthop", "via", address])]);
    for (const node of nodes) {
        for (const other of nodes.filter(({ name }) => name !== node.name)) {
            await ip(["-n", node.namespace, "route", "add", other.podRange, "via", other.address]);
        }
    }
}

/** Of several ways to an address, each connection gets its own; else all connections between two addresses would take the same. */
const connectionsInTurn = "net.ipv4.fib_multipath_hash_policy=1";

/** Sets what belongs to one network namespace: the machine's own settings stay. */
async function setSysctls(namespace: string, settings: readonly string[]): Promise<void> {
    const script = settings
        .map((setting) => setting.split("="))
        .map(([name = "", value = ""]) => `echo ${value} > /proc/sys/${name.replaceAll(".", "/")}`)
        .join(" && ");
    await execa("nsenter", [`--net=/run/netns/${namespace}`, "sh", "-c", script]);
}
