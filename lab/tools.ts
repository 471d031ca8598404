import type { NodeChoice } from "./state.ts";
import type { Tool } from "./toolchain/recipes.ts";

/** Programs of every lab, and what they read. */
const ofEveryLab = [
    "crds",
    "postgres",
    "envoy",
    "kafka",
    "prometheus",
    "alertmanager",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "contour",
    "cert-manager",
] as const satisfies readonly Tool[];

const ofSimulatedNodes = ["kwok-stages", "kwok"] as const satisfies readonly Tool[];

const ofRealNodes = [
    "kubelet",
    "kube-proxy",
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "coredns",
    "pause",
    "metrics-server",
] as const satisfies readonly Tool[];

/** Pulumi's own, where the machine has none that will do. */
const ofPulumi = ["pulumi", "pulumi-resource-kubernetes"] as const satisfies readonly Tool[];

/** What tests run beside a lab, or in one that is up: other versions of what users have, and programs that check what is made for them. */
const ofTests = [
    "promtool",
    "amtool",
    "prometheus-2",
    "promtool-2",
    "actionlint",
    "chdb",
    "envoy-gateway",
    "envoy-gateway-crds",
] as const satisfies readonly Tool[];

/**
 * All tools that a start of a lab needs, and no more.
 *
 * @param pulumi where the lab has its Pulumi from.
 */
export function labTools({ nodes, enforcesPolicies }: NodeChoice, pulumi: "installed" | "built"): readonly Tool[] {
    return [
        ...ofEveryLab,
        ...(nodes === "real" ? ofRealNodes : ofSimulatedNodes),
        ...(enforcesPolicies ? (["kube-router"] as const) : []),
        ...(pulumi === "built" ? ofPulumi : []),
    ];
}

/** All tools that `make test` needs, so that no test waits for a build. */
export const testTools: readonly Tool[] = [...ofEveryLab, ...ofSimulatedNodes, ...ofRealNodes, ...ofPulumi, ...ofTests];
