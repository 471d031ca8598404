import { objectRule, wrong } from "../../engine/rule.ts";
import { isNearlyEverything, metadataIn } from "../../shapes/addresses.ts";
import { openingKinds, openingsOf } from "../../shapes/openings.ts";
import { nsa } from "../../shapes/references.ts";

/** A pod that reaches the metadata service of its cloud gets the credentials of its node. */
export const noMetadataAccess = objectRule({
    name: "no-metadata-access",
    title: "No network policy lets pods out to the metadata service of a cloud, which hands out the node's credentials.",
    severity: "critical",
    level: "mandatory",
    references: [nsa("Network separation and hardening: protecting sensitive cloud infrastructure")],
    kinds: openingKinds,
    *check(policy) {
        for (const { path, direction, peers, ports } of openingsOf(policy)) {
            // Ranges that are nearly everything are for no-open-peer, which looks for these addresses too.
            if (direction === "Egress" && peers !== "everybody" && !isNearlyEverything(peers)) {
                const service = metadataIn(peers, ports);
                if (service !== undefined) {
                    yield wrong(path, `it lets pods out to ${service}`, "exclude the address, or name a smaller range");
                }
            }
        }
    },
});
