import { type PreflightFinding, findingOf } from "../preflight.ts";

/** What pods ask for, or a node has left. */
export interface Resources {
    readonly cores: number;
    readonly memoryBytes: number;
}

/** A node that pods can be placed on. */
export interface NodeReading {
    readonly name: string;
    /** What it has for pods, without what the pods on it request. */
    readonly free: Resources;
    /** How many more pods it takes. */
    readonly freePods: number;
}

/** Pods of a revision that the plan needs and that are not there yet. */
export interface PodDemand {
    readonly revision: string;
    readonly missing: number;
    readonly each: Resources;
}

/**
 * Whether the cluster has room for all pods that the plan needs. Each is placed on the node with the most memory left that it fits on: pods spread in the same
 * way, and a sum over all nodes would promise room that no single node has.
 */
export function judgeCapacity(nodes: readonly NodeReading[], demands: readonly PodDemand[]): PreflightFinding {
    const left = nodes.map(({ free, freePods }) => ({ ...free, pods: freePods }));
    const unplaced = demands.map(({ revision, missing, each }) => {
        let without = 0;
        for (let pod = 0; pod < missing; pod++) {
            const node = left
                .filter(({ cores, memoryBytes, pods }) => pods >= 1 && cores >= each.cores && memoryBytes >= each.memoryBytes)
                .sort((one, other) => other.memoryBytes - one.memoryBytes)[0];
            if (node === undefined) {
                without++;
            } else {
                node.cores -= each.cores;
                node.memoryBytes -= each.memoryBytes;
                node.pods -= 1;
            }
        }
        return { revision, without, each };
    });
    const wanted = demands.map(({ revision, missing }) => `${String(missing)} more pods of ${revision}`).join(" and ");
    return findingOf(
        unplaced
            .filter(({ without }) => without > 0)
            .map(({ revision, without, each }) => ({
                text: `no node has room for ${String(without)} more pods of ${revision}, each ${String(each.cores)} cores and ${String(Math.round(each.memoryBytes / 2 ** 20))} Mi`,
                fix: "add a node, or let the cluster's autoscaler do so before the rollout",
            })),
        `room for ${wanted} on ${String(nodes.length)} nodes`,
        {
            nodes: nodes.length,
            freeCores: Number(nodes.reduce((sum, { free }) => sum + free.cores, 0).toFixed(3)),
            freeMemoryBytes: nodes.reduce((sum, { free }) => sum + free.memoryBytes, 0),
            wanted: demands.map(({ revision, missing }) => `${revision} ${String(missing)}`),
        },
    );
}
