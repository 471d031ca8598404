import { CoreV1Api } from "@kubernetes/client-node";
import { execa } from "execa";

import { labLayout, readLabState } from "../../lab/api.ts";
import { realNodes } from "../../lab/nodes/plan.ts";
import { childrenOf } from "../../lab/trial/descendants.ts";
import type { TrialStack } from "../../lab/trial/trial-stack.ts";

/** Where a volume of the lab lies, and on which node. */
export interface NodeVolume {
    readonly node: string;
    readonly path: string;
}

/** The volume of a claim. @throws Error where it has none yet. */
export async function volumeOf(stack: TrialStack, claim: string): Promise<NodeVolume> {
    const api = stack.live.client(CoreV1Api);
    const { spec } = await api.readNamespacedPersistentVolumeClaim({ namespace: stack.live.namespace, name: claim });
    const volume = await api.readPersistentVolume({ name: spec?.volumeName ?? "" });
    const [term] = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
    return { node: term?.matchExpressions?.[0]?.values?.[0] ?? "", path: volume.spec?.local?.path ?? "" };
}

/** Does something while a small file system of its own lies in the volume's place, as pods that start meanwhile see it. What was in the volume is back afterwards. */
export async function withSmallVolume({ node, path }: NodeVolume, kibibytes: number, act: () => Promise<void>): Promise<void> {
    const inNode = async (...command: readonly string[]): Promise<unknown> =>
        execa("nsenter", ["--mount", "--pid", "--target", String(firstProcessOf(node)), ...command]);
    await inNode("mount", "-t", "tmpfs", "-o", `size=${String(kibibytes)}k,mode=0777`, "tmpfs", path);
    try {
        await act();
    } finally {
        await inNode("umount", "--lazy", path);
    }
}

/** Process 1 of a node: the child of the process that the lab knows. */
function firstProcessOf(node: string): number {
    const service = realNodes(labLayout()).find(({ name }) => name === node)?.service;
    const parent = service === undefined ? undefined : readLabState()?.processes[service];
    const [first] = parent === undefined ? [] : childrenOf(parent.pid);
    if (first === undefined) {
        throw new Error(`node ${node} does not run`);
    }
    return first;
}
