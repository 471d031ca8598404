import { kindOf, type KubernetesObject } from "../engine/subject.ts";
import { fields, has, list, number, numberOrText, type Plain, text, texts } from "../engine/value.ts";
import { type AddressSet, addressesIn } from "./addresses.ts";
import { calicoOpenings } from "./calico.ts";
import { ciliumOpenings } from "./cilium.ts";
import { type Direction, networkPolicyKind } from "./network.ts";
import { type Opening, peersNamed, portAndEnd, portsIn } from "./opening.ts";
import { selectsAnyNamespace, selectsAnyPod } from "./strangers.ts";

const readers: Readonly<Record<string, (policy: KubernetesObject) => Iterable<Opening>>> = {
    [networkPolicyKind]: kubernetesOpenings,
    "extensions/NetworkPolicy": kubernetesOpenings,
    "policy.networking.k8s.io/AdminNetworkPolicy": clusterOpenings,
    "policy.networking.k8s.io/BaselineAdminNetworkPolicy": clusterOpenings,
    "policy.networking.k8s.io/ClusterNetworkPolicy": clusterOpenings,
    "cilium.io/CiliumNetworkPolicy": ciliumOpenings,
    "cilium.io/CiliumClusterwideNetworkPolicy": ciliumOpenings,
    "cilium.io/CiliumCIDRGroup": (group) => namedRanges(texts(group.body, "spec", "externalCIDRs"), "spec.externalCIDRs"),
    "projectcalico.org/NetworkPolicy": calicoOpenings,
    "projectcalico.org/GlobalNetworkPolicy": calicoOpenings,
    "projectcalico.org/NetworkSet": calicoSet,
    "projectcalico.org/GlobalNetworkSet": calicoSet,
    "crd.projectcalico.org/NetworkPolicy": calicoOpenings,
    "crd.projectcalico.org/GlobalNetworkPolicy": calicoOpenings,
    "crd.projectcalico.org/NetworkSet": calicoSet,
    "crd.projectcalico.org/GlobalNetworkSet": calicoSet,
};

/** The kinds that say what the network lets through, and those that name addresses for them. */
export const openingKinds: readonly string[] = Object.keys(readers);

/** Several rules ask for the same policy. */
const known = new WeakMap<KubernetesObject, readonly Opening[]>();

/** What a network policy lets through. What it denies is not here. @throws Unjudgeable */
export function openingsOf(policy: KubernetesObject): readonly Opening[] {
    const openings = known.get(policy) ?? [...(readers[kindOf(policy)]?.(policy) ?? [])];
    known.set(policy, openings);
    return openings;
}

function calicoSet(set: KubernetesObject): Iterable<Opening> {
    return namedRanges(texts(set.body, "spec", "nets"), "spec.nets");
}

/** A named set of addresses lets nothing through by itself, but whatever names it lets in all of it. */
function* namedRanges(ranges: readonly string[], path: string): Generator<Opening> {
    yield { path, direction: "Ingress", peers: addressesIn(ranges), ports: "all" };
}

const sides = [
    ["Ingress", "ingress", "from"],
    ["Egress", "egress", "to"],
] as const;

function* kubernetesOpenings(policy: KubernetesObject): Generator<Opening> {
    for (const [direction, key, side] of sides) {
        for (const [index, rule] of list(policy.body, "spec", key).entries()) {
            const path = `spec.${key}[${String(index)}]`;
            const ports = portAndEnd(rule, "ports");
            const peers = list(rule, side);
            if (peers.length === 0) {
                yield { path, direction, peers: "everybody", ports };
            }
            for (const [position, peer] of peers.entries()) {
                yield { path: `${path}.${side}[${String(position)}]`, direction, peers: kubernetesPeers(peer), ports };
            }
        }
    }
}

function kubernetesPeers(peer: Plain): Opening["peers"] {
    if (has(peer, "ipBlock")) {
        return addressesIn([text(peer, "ipBlock", "cidr") ?? ""], texts(peer, "ipBlock", "except"));
    }
    const [namespaces, pods] = [fields(peer, "namespaceSelector"), fields(peer, "podSelector")];
    // Pods alone are those of the policy's own namespace.
    const isEverybody = namespaces === undefined ? pods === undefined : selectsAnyNamespace(namespaces) && selectsAnyPod(pods);
    return isEverybody ? "everybody" : [];
}

/** The policies of a cluster's administrator: https://network-policy-api.sigs.k8s.io/api-overview/. Only what allows opens anything. */
function* clusterOpenings(policy: KubernetesObject): Generator<Opening> {
    for (const [direction, key, side] of sides) {
        for (const [index, rule] of list(policy.body, "spec", key).entries()) {
            if (["Deny", "Pass"].includes(text(rule, "action") ?? "")) {
                continue;
            }
            const path = `spec.${key}[${String(index)}]`;
            const ports = clusterPorts(rule);
            const peers = list(rule, side);
            if (peers.length === 0) {
                yield { path, direction, peers: "everybody", ports };
            }
            for (const [position, peer] of peers.entries()) {
                yield { path: `${path}.${side}[${String(position)}]`, direction, peers: clusterPeers(peer), ports };
            }
        }
    }
}

function clusterPeers(peer: Plain): AddressSet | "everybody" {
    if (has(peer, "networks")) {
        return addressesIn(texts(peer, "networks"));
    }
    if (has(peer, "pods")) {
        const isEverybody = selectsAnyNamespace(fields(peer, "pods", "namespaceSelector")) && selectsAnyPod(fields(peer, "pods", "podSelector"));
        return isEverybody ? "everybody" : [];
    }
    if (has(peer, "namespaces")) {
        // Its first version had the selector one level deeper.
        return selectsAnyNamespace(fields(peer, "namespaces", "namespaceSelector") ?? fields(peer, "namespaces")) ? "everybody" : [];
    }
    return Object.keys(fields(peer) ?? {}).some((key) => has(peer, key)) ? peersNamed(texts(peer, "domainNames")) : "everybody";
}

function clusterPorts(rule: Plain) {
    const old = list(rule, "ports").map((port) => ({
        from: numberOrText(port, "portNumber", "port") ?? number(port, "portRange", "start") ?? text(port, "namedPort"),
        to: number(port, "portRange", "end"),
    }));
    const current = list(rule, "protocols").flatMap((protocol) =>
        ["tcp", "udp", "sctp"]
            .filter((name) => has(protocol, name))
            .map((name) => ({
                from: number(protocol, name, "destinationPort", "number") ?? number(protocol, name, "destinationPort", "range", "start"),
                to: number(protocol, name, "destinationPort", "range", "end"),
            })),
    );
    return portsIn([...old, ...current]);
}

/** The key in a policy's spec of a direction's rules. */
export function rulesKey(direction: Direction): "ingress" | "egress" {
    return direction === "Ingress" ? "ingress" : "egress";
}
