import { readFileSync, readdirSync } from "node:fs";
import { execa } from "execa";

/** What a lab could leave behind on a machine. Each is a list of lines, sorted. */
export interface Machine {
    readonly mounts: readonly string[];
    readonly cgroups: readonly string[];
    readonly networks: readonly string[];
    readonly sysctls: readonly string[];
    /** Command lines of processes that name the folder. */
    readonly processes: readonly string[];
    /** Files and folders where Kubernetes' programs keep theirs by default. */
    readonly folders: readonly string[];
}

/** Settings that change by themselves, or count something. */
const restless =
    /^(fs\.(dentry-state|file-nr|inode-nr|inode-state|quota)|kernel\.(ns_last_pid|random\.|pty\.nr|perf_event_max_sample_rate|sched_domain)|net\.netfilter\.nf_conntrack_count|vm\.stat)/;

/** Looks at the machine. `folder`: of which lab processes are told. */
export async function machineNow(folder: string): Promise<Machine> {
    const lines = async (file: string, args: readonly string[]): Promise<readonly string[]> =>
        (await execa(file, args, { reject: false })).stdout.split("\n").filter((line) => line !== "");
    return {
        mounts: readFileSync("/proc/self/mounts", "utf8").split("\n").filter(Boolean).toSorted(),
        cgroups: readdirSync("/sys/fs/cgroup", { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .flatMap(({ name }) => [
                name,
                ...readdirSync(`/sys/fs/cgroup/${name}`, { withFileTypes: true }).flatMap((inner) => (inner.isDirectory() ? [`${name}/${inner.name}`] : [])),
            ])
            .toSorted(),
        networks: readdirSync("/run/netns").toSorted(),
        sysctls: (await lines("sysctl", ["--all"])).filter((line) => !restless.test(line)).toSorted(),
        processes: (await lines("ps", ["-eo", "args"])).filter((line) => line.includes(folder)).toSorted(),
        folders: ["/var/lib", "/etc", "/run", "/opt", "/var/log"]
            .flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))
            .filter((path) => /kubelet|containerd|cni|calico|kube/.test(path))
            .toSorted(),
    };
}
