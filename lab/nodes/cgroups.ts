import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../wait.ts";

/** Where Linux shows its control groups. */
const root = "/sys/fs/cgroup";

/** Controllers that a kubelet needs, in version 2's one tree. */
const unifiedControllers = ["cpu", "cpuset", "io", "memory", "pids"];

/** Folders in each of which a group is made: one for each controller in version 1, the one tree in version 2. */
async function hierarchies(): Promise<readonly string[]> {
    if (isUnified()) {
        return [root];
    }
    const entries = await readdir(root, { withFileTypes: true });
    // `unified` is version 2 beside version 1, without controllers; links are other names of the same.
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
}

/**
 * How much of a busy machine's processors a node gets beside one other process: eight times as much. A node stands for a machine of its own. Where its group counts as one process,
 * a compiler or `pulumi up` beside it makes every pod slow, and a gate holds a release for it.
 */
const processorShare = { "cpu.shares": 8 * 1_024, "cpu.weight": 8 * 100 } as const;

/** Whether the machine has control groups of version 2 alone. */
function isUnified(): boolean {
    return existsSync(join(root, "cgroup.controllers"));
}

/** Makes the group of a node, in which the kubelet makes those of its pods. */
export async function makeCgroup(name: string): Promise<void> {
    for (const hierarchy of await hierarchies()) {
        const group = join(hierarchy, name);
        await mkdir(group, { recursive: true });
        if (isUnified()) {
            const controllers = unifiedControllers.map((controller) => `+${controller}`).join(" ");
            await writeFile(join(hierarchy, "cgroup.subtree_control"), controllers);
            await writeFile(join(group, "cgroup.subtree_control"), controllers);
        }
        for (const [file, share] of Object.entries(processorShare).filter(([name]) => existsSync(join(group, name)))) {
            await writeFile(join(group, file), String(share));
        }
        // A new group of this controller may use no processor and no memory until it is told which.
        for (const file of ["cpuset.cpus", "cpuset.mems"].filter(() => !isUnified() && hierarchy.endsWith("/cpuset"))) {
            await writeFile(join(group, file), await readFile(join(hierarchy, file), "utf8"));
        }
    }
}

/** Removes the group of a node whose processes have ended, with all groups in it. Left behind, they keep the next kubelet of that name busy for a minute. */
export async function removeCgroup(name: string): Promise<void> {
    for (const hierarchy of await hierarchies()) {
        await waitUntil(async () => removeTree(join(hierarchy, name)), { what: `the end of cgroup ${name}`, withinMs: 10_000, everyMs: 50 });
    }
}

async function removeTree(group: string): Promise<void> {
    if (!existsSync(group)) {
        return;
    }
    for (const entry of await readdir(group, { withFileTypes: true })) {
        if (entry.isDirectory()) {
            await removeTree(join(group, entry.name));
        }
    }
    await rmdir(group);
}

/** Groups of a lab that are there, whichever version of this program made them. */
export async function cgroupsOf(prefix: string): Promise<readonly string[]> {
    const names = await Promise.all((await hierarchies()).map(async (hierarchy) => readdir(hierarchy)));
    return [...new Set(names.flat().filter((name) => name.startsWith(`${prefix}-`)))];
}
