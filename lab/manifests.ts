import { join } from "node:path";
import { stringify } from "yaml";
import { zones } from "./nodes/plan.ts";
import type { NodeKind } from "./state.ts";
import { toolPath } from "./toolchain/paths.ts";

/** Nodes of each zone. */
const nodesPerZone = 2;

/**
 * kwok's stages: how nodes and pods live. Pods become ready at once.
 * A pod with the label `pod-container-running-failed.stage.kwok.x-k8s.io: "true"` (or `pod-init-container-running-failed...`) fails, for tests of bad releases.
 */
export function kwokStages(): readonly string[] {
    return [
        "node/fast/node-initialize.yaml",
        "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
        "pod/fast/pod-ready.yaml",
        "pod/fast/pod-complete.yaml",
        "pod/fast/pod-delete.yaml",
        "pod/chaos/pod-container-running-failed.yaml",
        "pod/chaos/pod-init-container-running-failed.yaml",
    ].map((file) => join(toolPath("kwok-stages"), file));
}

/** The lab's own file of that name. */
export function manifestFile(
    name:
        | "cluster.yaml"
        | "extensions.yaml"
        | "envoy-gateway.yaml"
        | "envoy-gateway-pods.yaml"
        | "alertmanager.yaml"
        | "real-nodes.yaml"
        | "simulated-nodes.yaml",
): string {
    return join(import.meta.dirname, "manifests", name);
}

/** Nodes for kwok to play: two in each of three zones, big enough for every step of a rollout. */
export function simulatedNodes(): readonly object[] {
    return zones.flatMap((zone) =>
        Array.from({ length: nodesPerZone }, (_, index) => {
            const size = { cpu: "16", memory: "64Gi", pods: "110", "ephemeral-storage": "200Gi" };
            return { ...nodeObject(`${zone}-${String(index + 1)}`, zone, "simulated"), status: { allocatable: size, capacity: size } };
        }),
    );
}

/** A Node. Real ones are made before their kubelets come, too: pod ranges go to nodes in the order of their arrival otherwise. */
export function nodeObject(name: string, zone: string, type: NodeKind): object {
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name,
            labels: {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": type,
                "topology.kubernetes.io/region": "lab",
                "topology.kubernetes.io/zone": zone,
            },
        },
    };
}

/** Objects as one list that `kubectl apply` takes. */
export function listOf(items: readonly object[]): string {
    return stringify({ apiVersion: "v1", kind: "List", items });
}
