import { BlockList, isIP } from "node:net";

import type { Problem } from "../../preflight/preflight.ts";
import { type DoctorFinding, found, notTried, unknown } from "../finding.ts";
import type { DoctorContext } from "./context.ts";

/** Whether pods are where the config says. */
export async function podNetworks({ api, needs }: DoctorContext): Promise<DoctorFinding> {
    const stated = needs.podNetworks ?? [];
    if (stated.length === 0) {
        return notTried("the stack names no network of pods");
    }
    const [nodes, pods] = await Promise.all([
        api.ask(({ core }, options) => core.listNode({}, options)),
        api.ask(({ core }, options) => core.listPodForAllNamespaces({}, options)),
    ]);
    return judgePodNetworks(stated, {
        nodeNetworks: nodes.value.items.flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR])),
        podAddresses: pods.value.items.flatMap(({ spec, status }) => (spec?.hostNetwork === true || status?.podIP === undefined ? [] : [status.podIP])),
    });
}

/** Where pods are, as the cluster shows it. */
export interface PodPlaces {
    /** Networks that the nodes were given for their pods, in CIDR form. Empty where the network's own agent gives addresses, as on EKS. */
    readonly nodeNetworks: readonly string[];
    /** Addresses of pods that are not on their node's own network. */
    readonly podAddresses: readonly string[];
}

/** Whether the networks that the config names are those in which pods are. A pod from elsewhere is refused by whatever goes by them. */
export function judgePodNetworks(stated: readonly string[], { nodeNetworks, podAddresses }: PodPlaces): DoctorFinding {
    if (nodeNetworks.length === 0 && podAddresses.length === 0) {
        return unknown("no node has a network for pods, and no pod has an address: where pods will be can't be known from here", "ask again once pods run");
    }
    const networks = stated.map(networkOf);
    const outside = [
        ...nodeNetworks.filter((network) => !networks.some((one) => one.holds(network))),
        ...podAddresses.filter((address) => !networks.some((one) => one.holds(address))),
    ];
    const shown = outside.slice(0, mostShown).join(", ");
    const problems: readonly Problem[] =
        outside.length === 0
            ? []
            : [
                  {
                      text: `pods are outside of ${stated.join(", ")}: ${shown}${outside.length > mostShown ? ` and ${String(outside.length - mostShown)} more` : ""}`,
                      fix: "correct cluster.podNetworks: on EKS the VPC's subnets of the nodes, on GKE the cluster's Pod address ranges",
                  },
              ];
    return found(problems, `${String(nodeNetworks.length)} networks of nodes and ${String(podAddresses.length)} pods are within ${stated.join(", ")}`);
}

const mostShown = 5;

function networkOf(cidr: string): { readonly holds: (other: string) => boolean } {
    const { address, prefix, family } = parsed(cidr);
    const list = new BlockList();
    list.addSubnet(address, prefix, family);
    return {
        holds: (other) => {
            const inner = parsed(other);
            return inner.family === family && inner.prefix >= prefix && list.check(inner.address, inner.family);
        },
    };
}

/** An address alone is a network of one. */
function parsed(cidr: string): { readonly address: string; readonly prefix: number; readonly family: "ipv4" | "ipv6" } {
    const [address = "", prefix] = cidr.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    return { address, prefix: prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix), family };
}
