import { objectRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { list, text, texts } from "../../engine/value.ts";
import { isOwnOrMetadataHost } from "../../shapes/special-host.ts";
import { nsa } from "../../shapes/references.ts";

/** Whoever calls the Service then calls the gateway's own host, or the metadata service of its cloud, with the gateway's rights. */
export const noSpecialAddress = objectRule({
    name: "no-special-address",
    title: "No Service stands for a host's own address or for the metadata service of a cloud, in any spelling.",
    severity: "critical",
    level: "mandatory",
    references: [nsa("Network separation and hardening: protecting sensitive cloud infrastructure")],
    kinds: ["core/Service", "core/Endpoints", "discovery.k8s.io/EndpointSlice"],
    *check(object) {
        for (const { path, host } of hostsOf(object)) {
            if (isOwnOrMetadataHost(host)) {
                yield wrong(path, `it stands for ${host}, which is the host that asks, or the metadata service of its cloud`, "name the service that is meant");
            }
        }
    },
});

function* hostsOf(object: KubernetesObject): Generator<{ readonly path: string; readonly host: string }> {
    const { body, kind } = object;
    if (kind === "Service") {
        // The name stays in the object when the type changes, and counts again when it changes back.
        yield { path: "spec.externalName", host: text(body, "spec", "externalName") ?? "" };
    } else if (kind === "EndpointSlice") {
        for (const [index, endpoint] of list(body, "endpoints").entries()) {
            yield* texts(endpoint, "addresses").map((host, position) => ({ path: `endpoints[${String(index)}].addresses[${String(position)}]`, host }));
        }
    } else {
        for (const [index, subset] of list(body, "subsets").entries()) {
            for (const key of ["addresses", "notReadyAddresses"]) {
                yield* list(subset, key).map((address, position) => ({
                    path: `subsets[${String(index)}].${key}[${String(position)}]`,
                    host: text(address, "ip") ?? "",
                }));
            }
        }
    }
}
