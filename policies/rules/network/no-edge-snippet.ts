import { type PolicyFinding, objectRule, wrong } from "../../engine/rule.ts";
import { fields, has, isFields, isList, type Plain, text, Unknown } from "../../engine/value.ts";

/** Raw configuration runs in the gateway, with its rights: it reads other services' traffic, certificates and the gateway's token (CVE-2021-25742). */
export const noEdgeSnippet = objectRule({
    name: "no-edge-snippet",
    title: "No Ingress or route carries raw configuration of the gateway: it would run with the gateway's rights.",
    severity: "critical",
    level: "mandatory",
    kinds: [
        "networking.k8s.io/Ingress",
        "extensions/Ingress",
        "gateway.networking.k8s.io/HTTPRoute",
        "gateway.networking.k8s.io/GRPCRoute",
        "gateway.nginx.org/SnippetsFilter",
        "gateway.nginx.org/SnippetsPolicy",
        "k8s.nginx.org/VirtualServer",
        "k8s.nginx.org/VirtualServerRoute",
        "k8s.nginx.org/TransportServer",
        "core/ConfigMap",
    ],
    *check(object) {
        if (object.kind === "ConfigMap") {
            if (has(object.body, "data", "allow-snippet-annotations") && text(object.body, "data", "allow-snippet-annotations") === "true") {
                yield wrong("data.allow-snippet-annotations", "it lets every Ingress write into the configuration of the gateway", "leave it false");
            }
            return;
        }
        for (const [key, value] of Object.entries(fields(object.body, "metadata", "annotations") ?? {})) {
            if (isSnippet(key) && !isEmpty(value)) {
                yield found(`metadata.annotations[${key}]`);
            }
        }
        for (const path of snippetsBelow(fields(object.body, "spec") ?? {}, "spec")) {
            yield found(path);
        }
    },
});

/** The annotations of NGINX's two controllers (`configuration-snippet`, `server-snippets`) under any prefix, which an administrator may choose, and those of HAProxy's two. */
function isSnippet(key: string): boolean {
    const name = key.slice(key.lastIndexOf("/") + 1).toLowerCase();
    return name.includes("snippet") || /^haproxy-ingress\.github\.io\/config-(backend|defaults|frontend|global|proxy|sections|tcp)/.test(key);
}

/** Custom resources of NGINX have them as fields: `http-snippets`, `serverSnippets`, `snippets`. */
function* snippetsBelow(value: Plain, path: string): Generator<string> {
    if (isList(value)) {
        for (const [index, entry] of value.entries()) {
            yield* snippetsBelow(entry, `${path}[${String(index)}]`);
        }
    } else if (isFields(value)) {
        for (const [key, entry] of Object.entries(value)) {
            if (/snippets?$/i.test(key)) {
                if (!isEmpty(entry)) {
                    yield `${path}.${key}`;
                }
            } else {
                yield* snippetsBelow(entry, `${path}.${key}`);
            }
        }
    }
}

function isEmpty(value: Plain): boolean {
    return !(value instanceof Unknown) && (value === null || (typeof value === "string" && value.trim() === "") || (isList(value) && value.length === 0));
}

function found(path: string): PolicyFinding {
    return wrong(path, "it writes into the configuration of the gateway", "use the annotations and fields that do one thing each");
}
