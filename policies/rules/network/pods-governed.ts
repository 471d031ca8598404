import { missing, stackRule } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import type { Pod } from "../../engine/subject.ts";
import { at } from "../../engine/value.ts";
import { ciliumGoverns, ciliumKinds, ciliumPods, ciliumSelectsAll, ciliumSpecs } from "../../shapes/cilium-pods.ts";
import { onEachPod } from "../../shapes/each.ts";
import { type Direction, governs, networkPolicyKind, selectsAll } from "../../shapes/network.ts";
import { oncePerStack } from "../../shapes/once.ts";
import { cis, nsa } from "../../shapes/references.ts";
import { isLongRunning } from "../../shapes/workload.ts";

const directions: readonly Direction[] = ["Ingress", "Egress"];

/** With the default alone a pod that listens can't be reached: a policy must say who may talk to it. */
export const podsGoverned = stackRule({
    name: "pods-governed",
    title: "Each pod that runs on is named by a network policy of its own, for what comes in and for what goes out.",
    severity: "medium",
    level: "mandatory",
    references: [cis("5.3.2"), nsa("Network separation and hardening: network policies")],
    check: (stack) =>
        onEachPod(
            // The labels of pods that an operator completes are the operator's.
            stack.pods.filter((pod) => pod.object.partial || !pod.partial),
            function* (pod) {
                for (const direction of directions) {
                    if (isLongRunning(pod) && !governed(stack)[direction].has(pod)) {
                        yield missing(
                            "",
                            `no network policy says what its ${direction === "Ingress" ? "callers may" : "pods may call"}`,
                            `select its pods in a NetworkPolicy with ${direction}`,
                        );
                    }
                }
            },
        ),
});

const governed = oncePerStack((stack: StackIndex): Readonly<Record<Direction, ReadonlySet<Pod>>> => {
    const namespaces = new Set(stack.pods.map((pod) => pod.object.namespace));
    const podsWith = (direction: Direction) =>
        new Set([
            ...stack
                .ofKind(networkPolicyKind)
                .filter((policy) => governs(policy, direction) && !selectsAll(policy))
                .flatMap((policy) => stack.podsSelected(policy.namespace, at(policy.body, "spec", "podSelector"))),
            ...ciliumKinds
                .flatMap((kind) => stack.ofKind(kind))
                .flatMap(ciliumSpecs)
                .filter((spec) => ciliumGoverns(spec, direction))
                .flatMap((spec) =>
                    ciliumPods(
                        stack,
                        spec,
                        [...namespaces].filter((namespace) => !ciliumSelectsAll(spec, namespace)),
                    ),
                ),
        ]);
    return { Ingress: podsWith("Ingress"), Egress: podsWith("Egress") };
});
