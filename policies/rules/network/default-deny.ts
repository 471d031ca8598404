import { missing, stackRule } from "../../engine/rule.ts";
import { list } from "../../engine/value.ts";
import { ciliumAllowsNothing, ciliumGoverns, ciliumKinds, ciliumRules, ciliumSelectsAll, ciliumSpecs } from "../../shapes/cilium-pods.ts";
import { onEach } from "../../shapes/each.ts";
import { type Direction, governs, policiesIn, selectsAll } from "../../shapes/network.ts";
import { cis, nsa } from "../../shapes/references.ts";

const directions: readonly Direction[] = ["Ingress", "Egress"];

/** What no policy governs is open: to every pod of the cluster, and to the Internet. */
export const defaultDeny = stackRule({
    name: "default-deny",
    title: "Each namespace with pods denies all traffic that no other policy allows, in both directions.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.3.2"), nsa("Network separation and hardening: network policies")],
    check: (stack) => {
        const firstIn = new Map(
            stack.pods
                .filter((pod) => !pod.object.partial)
                .map((pod) => [pod.object.namespace, pod.object] as const)
                .reverse(),
        );
        const cilium = ciliumKinds.flatMap((kind) => stack.ofKind(kind)).flatMap(ciliumSpecs);
        return onEach(firstIn.values(), function* (object) {
            const denying = policiesIn(stack, object.namespace).filter(selectsAll);
            for (const direction of directions) {
                const denied =
                    denying.some((policy) => governs(policy, direction) && list(policy.body, "spec", direction.toLowerCase()).length === 0) ||
                    cilium.some(
                        (spec) =>
                            ciliumSelectsAll(spec, object.namespace) &&
                            ciliumGoverns(spec, direction) &&
                            ciliumRules(spec, direction).every(ciliumAllowsNothing),
                    );
                if (!denied) {
                    yield missing(
                        "",
                        `its namespace ${object.namespace} does not deny ${direction.toLowerCase()} by default`,
                        `declare a NetworkPolicy with an empty podSelector, policyTypes ${direction} and no rules`,
                    );
                }
            }
        });
    },
});
