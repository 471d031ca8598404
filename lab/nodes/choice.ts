import { access, constants, readFile } from "node:fs/promises";
import { execa } from "execa";
import type { LabState, NodeChoice, NodeKind } from "../state.ts";

/** A reason why nothing can be a real node here, with what to do. */
async function obstacles(): Promise<readonly string[]> {
    const found: string[] = [];
    if (process.getuid?.() !== 0) {
        return ["they need root"];
    }
    const succeeds = async (file: string, ...args: readonly string[]): Promise<boolean> =>
        !(await execa(file, args, { reject: false, timeout: 10_000 })).failed;
    if (!(await succeeds("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--net", "true"))) {
        found.push("namespaces can't be made (CAP_SYS_ADMIN; a container must be privileged)");
    }
    const writable = await access("/sys/fs/cgroup", constants.W_OK).then(
        () => true,
        () => false,
    );
    if (!writable) {
        found.push("/sys/fs/cgroup is not there, or read-only (a container needs its own cgroups)");
    }
    if (!(await readFile("/proc/filesystems", "utf8")).includes("\toverlay\n")) {
        found.push("the kernel has no overlayfs");
    }
    return found;
}

/**
 * What a new lab's nodes are: what was asked for, else real ones where this machine can run them; where it can't, it says on standard error what is missing.
 * @throws Error where real ones were asked for and can't be had, with what is missing.
 */
export async function chooseNodes(asked: Partial<NodeChoice>): Promise<NodeChoice> {
    const enforcesPolicies = asked.enforcesPolicies ?? false;
    if (asked.nodes === "simulated") {
        return { nodes: "simulated", enforcesPolicies: false };
    }
    const missing = await obstacles();
    if (missing.length === 0) {
        return { nodes: "real", enforcesPolicies };
    }
    if (asked.nodes === "real" || enforcesPolicies) {
        throw new Error(`real nodes can't run on this machine: ${missing.join("; ")}. Use --nodes simulated, which runs no container`);
    }
    process.stderr.write(`nodes: real ones can't run on this machine, so they are simulated: ${missing.join("; ")}\n`);
    return { nodes: "simulated", enforcesPolicies: false };
}

/** @throws Error where a lab runs with nodes of another kind than is asked for: its objects would not survive a change. */
export function refuseOtherNodes(known: Pick<LabState, "nodes" | "enforcesPolicies">, asked: Partial<NodeChoice>): void {
    const describe = (nodes: NodeKind, enforces: boolean): string => `${nodes} nodes${enforces ? " that enforce network policies" : ""}`;
    const wanted = { nodes: asked.nodes ?? known.nodes, enforcesPolicies: asked.enforcesPolicies ?? known.enforcesPolicies };
    if (wanted.nodes !== known.nodes || wanted.enforcesPolicies !== known.enforcesPolicies) {
        throw new Error(
            `this checkout has a lab with ${describe(known.nodes, known.enforcesPolicies)}, and ${describe(wanted.nodes, wanted.enforcesPolicies)} were asked for: run 'make lab-down' first`,
        );
    }
}
