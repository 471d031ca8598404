import { stackRule } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { fields, Unjudgeable } from "../../engine/value.ts";
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
 * Policies that hold for the same pods, each group under its last: those with one selector, and those for all pods of the namespace. Only policies with ranges that are no fault by
 * themselves take part. That two different selectors select the same pod is not seen.
 */
function policiesTogether(stack: StackIndex): ReadonlyMap<KubernetesObject, readonly KubernetesObject[]> {
    const partial = stack.ofKind(networkPolicyKind).filter((policy) => {
        const openings = openingsIn(policy);
        const isOpen = [...openSum(openings, "Ingress"), ...openSum(openings, "Egress")].length > 0;
        return !isOpen && openings.some(({ peers }) => peers !== "everybody" && peers.length > 0);
    });
    const forAll = Map.groupBy(partial.filter(selectsAll), ({ namespace }) => namespace);
    const bySelector = Map.groupBy(
        partial.filter((policy) => !selectsAll(policy)),
        (policy) => `${policy.namespace} ${JSON.stringify(fields(policy.body, "spec", "podSelector"))}`,
    );
    const groups = [...forAll.values(), ...[...bySelector.values()].map((group) => [...(forAll.get(group[0]?.namespace ?? "") ?? []), ...group])];
    return new Map(groups.flatMap((group) => (group.length > 1 ? group.slice(-1).map((last) => [last, group] as const) : [])));
}

/** A policy that can't be read is reported by the rule that judges it alone. */
function openingsIn(policy: KubernetesObject): readonly Opening[] {
    try {
        return openingsOf(policy);
    } catch (error) {
        if (error instanceof Unjudgeable) {
            return [];
        }
        throw error;
    }
}
