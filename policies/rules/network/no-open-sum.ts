import { addTo } from "../../engine/groups.ts";
import { stackRule } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { fields, labels, list, text, texts, whereReadable } from "../../engine/value.ts";
import { networkPolicyKind, selectsAll } from "../../shapes/network.ts";
import { onEach } from "../../shapes/each.ts";
import type { Opening } from "../../shapes/opening.ts";
import { openingsOf } from "../../shapes/openings.ts";
import { nsa } from "../../shapes/references.ts";
import { openSum } from "./no-open-peer.ts";

/** Kubernetes adds up what the policies of a pod allow, so two halves of the Internet in two policies are all of it. */
export const noOpenSum = stackRule({
    name: "no-open-sum",
    title: "The network policies of the same pods don't add up to traffic from or to everybody.",
    severity: "high",
    level: "mandatory",
    references: [nsa("Network separation and hardening: network policies")],
    check: (stack) => {
        const together = policiesTogether(stack);
        return onEach(together.keys(), function* (last) {
            const policies = together.get(last) ?? [];
            const openings = policies.flatMap((policy) => openingsIn(policy).map((opening) => ({ ...opening, path: `of ${policy.name}: ${opening.path}` })));
            yield* openSum(openings, "Ingress");
            yield* openSum(openings, "Egress");
        });
    },
});

/**
 * Policies that hold for the same pods, each group under its last. Only policies with ranges that are no fault by themselves take part, which are few.
 *
 * Where the stack has none of the pods, policies with the same selector go together, and with those for all pods of the namespace.
 */
function policiesTogether(stack: StackIndex): ReadonlyMap<KubernetesObject, readonly KubernetesObject[]> {
    const partial = stack.ofKind(networkPolicyKind).filter((policy) => {
        const openings = openingsIn(policy);
        const isOpen = [...openSum(openings, "Ingress"), ...openSum(openings, "Egress")].length > 0;
        return !isOpen && openings.some(({ peers }) => peers !== "everybody" && peers.length > 0);
    });
    const bySubject = new Map<unknown, KubernetesObject[]>();
    for (const policy of partial) {
        const pods = stack.podsSelected(policy.namespace, fields(policy.body, "spec", "podSelector") ?? {});
        for (const subject of pods.length > 0 && !selectsAll(policy) ? pods : [...pods, selectorText(policy)]) {
            addTo(bySubject, subject, policy);
        }
    }
    const forAll = Map.groupBy(partial.filter(selectsAll), ({ namespace }) => namespace);
    const groups = new Map<KubernetesObject, readonly KubernetesObject[]>();
    for (const [subject, policies] of bySubject) {
        const others = typeof subject === "string" ? (forAll.get(policies[0]?.namespace ?? "") ?? []) : [];
        const group = [...new Set([...others, ...policies])];
        const last = group.at(-1);
        if (last !== undefined && group.length > Math.max(1, groups.get(last)?.length ?? 0)) {
            groups.set(last, group);
        }
    }
    return groups;
}

/** One text for all spellings of a selector. */
function selectorText(policy: KubernetesObject): string {
    const selector = fields(policy.body, "spec", "podSelector");
    const equal = Object.entries(labels(selector, "matchLabels")).map(([key, value]) => `${key} In ${value}`);
    const expressions = list(selector, "matchExpressions").map(
        (expression) => `${text(expression, "key") ?? ""} ${text(expression, "operator") ?? ""} ${texts(expression, "values").toSorted().join()}`,
    );
    return `${policy.namespace}: ${[...equal, ...expressions].toSorted().join("; ")}`;
}

/** A policy that can't be read is reported by the rule that judges it alone. */
function openingsIn(policy: KubernetesObject): readonly Opening[] {
    return whereReadable(() => openingsOf(policy));
}
