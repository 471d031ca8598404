import type * as client from "@kubernetes/client-node";

import { decodeRecord } from "../rollout/record.ts";
import { shareOf } from "../rollout/traffic.ts";
import type { Present } from "../rollout/transition.ts";

/** What a look at the live route found. Not being able to look is its own answer, never an empty one. */
export type LiveRoute =
    | { readonly kind: "absent" }
    | { readonly kind: "found"; readonly present: Present }
    | { readonly kind: "damaged"; readonly reason: string }
    | { readonly kind: "unreachable"; readonly reason: string };

/** The few things that the rollout reads from a live cluster. */
export interface ClusterReader {
    /** The HTTPRoute `name`, as a rollout sees it. Never throws. */
    readRoute(namespace: string, name: string): Promise<LiveRoute>;
    /** How many distinct addresses behind Service `name` are ready to take requests. @throws when the API server can't be asked. */
    readyEndpoints(namespace: string, name: string): Promise<number>;
}

/** Where the API server is. */
export interface ClusterReaderArgs {
    /** Context of the kubeconfig that KUBECONFIG names, or of ~/.kube/config. */
    readonly kubeContext: string;
    /** Prefix of the names of Services that carry a revision: `<prefix><revision>`. */
    readonly servicePrefix: string;
    /** How long one request may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/** A reader over the API server, with the credentials of the kubeconfig. The client library is loaded at the first question, since it takes half a second. */
export function clusterReader({ kubeContext, servicePrefix, timeoutMs = 5_000 }: ClusterReaderArgs): ClusterReader {
    let connected: Promise<Apis> | undefined;
    const apis = (): Promise<Apis> => (connected ??= connect(kubeContext));
    return {
        readRoute: async (namespace, name) => {
            try {
                const { custom, isNotFound } = await apis();
                const query = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace, name };
                try {
                    const route: unknown = await within(timeoutMs, custom.getNamespacedCustomObject(query));
                    return presentOf(route, servicePrefix);
                } catch (error) {
                    if (isNotFound(error)) {
                        return { kind: "absent" };
                    }
                    throw error;
                }
            } catch (error) {
                return { kind: "unreachable", reason: reasonOf(error) };
            }
        },
        readyEndpoints: async (namespace, name) => {
            const { discovery } = await apis();
            const slices = await within(timeoutMs, discovery.listNamespacedEndpointSlice({ namespace, labelSelector: `kubernetes.io/service-name=${name}` }));
            const ready = slices.items.flatMap((slice) => slice.endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready === true);
            return new Set(ready.flatMap((endpoint) => endpoint.addresses)).size;
        },
    };
}

/** Reads the rollout out of an HTTPRoute: its record, and the weights of the rule that users meet (the last one: rules before it match testers' headers). */
export function presentOf(route: unknown, servicePrefix: string): LiveRoute {
    const record = decodeRecord(fields(fields(fields(route).metadata).annotations));
    if (record === undefined) {
        return { kind: "damaged", reason: "its annotations carry no readable rollout record" };
    }
    const rules = list(fields(fields(route).spec).rules);
    const backends = list(fields(rules.at(-1)).backendRefs).map((reference) => {
        const { name, weight } = fields(reference);
        return {
            revision: typeof name === "string" && name.startsWith(servicePrefix) ? name.slice(servicePrefix.length) : "",
            weight: typeof weight === "number" ? weight : 1,
        };
    });
    return { kind: "found", present: { record, routedPercent: 100 - shareOf(record.stable.name, backends) } };
}

interface Apis {
    readonly custom: client.CustomObjectsApi;
    readonly discovery: client.DiscoveryV1Api;
    readonly isNotFound: (error: unknown) => boolean;
}

async function connect(kubeContext: string): Promise<Apis> {
    const kubernetes = await import("@kubernetes/client-node");
    const kubeConfig = new kubernetes.KubeConfig();
    kubeConfig.loadFromDefault();
    if (kubeConfig.getContextObject(kubeContext) === null) {
        const known = kubeConfig.getContexts().map((context) => context.name);
        throw new Error(
            `the kubeconfig has no context ${kubeContext}; it has ${known.length === 0 ? "none" : known.join(", ")}: set cluster.kubeContext, or KUBECONFIG`,
        );
    }
    kubeConfig.setCurrentContext(kubeContext);
    return {
        custom: kubeConfig.makeApiClient(kubernetes.CustomObjectsApi),
        discovery: kubeConfig.makeApiClient(kubernetes.DiscoveryV1Api),
        isNotFound: (error) => error instanceof kubernetes.ApiException && error.code === 404,
    };
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
            reject(new Error(`the API server gave no answer within ${String(timeoutMs)} ms`));
        }, timeoutMs);
    });
    try {
        return await Promise.race([promise, limit]);
    } finally {
        clearTimeout(timer);
    }
}

function reasonOf(error: unknown): string {
    const text = error instanceof Error ? `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ""}` : String(error);
    return text.split("\n")[0] ?? text;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}
