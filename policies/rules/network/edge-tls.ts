import { type PolicyFinding, missing, objectRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { fields, list, text, texts } from "../../engine/value.ts";
import { nsa } from "../../shapes/references.ts";

/** Outside the cluster any host on the way may listen. */
export const edgeTls = objectRule({
    name: "edge-tls",
    title: "An Ingress or a Gateway takes encrypted connections only, and an Ingress does so for each of its hosts.",
    severity: "high",
    level: "mandatory",
    references: [nsa("Network separation and hardening")],
    kinds: ["networking.k8s.io/Ingress", "extensions/Ingress", "gateway.networking.k8s.io/Gateway"],
    *check(object) {
        yield* object.kind === "Ingress" ? ofIngress(object) : ofGateway(object);
    },
});

/** What an Ingress says beside its certificates that lets connections in without them. */
const plainAnnotations: readonly (readonly [name: string, value: string])[] = [
    ["nginx.ingress.kubernetes.io/ssl-redirect", "false"],
    ["nginx.org/redirect-to-https", "false"],
    ["kubernetes.io/ingress.allow-http", "true"],
];

function* ofIngress(ingress: KubernetesObject): Generator<PolicyFinding> {
    const certificates = list(ingress.body, "spec", "tls");
    if (certificates.length === 0) {
        yield missing("spec.tls", "it takes connections without TLS", "name a certificate in spec.tls");
        return;
    }
    // Some controllers serve a host that spec.tls does not name without TLS.
    const covered = certificates.flatMap((certificate) => texts(certificate, "hosts"));
    const rules = list(ingress.body, "spec", "rules").map((rule) => text(rule, "host") ?? "");
    for (const [index, host] of rules.entries()) {
        if (host !== "" && !covered.some((name) => covers(name, host))) {
            yield wrong(`spec.rules[${String(index)}].host`, `no entry of spec.tls names ${host}`, "name it in the hosts of its certificate");
        }
    }
    if (
        !rules.some((host) => host !== "") &&
        certificates.every((certificate) => texts(certificate, "hosts").length === 0 && text(certificate, "secretName") === undefined)
    ) {
        yield wrong("spec.tls", "it names neither a host nor a certificate", "name both");
    }
    for (const [name, value] of plainAnnotations) {
        if (text(ingress.body, "metadata", "annotations", name) === value) {
            yield wrong(`metadata.annotations[${name}]`, "it takes connections without TLS beside those with it", "remove the annotation");
        }
    }
}

/** Whether a certificate for `name` is one for `host`: a wildcard stands for one label. */
function covers(name: string, host: string): boolean {
    const [wanted, given] = [host.toLowerCase(), name.toLowerCase()];
    return given === wanted || (given.startsWith("*.") && wanted.slice(wanted.indexOf(".")) === given.slice(1) && wanted.indexOf(".") > 0);
}

function* ofGateway(gateway: KubernetesObject): Generator<PolicyFinding> {
    for (const [index, listener] of list(gateway.body, "spec", "listeners").entries()) {
        const path = `spec.listeners[${String(index)}]`;
        const protocol = text(listener, "protocol") ?? "";
        const isTerminated = (text(listener, "tls", "mode") ?? "Terminate") === "Terminate";
        const isCertified = list(listener, "tls", "certificateRefs").length > 0 || Object.keys(fields(listener, "tls", "options") ?? {}).length > 0;
        if (protocol !== "HTTPS" && protocol !== "TLS") {
            yield wrong(`${path}.protocol`, `a listener takes ${protocol || "any"} connections`, "use HTTPS");
        } else if (isTerminated && !isCertified) {
            yield missing(`${path}.tls`, `a listener for ${protocol} has no certificate`, "name it in tls.certificateRefs");
        }
    }
}
