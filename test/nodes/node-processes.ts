import { readFileSync, readdirSync } from "node:fs";

import { labLayout, readLabState } from "../../lab/api.ts";
import { nodeOf, nodeServices } from "../../lab/nodes/plan.ts";
import { descendantsOf } from "../../lab/trial/descendants.ts";

/** Numbers of the machine's processes that run in a pod's containers; not that which holds its network. */
export function processesOfPod(uid: string): readonly number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => read(`/proc/${pid}/cgroup`).includes(uid) && read(`/proc/${pid}/comm`).trim() !== "pause")
        .map(Number);
}

/** Sends a signal to all of a pod's processes. Returns how many there are. */
export function signalPod(uid: string, signal: NodeJS.Signals): number {
    const found = processesOfPod(uid);
    for (const pid of found) {
        process.kill(pid, signal);
    }
    return found.length;
}

/** Kills a node and all that runs on it, as a power cut would. */
export function killNode(nodeName: string): void {
    process.kill(-processOf(nodeName), "SIGKILL");
}

/** Kills the kubelet of a node, which is started again. Its containers go on. */
export function killKubelet(nodeName: string): void {
    process.kill(kubeletOf(nodeName), "SIGKILL");
}

/** Number of the process of a node's kubelet. @throws Error where it does not run. */
export function kubeletOf(nodeName: string): number {
    const kubelet = descendantsOf(processOf(nodeName)).find(({ pid }) => read(`/proc/${String(pid)}/comm`).trim() === "kubelet");
    if (kubelet === undefined) {
        throw new Error(`node ${nodeName} has no kubelet that runs`);
    }
    return kubelet.pid;
}

function processOf(nodeName: string): number {
    const service = nodeServices.find((name) => nodeOf(labLayout(), name).name === nodeName);
    const identity = service === undefined ? undefined : readLabState()?.processes[service];
    if (identity === undefined) {
        throw new Error(`node ${nodeName} does not run in the lab of this checkout`);
    }
    return identity.pid;
}

function read(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        // It ended meanwhile.
        return "";
    }
}
