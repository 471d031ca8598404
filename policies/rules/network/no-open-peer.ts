import { objectRule, wrong } from "../../engine/rule.ts";
import { fields, isFields, list, text } from "../../engine/value.ts";
import { networkPolicyKind } from "../../shapes/network.ts";
import { nsa } from "../../shapes/references.ts";

/** In a network policy an empty peer is every peer, not none. */
export const noOpenPeer = objectRule({
    name: "no-open-peer",
    title: "No network policy allows traffic from or to everybody.",
    severity: "high",
    level: "mandatory",
    references: [nsa("Network separation and hardening: network policies")],
    kinds: [networkPolicyKind],
    *check(policy) {
        for (const [direction, peers] of [
            ["ingress", "from"],
            ["egress", "to"],
        ] as const) {
            for (const [index, rule] of list(policy.body, "spec", direction).entries()) {
                const path = `spec.${direction}[${String(index)}]`;
                const named = list(rule, peers);
                if (named.length === 0) {
                    yield wrong(path, `it allows ${direction} ${peers} everybody`, `name the peers in "${peers}"`);
                }
                for (const [position, peer] of named.entries()) {
                    const everywhere = ["0.0.0.0/0", "::/0"].includes(text(peer, "ipBlock", "cidr") ?? "") && list(peer, "ipBlock", "except").length === 0;
                    const selectors = Object.values(fields(peer) ?? {});
                    const everyNamespace =
                        isFields(fields(peer)?.namespaceSelector) &&
                        Object.keys(fields(peer, "namespaceSelector") ?? {}).length === 0 &&
                        fields(peer, "podSelector") === undefined;
                    if (selectors.length === 0 || everywhere || everyNamespace) {
                        yield wrong(
                            `${path}.${peers}[${String(position)}]`,
                            `it allows ${direction} ${peers} everybody`,
                            "name namespaces, pods or address ranges",
                        );
                    }
                }
            }
        }
    },
});
