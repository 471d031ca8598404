import { type PolicyFinding, stackRule, wrong } from "../../engine/rule.ts";
import { selects, type StackIndex } from "../../engine/stack.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { fields, text } from "../../engine/value.ts";
import { argoRollout } from "../../shapes/argo.ts";
import { labelsByRole, podSource } from "../../shapes/argo-services.ts";
import { onEach } from "../../shapes/each.ts";
import { follow, nameOf, percentText } from "../../shapes/follow.ts";

/** Each Service, its strategy, and whether it is for the pods that live, or for the next ones. */
const places = [
    ["canary", "stableService", "live", "next"],
    ["canary", "canaryService", "next", "live"],
    ["blueGreen", "activeService", "live", "next"],
    ["blueGreen", "previewService", "next", "live"],
] as const;

/** A rollout whose Service is missing stops at its first step; one whose Service selects other pods judges those. */
export const rolloutServices = stackRule({
    name: "rollout-services",
    title: "The Services that an Argo rollout switches are in the stack, and each selects the rollout's own pods and no others.",
    severity: "high",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind(argoRollout), function* (rollout) {
            for (const [strategy, key, own, others] of places) {
                const name = text(rollout.body, "spec", "strategy", strategy, key);
                const path = `spec.strategy.${strategy}.${key}`;
                if (name === undefined) {
                    continue;
                }
                const service = stack.find("core/Service", rollout.namespace, name);
                if (service === undefined) {
                    yield wrong(path, `there is no Service ${name} in the stack`, "declare it");
                    continue;
                }
                const pods = labelsByRole(stack, rollout, strategy);
                yield* selection(stack, podSource(stack, rollout), service, path, { own: pods[own], others: pods[others] });
            }
        }),
});

function* selection(
    stack: StackIndex,
    own: KubernetesObject,
    service: KubernetesObject,
    path: string,
    pods: { readonly own: Readonly<Record<string, string>>; readonly others: Readonly<Record<string, string>> },
): Generator<PolicyFinding> {
    const selector = fields(service.body, "spec", "selector") ?? {};
    const selected = (podLabels: Readonly<Record<string, string>>) => Object.keys(selector).length > 0 && selects({ matchLabels: selector }, podLabels);
    const ends = follow(stack, { namespace: service.namespace, name: service.name, kind: "core/Service", port: undefined, path });
    if (!selected(pods.own)) {
        if (selected(pods.others)) {
            yield wrong(
                path,
                `${service.name} selects the pods of the other Service: the two are swapped, so that each revision gets the share of the other`,
                "swap them back",
            );
        } else if (ends !== "nowhere") {
            const who = "blind" in ends ? ends.blind : `it leads to ${[...ends.keys()].map(nameOf).join(" and ")}`;
            yield wrong(path, `${service.name} selects none of the rollout's pods: ${who}`, "let it select the rollout's pods");
        }
        return;
    }
    if (ends !== "nowhere" && !("blind" in ends)) {
        for (const [workload, share] of ends) {
            if (workload !== own) {
                yield wrong(
                    path,
                    `${percentText(100 * share)} of the requests to ${service.name} go to ${nameOf(workload)}, and 0 % should`,
                    "let it select the rollout's pods alone",
                );
            }
        }
    }
}
