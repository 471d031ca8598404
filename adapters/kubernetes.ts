import type * as client from "@kubernetes/client-node";

import { type RolloutRecord, decodeRecord } from "../rollout/record.ts";
import { shareOf } from "../rollout/traffic.ts";
import type { Present } from "../rollout/transition.ts";

/** What a look at the live route found. Not being able to look is its own answer, never an empty one. */
export type LiveRoute =
    | { readonly kind: "absent" }
    | { readonly kind: "found"; readonly present: Present }
    /** A route is there, and no record can be read from it. `revisions`: those that it has as backends. */
    | { readonly kind: "damaged"; readonly reason: string; readonly revisions: readonly string[] }
    | { readonly kind: "unreachable"; readonly reason: string };

/** The few things that the rollout reads from a live cluster. */
export interface ClusterReader {
    /** The HTTPRoute `name`, as a rollout sees it. Never throws. */
    readRoute(namespace: string, name: string): Promise<LiveRoute>;
    /** How many pods behind Service `name` are ready to take requests. @throws when the API server can't be asked. */
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
    const apis = (): Promise<Apis> => {
        connected ??= connect(kubeContext).catch((error: unknown) => {
            // A kubeconfig that is mended while somebody watches must be read again.
            connected = undefined;
            throw error;
        });
        return connected;
    };
    return {
        readRoute: async (namespace, name) => {
            try {
                const { custom, isNotFound, optionsFor } = await apis();
                const query = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace, name };
                try {
                    const route: unknown = await within(timeoutMs, (signal) => custom.getNamespacedCustomObject(query, optionsFor(signal)));
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
            const { discovery, optionsFor } = await apis();
            const query = { namespace, labelSelector: `kubernetes.io/service-name=${name}` };
            const slices = await within(timeoutMs, (signal) => discovery.listNamespacedEndpointSlice(query, optionsFor(signal)));
            const ready = slices.items.flatMap((slice) => slice.endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready === true);
            // A pod with an IPv4 and an IPv6 address is in two slices.
            return new Set(ready.map((endpoint) => endpoint.targetRef?.uid ?? endpoint.addresses[0])).size;
        },
    };
}

/**
 * Reads the rollout out of an HTTPRoute: its record, and the weights that users meet.
 *
 * Rules that ask for the tester's header are left out. Where somebody added a rule, the one counts that gives the stable revision the least.
 */
export function presentOf(route: unknown, servicePrefix: string): LiveRoute {
    const rules = list(fields(fields(route).spec).rules).map((rule) => ({ forUsers: !onlyForHeaders(rule), backends: backendsIn(rule, servicePrefix) }));
    const record = decodeRecord(fields(fields(fields(route).metadata).annotations));
    if (record === undefined) {
        const revisions = rules.flatMap(({ backends }) => backends.map(({ revision }) => revision));
        return { kind: "damaged", reason: "its annotations carry no readable rollout record", revisions: [...new Set(revisions)] };
    }
    const users = rules.filter(({ forUsers }) => forUsers).map(({ backends }) => backends);
    const shares = users.map((backends) => shareOf(record.stable.name, backends));
    const tampering = tamperingIn(users, record);
    return {
        kind: "found",
        present: { record, routedPercent: 100 - Math.min(...shares, shares.length === 0 ? 0 : 100), ...(tampering === undefined ? {} : { tampering }) },
    };
}

interface RoutedBackend {
    /** Name of the revision, or the name of the Service in quotes when it is none of the service's. */
    readonly revision: string;
    readonly weight: number;
}

function backendsIn(rule: unknown, servicePrefix: string): readonly RoutedBackend[] {
    return list(fields(rule).backendRefs).map((reference) => {
        const { name, weight } = fields(reference);
        const ours = typeof name === "string" && name.startsWith(servicePrefix);
        return { revision: ours ? name.slice(servicePrefix.length) : `'${String(name)}'`, weight: typeof weight === "number" ? weight : 1 };
    });
}

/** Whether every match of `rule` asks for a header: testers' rules do, users' requests don't carry it. */
function onlyForHeaders(rule: unknown): boolean {
    const matches = list(fields(rule).matches);
    return matches.length > 0 && matches.every((match) => list(fields(match).headers).length > 0);
}

/** What a hand changed on the rules that users meet, beyond the candidate's share. */
function tamperingIn(users: readonly (readonly RoutedBackend[])[], record: RolloutRecord): string | undefined {
    const known = record.kind === "steady" ? [record.stable.name] : [record.stable.name, record.candidate.name];
    const stranger = users.flat().find(({ revision, weight }) => weight > 0 && !known.includes(revision));
    if (stranger !== undefined) {
        return `it has a backend that is no part of the rollout, ${stranger.revision}`;
    }
    if (users.length !== 1) {
        return `it has ${String(users.length)} rules that users meet instead of one`;
    }
    return users.flat().every(({ weight }) => weight === 0) ? "its weights are all 0" : undefined;
}

interface Apis {
    readonly custom: client.CustomObjectsApi;
    readonly discovery: client.DiscoveryV1Api;
    readonly isNotFound: (error: unknown) => boolean;
    /** Options of a request that ends when `signal` does: one that goes on in the background would keep the program from ending. */
    readonly optionsFor: (signal: AbortSignal) => client.ConfigurationOptions;
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
        optionsFor: (signal) => ({
            middleware: [
                {
                    pre: (request) => {
                        request.setSignal(signal);
                        return new kubernetes.Observable(Promise.resolve(request));
                    },
                    post: (response) => new kubernetes.Observable(Promise.resolve(response)),
                },
            ],
            middlewareMergeStrategy: "append",
        }),
    };
}

async function within<T>(timeoutMs: number, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
        return await request(signal);
    } catch (error) {
        throw signal.aborted ? new Error(`the API server gave no answer within ${String(timeoutMs)} ms`) : error;
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
