import { type PolicyFinding, objectRule, wrong } from "../../engine/rule.ts";
import { isNearlyEverything, metadataIn, unionOf } from "../../shapes/addresses.ts";
import type { Direction } from "../../shapes/network.ts";
import { type Opening } from "../../shapes/opening.ts";
import { openingKinds, openingsOf, rulesKey } from "../../shapes/openings.ts";
import { nsa } from "../../shapes/references.ts";

/**
 * A network policy is judged by what it lets through, not by how it is written: an empty peer is every peer, and ranges of addresses add up.
 *
 * The way out to the Internet may be open at named ports, since a network policy knows no names; then the metadata services of clouds must be excluded.
 */
export const noOpenPeer = objectRule({
    name: "no-open-peer",
    title: "No network policy allows traffic from or to everybody, whichever API declares it; to the Internet at named ports only, and never to the metadata services of clouds.",
    severity: "high",
    level: "mandatory",
    references: [nsa("Network separation and hardening: network policies")],
    kinds: openingKinds,
    *check(policy) {
        const openings = openingsOf(policy);
        for (const { path, direction } of openings.filter(({ peers }) => peers === "everybody")) {
            yield wrong(path, `it allows ${rulesKey(direction)} ${direction === "Ingress" ? "from" : "to"} everybody`, "name the peers");
        }
        yield* openSum(openings, "Ingress");
        yield* openSum(openings, "Egress");
    },
});

/** What the address ranges of `openings` let through together, where that is too much. */
export function* openSum(openings: readonly Opening[], direction: Direction): Generator<PolicyFinding> {
    const ranges = openings.flatMap(({ path, peers, ports, direction: own }) =>
        own === direction && peers !== "everybody" && peers.length > 0 ? [{ path, peers, ports }] : [],
    );
    const [first] = ranges;
    if (first === undefined || !isNearlyEverything(unionOf(ranges.map(({ peers }) => peers)))) {
        return;
    }
    const side = direction === "Ingress" ? "from" : "to";
    const path = ranges.length === 1 ? first.path : `spec.${rulesKey(direction)}`;
    if (direction === "Ingress" || isNearlyEverything(unionOf(ranges.filter(({ ports }) => ports === "all").map(({ peers }) => peers)))) {
        const where = direction === "Egress" ? " at every port" : "";
        yield wrong(path, `its ranges allow ${rulesKey(direction)} ${side} nearly every address${where}`, "name the ranges that are needed, and their ports");
        return;
    }
    for (const { path: place, peers, ports } of ranges) {
        const service = metadataIn(peers, ports);
        if (service !== undefined) {
            yield wrong(
                place,
                `its ranges allow egress to nearly every address, also to ${service}`,
                "exclude 169.254.0.0/16, or name the ranges that are needed",
            );
        }
    }
}
