import { type GatewayReference, gatewayReference } from "./gateway-reference.ts";
import type { RolloutRecord } from "./record.ts";
import { revisionObjectName } from "./revision.ts";
import { audienceHeader, testerKeyHeader, testersAudience, testersServiceName } from "./testers.ts";
import { backendsOf } from "./traffic.ts";

/** What a service's HTTPRoute says besides the rollout itself. A stack's target has these fields, so it can be handed over as it is. */
export interface RouteDesign {
    /** Name of the service, and of the route. */
    readonly service: string;
    /** Host name that users call. */
    readonly hostname: string;
    readonly gateway: {
        readonly name: string;
        readonly namespace: string;
        /** Whether the gateway tries a failed connection once more. */
        readonly retry: boolean;
        /** How testers reach a candidate. */
        readonly testers: { readonly kind: "header" | "none" };
    };
}

/** How long a user's request may take in all, and how long one try at a backend, in seconds: well above the 1000 ms p95 at which the plan rolls back. */
export const routeTimeLimits = { requestSeconds: 5, backendSeconds: 2 } as const;

/** The `spec` of an HTTPRoute, as the program writes it. Every default of the API server is written out, so that the live object equals it. */
export interface RouteSpec<Key> {
    readonly parentRefs: readonly GatewayReference[];
    readonly hostnames: readonly string[];
    readonly rules: readonly RouteRule<Key>[];
}

/** A rule of the route. */
export interface RouteRule<Key> {
    readonly matches: readonly {
        readonly path: { readonly type: "PathPrefix"; readonly value: "/" };
        readonly headers?: readonly { readonly type: "Exact"; readonly name: string; readonly value: Key }[];
    }[];
    readonly filters: readonly object[];
    readonly timeouts: { readonly request: string; readonly backendRequest: string };
    readonly retry?: { readonly codes: readonly number[]; readonly attempts: number; readonly backoff: string };
    readonly backendRefs: readonly RouteBackend[];
}

/** A backend of a rule, with its weight. */
export interface RouteBackend {
    readonly group: "";
    readonly kind: "Service";
    readonly name: string;
    readonly port: number;
    readonly weight: number;
}

/**
 * What the program writes for `record`: the one place where rules are made. The program declares it, a look at the live route is compared with it, and a rollback
 * writes it.
 *
 * @param testerKey what a tester's request must carry. If omitted, no rule leads testers anywhere.
 */
export function routeSpec<Key = string>(record: RolloutRecord, design: RouteDesign, testerKey?: Key): RouteSpec<Key> {
    const { service, hostname, gateway } = design;
    const common = {
        timeouts: { request: `${String(routeTimeLimits.requestSeconds)}s`, backendRequest: `${String(routeTimeLimits.backendSeconds)}s` },
        ...(gateway.retry ? { retry: { codes: [503], attempts: 1, backoff: "50ms" } } : {}),
    };
    const path = { type: "PathPrefix", value: "/" } as const;
    const users: RouteRule<Key> = {
        matches: [{ path }],
        // Users must not pass for testers, and a key that leads nowhere must not reach a log.
        filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: [audienceHeader, testerKeyHeader] } }],
        ...common,
        backendRefs: backendsOf(record).map(({ revision, weightPercent }) => backend(revisionObjectName(service, revision), weightPercent)),
    };
    const testers = (candidate: string, value: Key): RouteRule<Key> => ({
        matches: [{ path, headers: [{ type: "Exact", name: testerKeyHeader, value }] }],
        filters: [
            {
                type: "RequestHeaderModifier",
                requestHeaderModifier: { set: [{ name: audienceHeader, value: testersAudience }], remove: [testerKeyHeader] },
            },
        ],
        ...common,
        backendRefs: [backend(testersServiceName(service, candidate), 100)],
    });
    return {
        parentRefs: [gatewayReference(gateway)],
        hostnames: [hostname],
        rules: record.kind === "rolling" && testerKey !== undefined ? [testers(record.candidate.name, testerKey), users] : [users],
    };
}

function backend(name: string, weight: number): RouteBackend {
    return { group: "", kind: "Service", name, port: 80, weight };
}
