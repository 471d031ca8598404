import { kindOf, type KubernetesObject } from "../engine/subject.ts";
import { has, list, numberOrText, type Plain, text, texts } from "../engine/value.ts";
import { addressesIn } from "./addresses.ts";
import { calicoSelects } from "./calico-selector.ts";
import { type Opening, peersNamed, portsIn } from "./opening.ts";
import { anyCalicoEndpoints, anyCalicoNamespace } from "./strangers.ts";

const sides = [
    ["Ingress", "ingress", "source"],
    ["Egress", "egress", "destination"],
] as const;

/** What a policy of Calico lets through: https://docs.tigera.io/calico/latest/reference/resources/networkpolicy. @throws Unjudgeable */
export function* calicoOpenings(policy: KubernetesObject): Generator<Opening> {
    const isGlobal = kindOf(policy).endsWith("/GlobalNetworkPolicy");
    for (const [direction, key, side] of sides) {
        for (const [index, rule] of list(policy.body, "spec", key).entries()) {
            if (["Deny", "Log", "Pass"].includes(text(rule, "action") ?? "")) {
                continue;
            }
            const path = `spec.${key}[${String(index)}]`;
            const ports = portsIn(list(rule, "destination", "ports").map(rangeIn));
            yield { path, direction, peers: peersOf(rule, side, isGlobal), ports };
        }
    }
}

/** Each condition narrows: one that is absent leaves all. `not...` only excludes, so that strangers stay. */
function peersOf(rule: Plain, side: "source" | "destination", isGlobal: boolean): Opening["peers"] {
    if (["serviceAccounts", "services", "domains"].some((key) => has(rule, side, key))) {
        return peersNamed(texts(rule, side, "domains"));
    }
    const [nets, except] = [texts(rule, side, "nets"), texts(rule, side, "notNets")];
    if (nets.length > 0) {
        return addressesIn(nets, except);
    }
    const [selector, namespaces] = [text(rule, side, "selector") ?? "", text(rule, side, "namespaceSelector") ?? ""];
    if (selector === "" && namespaces === "") {
        return except.length > 0 ? addressesIn(["0.0.0.0/0", "::/0"], except) : "everybody";
    }
    const isEveryNamespace = namespaces === "" ? isGlobal : calicoSelects(namespaces, anyCalicoNamespace);
    return isEveryNamespace && anyCalicoEndpoints.some((labels) => calicoSelects(selector, labels)) ? "everybody" : [];
}

/** A port is a number, a name, or a range such as `1:65535`. */
function rangeIn(port: Plain): { readonly from: number | string | undefined; readonly to: number | undefined } {
    const written = numberOrText(port);
    const [, from, to] = /^(\d+):(\d+)$/.exec(String(written)) ?? [];
    return from === undefined ? { from: written, to: undefined } : { from: Math.max(1, Number(from)), to: Number(to) };
}
