import { CoreV1Api } from "@kubernetes/client-node";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serviceAddresses } from "../addresses.ts";
import { clientOf } from "../cluster.ts";
import { getOk } from "../http.ts";
import { makeCgroup, removeCgroup } from "../nodes/cgroups.ts";
import { forgetContainers, kubeletHealthPort, nodeEnvironment, writeNodeFiles } from "../nodes/files.ts";
import { giveImages, importScript, preparedImages } from "../nodes/images.ts";
import type { NodeService } from "../nodes/plan.ts";
import { nodeOf } from "../nodes/plan.ts";
import { podAddresses } from "../network.ts";
import type { Service } from "./service.ts";

/** A real node: its process is the parent of process 1 of a namespace of its own, so that nothing of the node outlives it. */
export function nodeService(name: NodeService): Service {
    return {
        name,
        nodes: "real",
        needs: ["kube-apiserver", "crossing"],
        after: ["network", "cluster objects"],
        readyWithinMs: 60_000,
        // What waits for its only child hears of nothing else.
        stopSignal: "SIGKILL",
        prepare: async (lab) => {
            const node = nodeOf(lab.layout, name);
            const images = await preparedImages(lab.layout);
            await removeCgroup(node.namespace);
            await makeCgroup(node.namespace);
            await forgetContainers(node);
            await writeNodeFiles(lab, node, images.pause);
            await giveImages(node, images);
            await writeFile(join(node.folder, "images.sh"), importScript(images));
        },
        command: ({ layout, state }) => {
            const node = nodeOf(layout, name);
            return {
                file: "nsenter",
                workingDirectory: node.folder,
                environment: nodeEnvironment(node, { podAddresses, serviceAddresses, enforcesPolicies: state.enforcesPolicies }),
                args: [
                    `--net=/run/netns/${node.namespace}`,
                    ...["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
                    ...["bash", join(import.meta.dirname, "../nodes/init.sh")],
                ],
            };
        },
        check: async ({ layout, state }) => {
            const node = nodeOf(layout, name);
            // Of the kubelet itself: what the API server knows of a node stays 'ready' for a while after its end.
            await getOk(`http://${node.address}:${String(kubeletHealthPort)}/healthz`, { proxy: `http://127.0.0.1:${String(state.ports.podProxy)}` });
            const { status, spec } = await clientOf(layout).makeApiClient(CoreV1Api).readNode({ name: node.name });
            const ready = (status?.conditions ?? []).find(({ type }) => type === "Ready");
            if (ready?.status !== "True") {
                throw new Error(`${node.name} is not ready: ${ready?.message ?? "its kubelet has not reported yet"}`);
            }
            const taints = (spec?.taints ?? []).filter(({ key }) => key.startsWith("node.kubernetes.io/") && key !== "node.kubernetes.io/unschedulable");
            if (taints.length > 0) {
                throw new Error(`${node.name} has the taint ${taints.map(({ key }) => key).join(", ")}`);
            }
        },
    };
}
