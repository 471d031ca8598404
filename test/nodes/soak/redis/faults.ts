import { readFile, readdir } from "node:fs/promises";

import { labLayout, startLabService, stopLabService } from "../../../../lab/api.ts";
import { type NodeService, realNodes } from "../../../../lab/nodes/plan.ts";

/** Kills the programs of a container with -9, from outside: the first process of a namespace can't be killed from within. */
export async function killContainer(identity: string): Promise<void> {
    const killed: string[] = [];
    for (const process of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
        const group = await readFile(`/proc/${process}/cgroup`, "utf8").catch(() => "");
        const command = await readFile(`/proc/${process}/comm`, "utf8").catch(() => "");
        if (group.includes(identity) && command.startsWith("redis-server")) {
            killed.push(process);
        }
    }
    if (killed.length === 0) {
        throw new Error(`no redis-server runs in container ${identity}`);
    }
    killed.forEach((pid) => process.kill(Number(pid), "SIGKILL"));
}

/** Kills a node with all that runs on it. */
export async function crashNode(name: string): Promise<void> {
    await stopLabService(serviceOf(name), labLayout());
}

/** Starts a node again. */
export async function startNode(name: string): Promise<void> {
    await startLabService(serviceOf(name), labLayout());
}

function serviceOf(name: string): NodeService {
    const node = realNodes(labLayout()).find((candidate) => candidate.name === name);
    if (node === undefined) {
        throw new Error(`the lab has no node ${name}`);
    }
    return node.service;
}
