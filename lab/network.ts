import { execa } from "execa";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { secondGatewayAddress, secondGatewayStatisticsAddress } from "./addresses.ts";
import { ip } from "./ip.ts";
import type { LabLayout } from "./layout.ts";
import { cgroupsOf, removeCgroup } from "./nodes/cgroups.ts";
import { areNodesConnected, connectNodes } from "./nodes/network.ts";
import { realNodes } from "./nodes/plan.ts";
import type { Command } from "./process.ts";
import { identityOf, isRunning } from "./process.ts";
import type { NodeKind } from "./state.ts";

/**
 * Addresses of pods. In the network of a lab with simulated nodes every one of them is local: a process there can listen on any, and call any. With real nodes, there is a route to
 * each node's.
 */
export const podAddresses = "10.244.0.0/16";

/**
 * Where Envoy listens within the lab's network; for a load generator that runs there. Contour adds 8000 to the gateway's port 80.
 * So what plays pods must listen on their own addresses (10.244.1.7:8080), or share the port: with SO_REUSEPORT, as Envoy does. The exact address comes first then.
 */
export const gatewayUrlInside = "http://127.0.0.1:8080";

/**
 * Where Envoy shows its statistics within the lab's network, in the Prometheus text format. From the machine, the pod proxy leads to the same address: so one URL is right for a
 * reader inside and for one outside.
 */
export const gatewayStatisticsUrlInside = "http://127.0.0.1:8002/stats/prometheus";

/**
 * Where the Envoy of the second gateway is within the lab's network: for users, and its statistics as in {@link gatewayStatisticsUrlInside}. With simulated nodes it is a process there, and
 * Envoy Gateway adds 10000 to the gateway's port 80. With real ones it is in pods, behind Services; the one of the statistics is right for one pod at a time.
 */
export const secondGatewayInside: Readonly<Record<NodeKind, { readonly url: string; readonly statisticsUrl: string }>> = {
    simulated: { url: "http://127.0.0.1:10080", statisticsUrl: "http://127.0.0.1:19001/stats/prometheus" },
    real: { url: `http://${secondGatewayAddress}:80`, statisticsUrl: `http://${secondGatewayStatisticsAddress}:19001/stats/prometheus` },
};

/**
 * Wraps a command so that it runs in the lab's network: a network namespace where the addresses of all pods (10.244.0.0/16) are local, and nothing outside can be reached
 * but what the lab brings in. There, 127.0.0.1 has the lab's API server, PostgreSQL, Kafka and Prometheus on the same ports as on the machine, so `.lab/env` and the kubeconfig
 * hold there too; but for the gateway, which is at {@link gatewayUrlInside}.
 *
 * The process keeps its number: `ip netns exec` becomes the command. Give the result to startDetached, spawn or execa. Root only.
 * `lab down` ends every process that is still in the network.
 */
export function insideNetwork(layout: LabLayout, command: Omit<Command, "user">): Command {
    return { ...command, file: "ip", args: ["netns", "exec", layout.network, command.file, ...command.args] };
}

/** Identity of the lab's network, as /proc/PID/ns/net shows it to those inside: `net:[4026532177]`. Undefined where there is none. */
export function networkIdentity(layout: LabLayout): string | undefined {
    try {
        return `net:[${String(statSync(namespaceFile(layout.network)).ino)}]`;
    } catch {
        return undefined;
    }
}

/**
 * Makes the lab's network where it is missing or incomplete.
 * @returns whether it had to be made: whatever ran in an earlier one can't be reached any more.
 * @throws Error where this user or this machine can't make one, with what is needed.
 */
export async function ensureNetwork(layout: LabLayout, nodes: NodeKind): Promise<boolean> {
    if (await isComplete(layout, nodes)) {
        return false;
    }
    if (process.getuid?.() !== 0) {
        throw new Error("the lab's network is a network namespace, and only root can make one: run the lab as root");
    }
    await removeNetwork(layout);
    await ip(["netns", "add", layout.network]);
    await ip(["-n", layout.network, "link", "set", "lo", "up"]);
    if (nodes === "real") {
        await connectNodes(layout);
        return true;
    }
    await ip(["-n", layout.network, "route", "add", "local", podAddresses, "dev", "lo"]);
    // What is local is looked up first of all by default. Later, there is room for rules before it: by them a pod can refuse connections (workload/refusals.ts).
    await ip(["-n", layout.network, "rule", "add", "priority", localPriority, "lookup", "local"]);
    await ip(["-n", layout.network, "rule", "del", "priority", "0"]);
    return true;
}

/** Ends all processes in the lab's network and its nodes, and removes them. Does nothing where there is none. */
export async function removeNetwork(layout: LabLayout): Promise<void> {
    for (const namespace of [...realNodes(layout).map((node) => node.namespace), layout.network].filter((name) => existsSync(namespaceFile(name)))) {
        await endProcessesInside(namespace);
        await ip(["netns", "delete", namespace]);
    }
    for (const group of await cgroupsOf(layout.network)) {
        await removeCgroup(group);
    }
}

/** Asks the processes to end, and kills those that are left after a second. */
async function endProcessesInside(namespace: string): Promise<void> {
    const { stdout } = await execa("ip", ["netns", "pids", namespace], { reject: false });
    const inside = stdout
        .split("\n")
        .filter((line) => line !== "")
        .flatMap((line) => identityOf(Number(line)) ?? []);
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        for (const { pid } of inside.filter(isRunning)) {
            process.kill(pid, signal);
        }
        for (const deadline = Date.now() + 1_000; inside.some(isRunning) && Date.now() < deadline;) {
            await sleep(25);
        }
    }
}

async function isComplete(layout: LabLayout, nodes: NodeKind): Promise<boolean> {
    if (!existsSync(namespaceFile(layout.network))) {
        return false;
    }
    if (nodes === "real") {
        return areNodesConnected(layout);
    }
    const show = async (...what: readonly string[]): Promise<string> => (await execa("ip", ["-n", layout.network, ...what], { reject: false })).stdout;
    const [routes, rules] = await Promise.all([show("route", "show", "table", "local"), show("rule", "show")]);
    return ["127.0.0.1", podAddresses].every((address) => routes.includes(`local ${address} dev lo`)) && !/^0:/m.test(rules) && rules.includes("lookup local");
}

/** Place of the rule by which local addresses are looked up. */
const localPriority = "100";

function namespaceFile(namespace: string): string {
    return join("/run/netns", namespace);
}
