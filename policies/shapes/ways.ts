import { addTo } from "../engine/groups.ts";
import type { StackIndex } from "../engine/stack.ts";
import { kindOf, type KubernetesObject } from "../engine/subject.ts";
import { at, fields, has, list, number, numberOrText, type Plain, text, texts, whereReadable } from "../engine/value.ts";
import { isForUsers } from "./audience.ts";
import { oncePerStack } from "./once.ts";

const gatewayKinds = ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"].map((kind) => `gateway.networking.k8s.io/${kind}`);
const ingressKinds = ["networking.k8s.io/Ingress", "extensions/Ingress"];

/** The kinds of objects that lead requests from outside to Services. */
export const wayKinds: readonly string[] = [...gatewayKinds, ...ingressKinds];

/** Where a way ends. */
export interface Target {
    readonly namespace: string;
    readonly name: string;
    /** `core/Service` as a rule. */
    readonly kind: string;
    readonly port: number | string | undefined;
    readonly path: string;
}

/** A backend of a way, with its weight: 1 where none is written. */
export interface Backend extends Target {
    readonly weight: number;
    readonly isWeighted: boolean;
}

/** One rule of a route, or one path of an Ingress: which requests it takes, and where they go. */
export interface Way {
    readonly route: KubernetesObject;
    readonly path: string;
    /** Empty for every host. */
    readonly hosts: readonly string[];
    /** Beginnings of the paths of users' requests; `/` for all, undefined for a regular expression. */
    readonly paths: readonly (string | undefined)[];
    /** Whether users' requests come this way, not only those of testers, who carry a mark. */
    readonly forUsers: boolean;
    readonly backends: readonly Backend[];
    /** Who gets copies of the requests, and of how many, in percent. */
    readonly mirrors: readonly (Target & { readonly percent: number })[];
    /** Another host that the requests are sent to. */
    readonly redirectHost: string | undefined;
    /** Whether it only asks for the same again over TLS. */
    readonly isUpgrade: boolean;
    /** For an Ingress that takes a share of the requests of another: how much, of how much. 0 where only testers come, by a header or a cookie. */
    readonly canary: { readonly weight: number; readonly total: number } | undefined;
}

/** The ways of one route. @throws Unjudgeable */
export function waysOf(route: KubernetesObject): readonly Way[] {
    return ingressKinds.includes(kindOf(route)) ? ingressWays(route) : gatewayWays(route);
}

/** The ways of all routes of the stack. Those of a route that can't be read are left to the rules that judge it alone. */
export const waysIn = oncePerStack((stack: StackIndex): ReadonlyMap<KubernetesObject, readonly Way[]> => {
    const routes = wayKinds.flatMap((kind) => stack.ofKind(kind));
    return withCanaries(new Map(routes.map((route) => [route, whereReadable(() => waysOf(route))])));
});

/** The ways of users to each Service, by `namespace name`. */
export const usersWaysTo = oncePerStack((stack: StackIndex): ReadonlyMap<string, readonly Way[]> => {
    const found = new Map<string, Way[]>();
    for (const way of [...waysIn(stack).values()].flat().filter(({ forUsers }) => forUsers)) {
        for (const key of new Set(way.backends.map(({ namespace, name }) => `${namespace} ${name}`))) {
            addTo(found, key, way);
        }
    }
    return found;
});

/** Whether a request may come by both ways. */
export function overlap(one: Way, other: Way): boolean {
    const hosts = one.hosts.length === 0 || other.hosts.length === 0 || one.hosts.some((host) => other.hosts.some((name) => hostsOverlap(host, name)));
    const paths = one.paths.some((path) =>
        other.paths.some((beginning) => path === undefined || beginning === undefined || path.startsWith(beginning) || beginning.startsWith(path)),
    );
    return hosts && paths;
}

function hostsOverlap(one: string, other: string): boolean {
    const within = (host: string, wildcard: string) => wildcard.startsWith("*") && host.endsWith(wildcard.slice(1));
    return one === other || within(one, other) || within(other, one);
}

function gatewayWays(route: KubernetesObject): readonly Way[] {
    return list(route.body, "spec", "rules").map((rule, index) => {
        const path = `spec.rules[${String(index)}]`;
        const matches = list(rule, "matches");
        const users = matches.filter(isForUsers);
        const references = list(rule, "backendRefs");
        const filters = [...list(rule, "filters"), ...references.flatMap((reference) => list(reference, "filters"))];
        const redirects = filters.filter((filter) => text(filter, "type") === "RequestRedirect");
        const redirectHost = redirects.map((filter) => text(filter, "requestRedirect", "hostname")).find((host) => host !== undefined);
        return {
            route,
            path,
            hosts: texts(route.body, "spec", "hostnames").map((host) => host.toLowerCase()),
            paths: matches.length === 0 || route.kind !== "HTTPRoute" ? ["/"] : users.map(pathOf),
            forUsers: matches.length === 0 || users.length > 0,
            backends: references.map((reference, position) => ({
                ...targetIn(reference, route, `${path}.backendRefs[${String(position)}]`),
                weight: number(reference, "weight") ?? 1,
                isWeighted: has(reference, "weight"),
            })),
            mirrors: filters
                .filter((filter) => text(filter, "type") === "RequestMirror")
                .map((filter) => ({ ...targetIn(at(filter, "requestMirror", "backendRef"), route, `${path}.filters`), percent: mirroredPercent(filter) })),
            redirectHost,
            isUpgrade: redirects.length > 0 && redirectHost === undefined && redirects.some((filter) => text(filter, "requestRedirect", "scheme") === "https"),
            canary: undefined,
        };
    });
}

function pathOf(match: Plain): string | undefined {
    return text(match, "path", "type") === "RegularExpression" ? undefined : (text(match, "path", "value") ?? "/");
}

function targetIn(reference: Plain | undefined, route: KubernetesObject, path: string): Target {
    const group = text(reference, "group") ?? "";
    return {
        namespace: text(reference, "namespace") ?? route.namespace,
        name: text(reference, "name") ?? "",
        kind: `${group === "" ? "core" : group}/${text(reference, "kind") ?? "Service"}`,
        port: number(reference, "port"),
        path,
    };
}

function mirroredPercent(filter: Plain): number {
    const share = number(filter, "requestMirror", "percent");
    const parts = number(filter, "requestMirror", "fraction", "numerator");
    return share ?? (parts === undefined ? 100 : (100 * parts) / (number(filter, "requestMirror", "fraction", "denominator") ?? 100));
}

const nginx = "nginx.ingress.kubernetes.io/";

function ingressWays(ingress: KubernetesObject): readonly Way[] {
    const mirror = annotationOf(ingress, "mirror-target");
    const amount = (name: string, otherwise: number) => Math.max(0, Number(annotationOf(ingress, name) ?? otherwise) || 0);
    const canary = isCanaryIngress(ingress) ? { weight: amount("canary-weight", 0), total: amount("canary-weight-total", 100) } : undefined;
    const way = (host: string, beginning: string | undefined, backend: Plain | undefined, path: string): Way => ({
        route: ingress,
        path,
        hosts: host === "" ? [] : [host.toLowerCase()],
        paths: [beginning],
        forUsers: true,
        backends: [
            {
                namespace: ingress.namespace,
                name: text(backend, "service", "name") ?? text(backend, "serviceName") ?? text(backend, "resource", "name") ?? "",
                kind: has(backend, "resource")
                    ? `${text(backend, "resource", "apiGroup") ?? "core"}/${text(backend, "resource", "kind") ?? ""}`
                    : "core/Service",
                port: number(backend, "service", "port", "number") ?? text(backend, "service", "port", "name") ?? numberOrText(backend, "servicePort"),
                path,
                weight: 1,
                isWeighted: false,
            },
        ],
        mirrors: mirror === undefined ? [] : [{ ...mirrored(mirror, ingress), percent: 100 }],
        redirectHost: undefined,
        isUpgrade: false,
        canary,
    });
    const rules = list(ingress.body, "spec", "rules").flatMap((rule, index) =>
        list(rule, "http", "paths").map((entry, position) => {
            const isPattern = annotationOf(ingress, "use-regex") === "true" && /[^\w/.~-]/.test(text(entry, "path") ?? "");
            const beginning = isPattern ? undefined : (text(entry, "path") ?? "/");
            return way(text(rule, "host") ?? "", beginning, at(entry, "backend"), `spec.rules[${String(index)}].http.paths[${String(position)}]`);
        }),
    );
    const fallback = fields(ingress.body, "spec", "defaultBackend") ?? fields(ingress.body, "spec", "backend");
    return fallback === undefined ? rules : [...rules, way("", "/", fallback, "spec.defaultBackend")];
}

/** The Service whose name begins the host of a mirror's address. */
function mirrored(address: string, ingress: KubernetesObject): Target {
    const [name = "", namespace] = (URL.parse(address)?.hostname ?? "").split(".");
    return { namespace: namespace ?? ingress.namespace, name, kind: "core/Service", port: undefined, path: `metadata.annotations[${nginx}mirror-target]` };
}

/** Whether NGINX takes an Ingress for a part of another of the same host and path: it adds a backend there. */
export function isCanaryIngress(route: KubernetesObject): boolean {
    return ingressKinds.includes(kindOf(route)) && annotationOf(route, "canary") === "true";
}

function annotationOf(ingress: KubernetesObject, name: string): string | undefined {
    return text(ingress.body, "metadata", "annotations", nginx + name);
}

/** Adds the backends of canary Ingresses to the ways whose requests they take a share of. Where the other Ingress is not in the stack, the canary's own way has the rest go elsewhere. */
function withCanaries(ways: ReadonlyMap<KubernetesObject, readonly Way[]>): ReadonlyMap<KubernetesObject, readonly Way[]> {
    const keyOf = (way: Way) => `${way.hosts.join()} ${way.paths.join()}`;
    const ofIngresses = [...ways.values()].flat().filter(({ route }) => ingressKinds.includes(kindOf(route)));
    const canaries = Map.groupBy(
        ofIngresses.filter(({ canary }) => canary !== undefined),
        keyOf,
    );
    const mains = new Set(ofIngresses.filter(({ canary }) => canary === undefined).map(keyOf));
    const mixed = (way: Way): Way => {
        const added = ingressKinds.includes(kindOf(way.route)) ? (canaries.get(keyOf(way)) ?? []) : [];
        const taken = added.flatMap(({ backends, canary }) => backends.map((backend) => ({ ...backend, weight: canary?.weight ?? 0, isWeighted: true })));
        const share = taken.reduce((sum, { weight }) => sum + weight, 0);
        const rest = { weight: Math.max(0, Math.max(...added.map(({ canary }) => canary?.total ?? 100)) - share), isWeighted: true };
        const counted = taken.filter(({ weight }) => weight > 0);
        if (way.canary !== undefined) {
            const elsewhere = way.backends.map((backend) => ({ ...backend, ...rest, kind: "an/Ingress", name: "the other Ingress" }));
            return { ...way, forUsers: !mains.has(keyOf(way)) && counted.length > 0, backends: [...elsewhere, ...counted] };
        }
        return counted.length === 0 ? way : { ...way, backends: [...way.backends.map((backend) => ({ ...backend, ...rest })), ...counted] };
    };
    return new Map([...ways].map(([route, own]) => [route, own.map(mixed)]));
}
