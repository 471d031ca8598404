import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { apiServerPodPort, dnsAddress } from "../addresses.ts";
import { certificateAuthorityOf, credentialFiles, kubeconfig } from "../credentials.ts";
import { writeSecretFile } from "../secret-file.ts";
import type { Lab } from "../services/service.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { RealNode } from "./plan.ts";
import { hubAddress } from "./plan.ts";

/** Where Debian puts the programs that give pods their network. */
const networkPrograms = "/usr/lib/cni";

/** Port of the kubelet's own health, on the node's address. */
export const kubeletHealthPort = 10_248;

/** Settings of the machine that a kubelet sets unless it finds them so. It finds them in files of its own: the machine's stay as they are. */
const expectedSettings: Readonly<Record<string, string>> = {
    "kernel.keys.root_maxbytes": "25000000",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
};

/** Writes all files that a node's programs read. `pauseImage` is the image of the container that holds a pod's network. */
export async function writeNodeFiles(lab: Lab, node: RealNode, pauseImage: string): Promise<void> {
    const { folder } = node;
    await Promise.all(
        ["sysctl", "cni", "registries/_default", "kubelet", "plugins", "pod-logs", "volumes"].map((name) => mkdir(join(folder, name), { recursive: true })),
    );
    for (const [name, value] of Object.entries(expectedSettings)) {
        await writeFile(join(folder, "sysctl", name), `${value}\n`);
    }
    await writeFile(join(folder, "resolv.conf"), "");
    await writeFile(join(folder, "cni/lab.conflist"), JSON.stringify(networkConfiguration(node), undefined, 2));
    // There is no registry: an image that is not there must be refused at once, and not after minutes.
    await writeFile(join(folder, "registries/_default/hosts.toml"), 'server = "http://127.0.0.1:1"\n');
    await writeFile(join(folder, "containerd.toml"), containerdConfiguration(node, pauseImage));
    await writeFile(join(folder, "kubelet.yaml"), stringify(kubeletConfiguration(lab, node)));
    const authority = certificateAuthorityOf(lab.layout);
    for (const [name, token] of [
        ["kubelet", lab.state.tokens.nodes[node.service]],
        ["kube-proxy", lab.state.tokens.kubeProxy],
        ["kube-router", lab.state.tokens.kubeRouter],
    ] as const) {
        writeSecretFile(join(folder, `${name}.kubeconfig`), kubeconfig(lab.state, authority, token, `https://${hubAddress}:${String(apiServerPodPort)}`));
    }
}

/** Removes what a killed node left that a new start must not find: containers that are gone with it. Images and volumes stay. */
export async function forgetContainers(node: RealNode): Promise<void> {
    await Promise.all(["kubelet/pods", "pod-logs"].map((name) => rm(join(node.folder, name), { recursive: true, force: true })));
    await mkdir(join(node.folder, "pod-logs"), { recursive: true });
}

/** One bridge on each node, with addresses out of the node's range. Nothing is translated: all other nodes have a route. */
function networkConfiguration(node: RealNode): unknown {
    return {
        cniVersion: "1.0.0",
        name: "lab",
        plugins: [
            {
                type: "bridge",
                bridge: "pods",
                isGateway: true,
                hairpinMode: true,
                // In memory, as the pods' namespaces are: an address is free again when the node has ended.
                ipam: { type: "host-local", dataDir: "/run/cni", ranges: [[{ subnet: node.podRange }]], routes: [{ dst: "0.0.0.0/0" }] },
            },
            { type: "portmap", capabilities: { portMappings: true } },
        ],
    };
}

function containerdConfiguration({ folder }: RealNode, pauseImage: string): string {
    return `version = 3
root = ${JSON.stringify(join(folder, "containerd"))}
state = "/run/containerd"

[plugins.'io.containerd.nri.v1.nri']
disable = true

[plugins.'io.containerd.cri.v1.images']
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = ${JSON.stringify(pauseImage)}
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = ${JSON.stringify(join(folder, "registries"))}

[plugins.'io.containerd.cri.v1.runtime']
# A container may lack the right to make a process less likely to be killed (CAP_SYS_RESOURCE).
restrict_oom_score_adj = true
enable_unprivileged_ports = true
enable_unprivileged_icmp = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = [${JSON.stringify(networkPrograms)}]
conf_dir = ${JSON.stringify(join(folder, "cni"))}
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = false
`;
}

function kubeletConfiguration({ layout }: Lab, node: RealNode): unknown {
    const { folder, address } = node;
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address,
        authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: credentialFiles(layout).certificateAuthority } },
        authorization: { mode: "Webhook" },
        containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${node.namespace}`,
        failCgroupV1: false,
        failSwapOn: false,
        // The right to lower it may be missing, as in containerd.toml.
        oomScoreAdj: 0,
        protectKernelDefaults: true,
        clusterDNS: [dnsAddress],
        clusterDomain: "cluster.local",
        resolvConf: join(folder, "resolv.conf"),
        volumePluginDir: join(folder, "plugins"),
        podLogsDir: join(folder, "pod-logs"),
        healthzBindAddress: address,
        healthzPort: kubeletHealthPort,
        // No image can be fetched again, and the disk is the machine's.
        imageGCHighThresholdPercent: 100,
        evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%", "imagefs.available": "1%" },
        serializeImagePulls: false,
        maxPods: 60,
    };
}

/** Environment of a node's first process. */
export function nodeEnvironment(
    node: RealNode,
    values: { readonly podAddresses: string; readonly serviceAddresses: string; readonly enforcesPolicies: boolean },
): Readonly<Record<string, string>> {
    const programs = (["containerd", "containerd-shim-runc-v2", "ctr", "kubelet", "kube-proxy"] as const).map((tool) => join(toolPath(tool), ".."));
    return {
        PATH: [...programs, process.env.PATH ?? "", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":"),
        NODE_NAME: node.name,
        NODE_ADDRESS: node.address,
        NODE_FOLDER: node.folder,
        POD_ADDRESSES: values.podAddresses,
        SERVICE_ADDRESSES: values.serviceAddresses,
        ...(values.enforcesPolicies ? { KUBE_ROUTER: toolPath("kube-router") } : {}),
    };
}
