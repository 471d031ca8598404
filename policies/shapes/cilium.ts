import { selects } from "../engine/stack.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { type Fields, fields, has, list, number, numberOrText, type Plain, text, texts } from "../engine/value.ts";
import { addressesIn } from "./addresses.ts";
import { type Opening, peersNamed, portsIn } from "./opening.ts";
import { anyCiliumEndpoints } from "./strangers.ts";

/** Entities that stand for everybody: all, everything outside the cluster, everything in it. https://docs.cilium.io/en/stable/security/policy/layer3/#entities-based */
const openEntities: ReadonlySet<string> = new Set(["all", "world", "world-ipv4", "world-ipv6", "cluster"]);

const sides = [
    ["Ingress", "ingress", "from", ["Endpoints", "Requires", "CIDR", "CIDRSet", "Entities", "Groups", "Nodes"]],
    ["Egress", "egress", "to", ["Endpoints", "Requires", "CIDR", "CIDRSet", "Entities", "Groups", "Nodes", "Services", "FQDNs"]],
] as const;

/**
 * What a policy of Cilium lets through.
 *
 * A rule without peers lets everybody through at its ports, and nobody where it has no ports either: `ingress: [{}]` is how Cilium writes 'deny'. An empty list of peers is nobody too.
 *
 * @throws Unjudgeable
 */
export function* ciliumOpenings(policy: KubernetesObject): Generator<Opening> {
    const specs = [
        ...(has(policy.body, "spec") ? [["spec", fields(policy.body, "spec")] as const] : []),
        ...list(policy.body, "specs").map((spec, index) => [`specs[${String(index)}]`, spec] as const),
    ];
    for (const [place, spec] of specs) {
        for (const [direction, key, prefix, kinds] of sides) {
            for (const [index, rule] of list(spec, key).entries()) {
                const path = `${place}.${key}[${String(index)}]`;
                const ports = portsOf(rule);
                if (!kinds.some((kind) => has(rule, prefix + kind))) {
                    if (has(rule, "toPorts") || has(rule, "icmps")) {
                        yield { path, direction, peers: "everybody", ports };
                    }
                    continue;
                }
                yield* peersOf(rule, prefix, policy.kind === "CiliumNetworkPolicy").map((one) => ({
                    path: `${path}.${one.key}`,
                    direction,
                    peers: one.peers,
                    ports,
                }));
            }
        }
    }
}

function peersOf(rule: Plain, prefix: "from" | "to", isNamespaced: boolean): readonly { readonly key: string; readonly peers: Opening["peers"] }[] {
    const open = (kind: string, isOpen: boolean) => (isOpen ? [{ key: prefix + kind, peers: "everybody" as const }] : []);
    const entities = texts(rule, `${prefix}Entities`);
    const endpoints = list(rule, `${prefix}Endpoints`).map((selector) => fields(selector) ?? {});
    const names = list(rule, `${prefix}FQDNs`).map((name) => text(name, "matchPattern") ?? text(name, "matchName") ?? "*");
    const ranges = texts(rule, `${prefix}CIDR`);
    const sets = list(rule, `${prefix}CIDRSet`).map((set) => {
        const range = text(set, "cidr");
        return range === undefined ? [] : addressesIn([range], texts(set, "except"));
    });
    return [
        ...open(
            "Entities",
            entities.some((entity) => openEntities.has(entity)),
        ),
        ...open(
            "Endpoints",
            endpoints.some((selector) => selectsAnyEndpoint(selector, isNamespaced)),
        ),
        ...(names.length > 0 ? [{ key: `${prefix}FQDNs`, peers: peersNamed(names) }] : []),
        ...(ranges.length > 0 ? [{ key: `${prefix}CIDR`, peers: addressesIn(ranges) }] : []),
        ...sets.map((peers, index) => ({ key: `${prefix}CIDRSet[${String(index)}]`, peers })),
    ];
}

/**
 * Whether a selector of endpoints selects those of any namespace. In a policy of a namespace, a selector that says nothing of namespaces means its own.
 *
 * `reserved:world` and its like mean everything outside the cluster.
 */
function selectsAnyEndpoint(selector: Fields, isNamespaced: boolean): boolean {
    const plainKey = (key: string) => (key.startsWith("k8s:") || key.startsWith("any:") ? key.slice(4) : key);
    const equal = Object.entries(fields(selector, "matchLabels") ?? {}).map(([key, value]) => [plainKey(key), value] as const);
    const expressions = list(selector, "matchExpressions").map((expression) => ({ ...fields(expression), key: plainKey(text(expression, "key") ?? "") }));
    const keys = [...equal.map(([key]) => key), ...expressions.map(({ key }) => key)];
    if (keys.some((key) => /^reserved[:.](all|world.*)$/.test(key))) {
        return true;
    }
    if (isNamespaced && !keys.some((key) => key.startsWith("io.kubernetes.pod.namespace") || key.startsWith("io.cilium.k8s.namespace.labels"))) {
        return false;
    }
    const plain = { matchLabels: Object.fromEntries(equal), matchExpressions: expressions };
    return anyCiliumEndpoints.some((labels) => selects(plain, labels));
}

function portsOf(rule: Plain) {
    const groups = list(rule, "toPorts");
    const ports = groups.flatMap((group) => list(group, "ports").map((port) => ({ from: numberOrText(port, "port"), to: number(port, "endPort") })));
    return groups.some((group) => list(group, "ports").length === 0) ? "all" : portsIn(ports);
}
