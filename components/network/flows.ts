import type { types } from "@pulumi/kubernetes";

/** Labels of the pods of one component of the service. Neither version nor instance: every revision has the same flows. */
function podsOf(service: string, component: string): types.input.meta.v1.LabelSelector {
    return { matchLabels: { "app.kubernetes.io/name": service, "app.kubernetes.io/component": component } };
}

/** One end of a flow. */
export type Peer =
    /** The pods of one component of the service, in its own namespace. */
    | { readonly kind: "component"; readonly component: string }
    /** Every pod of another namespace, or those with the labels. */
    | { readonly kind: "namespace"; readonly namespace: string; readonly podLabels?: Readonly<Record<string, string>> }
    /** A range of addresses. */
    | { readonly kind: "addresses"; readonly cidr: string; readonly except?: readonly string[] };

/** Traffic that is allowed: who opens a connection to whom, on which ports. At least one end is a component of the service. */
export interface Flow {
    readonly from: Peer;
    readonly to: Peer;
    readonly ports: readonly Port[];
}

/** A port of a flow, TCP unless it says UDP. */
export interface Port {
    readonly port: number;
    /** @default `TCP` */
    readonly protocol?: "TCP" | "UDP";
}

/** A TCP port each. */
export function tcp(...ports: readonly number[]): readonly Port[] {
    return ports.map((port) => ({ port }));
}

/** Rules for the pods of one component. */
export interface ComponentRules {
    readonly component: string;
    readonly spec: types.input.networking.v1.NetworkPolicySpec;
}

/**
 * Flows as one network policy for each component that takes part: what its pods may receive, and what they may open.
 *
 * @throws {RangeError} when a flow has no component of the service at either end, or no port: it would allow nothing, or everything.
 */
export function rulesOf(service: string, flows: readonly Flow[]): readonly ComponentRules[] {
    flows.forEach(refuseMeaningless);
    const components = flows.flatMap(({ from, to }) => [from, to]).flatMap((peer) => (peer.kind === "component" ? [peer.component] : []));
    return [...new Set(components)].sort().map((component) => {
        const here = (peer: Peer): boolean => peer.kind === "component" && peer.component === component;
        return {
            component,
            spec: {
                podSelector: podsOf(service, component),
                policyTypes: ["Ingress", "Egress"],
                ingress: flows.filter(({ to }) => here(to)).map(({ from, ports }) => ({ from: [peerOf(service, from)], ports: portsOf(ports) })),
                egress: flows.filter(({ from }) => here(from)).map(({ to, ports }) => ({ to: [peerOf(service, to)], ports: portsOf(ports) })),
            },
        };
    });
}

/** No traffic in or out, for every pod of the namespace, also for unforeseen ones. */
export const denyAll: types.input.networking.v1.NetworkPolicySpec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

/** A name server: pods, or one address. `port` is the one that it listens on itself, which a policy sees, not that of a Service in front of it. */
export type NameServer = { readonly port: number } & (
    | { readonly kind: "pods"; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
    /** Such as that of NodeLocal DNSCache, which listens on a link-local address of each node. */
    | { readonly kind: "address"; readonly address: string }
);

/**
 * Names can be looked up by every pod of the namespace at these servers, and nothing else: without it no other flow would start.
 *
 * @throws {RangeError} when there is no server, or one of pods without a label.
 */
export function allowNameLookups(servers: readonly NameServer[]): types.input.networking.v1.NetworkPolicySpec {
    if (servers.length === 0) {
        throw new RangeError("nameServers is empty: no pod could look a name up");
    }
    return {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: servers.map((server) => ({
            to: [nameServerPeer(server)],
            ports: [
                { port: server.port, protocol: "UDP" },
                { port: server.port, protocol: "TCP" },
            ],
        })),
    };
}

function nameServerPeer(server: NameServer): types.input.networking.v1.NetworkPolicyPeer {
    if (server.kind === "address") {
        return { ipBlock: { cidr: `${server.address}/${server.address.includes(":") ? "128" : "32"}` } };
    }
    if (Object.keys(server.labels).length === 0) {
        throw new RangeError(`nameServers has pods of ${server.namespace} without labels, which would mean all of them: name a label`);
    }
    return {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": server.namespace } },
        podSelector: { matchLabels: { ...server.labels } },
    };
}

/**
 * The peer that a host name or an address outside the namespace stands for.
 *
 * - `name.namespace.svc`, with or without a pod before it and a cluster domain after it: every pod of that namespace.
 * - An IPv4 address: that address.
 * - Any other name: any address but the cloud's metadata endpoint. A network policy knows no names, so there the port is all that is narrow.
 */
export function outsidePeer(host: string): Peer {
    const [, namespace] = /(?:^|\.)[^.]+\.([^.]+)\.svc(?:\.|$)/.exec(host) ?? [];
    if (namespace !== undefined) {
        return { kind: "namespace", namespace };
    }
    return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? { kind: "addresses", cidr: `${host}/32` } : { kind: "addresses", cidr: "0.0.0.0/0", except: [metadataEndpoint] };
}

/** Link-local addresses: a cloud's metadata service hands out the node's credentials there. */
const metadataEndpoint = "169.254.0.0/16";

function peerOf(service: string, peer: Peer): types.input.networking.v1.NetworkPolicyPeer {
    switch (peer.kind) {
        case "component":
            return { podSelector: podsOf(service, peer.component) };
        case "namespace":
            return {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } },
                ...(peer.podLabels === undefined ? {} : { podSelector: { matchLabels: { ...peer.podLabels } } }),
            };
        case "addresses":
            return { ipBlock: { cidr: peer.cidr, ...(peer.except === undefined ? {} : { except: [...peer.except] }) } };
    }
}

function portsOf(ports: readonly Port[]): types.input.networking.v1.NetworkPolicyPort[] {
    return ports.map(({ port, protocol = "TCP" }) => ({ port, protocol }));
}

function refuseMeaningless({ from, to, ports }: Flow, index: number): void {
    if (from.kind !== "component" && to.kind !== "component") {
        throw new RangeError(`flows[${String(index)}] has no component of the service at either end: name one in 'from' or 'to'`);
    }
    if (ports.length === 0) {
        throw new RangeError(`flows[${String(index)}] has no port, which would allow all of them: list the ports`);
    }
}
