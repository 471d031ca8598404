import { defined } from "../defined.ts";
import { type GatewayReference, gatewayReference } from "./gateway-reference.ts";
import type { LabelPrefix } from "./label-keys.ts";
import type { RolloutRecord } from "./record.ts";
import { revisionObjectName } from "./revision.ts";
import { type TestersHost, audienceHeader, testerKeyHeader, testersAudience, testersServiceName } from "./testers.ts";
import { backendsOf } from "./traffic.ts";

/** What a service's HTTPRoute says besides the rollout itself. */
export interface RouteDesign {
    /** Name of the service, and of the route. */
    readonly service: string;
    /** Host name that users call. */
    readonly hostname: string;
    readonly gateway: {
        readonly name: string;
        readonly namespace: string;
        /** Listener of the Gateway that users come by. Defaults to each one that accepts the host name. */
        readonly listener?: string;
        /** Whether the gateway tries a failed connection once more. */
        readonly retry: boolean;
        /** How testers reach a candidate. */
        readonly testers: { readonly kind: "header"; readonly rotation?: string } | { readonly kind: "none" } | TestersHost;
    };
}

/** The same, with the prefix of the annotations that carry the rollout. A stack's target has these fields, so it can be handed over as it is. */
export interface LabelledRoute extends RouteDesign {
    readonly profile: LabelPrefix;
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
    readonly matches: readonly RouteMatch<Key>[];
    readonly filters: readonly object[];
    readonly timeouts: { readonly request: string; readonly backendRequest: string };
    readonly retry?: { readonly codes: readonly number[]; readonly attempts: number; readonly backoff: string };
    readonly backendRefs: readonly RouteBackend[];
}

/** Which requests a rule takes. */
export interface RouteMatch<Key> {
    readonly path: { readonly type: "PathPrefix"; readonly value: "/" };
    readonly headers?: readonly { readonly type: "Exact"; readonly name: string; readonly value: Key }[];
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
 * What the program writes for `record` on the users' route. The program declares it, a look at the live route is compared with it, and a rollback
 * writes it.
 *
 * @param testerKey what a tester's request must carry. If omitted, no rule leads testers anywhere, as where they have {@link testersRouteSpec}.
 */
export function routeSpec<Key = string>(record: RolloutRecord, design: RouteDesign, testerKey?: Key): RouteSpec<Key> {
    const { service, hostname, gateway } = design;
    const users: RouteRule<Key> = {
        matches: [{ path: anyPath }],
        // Users must not pass for testers, and a key that leads nowhere must not reach a log.
        filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: [audienceHeader, testerKeyHeader] } }],
        ...limitsOf(design),
        backendRefs: backendsOf(record).map(({ revision, weightPercent }) => backend(revisionObjectName(service, revision), weightPercent)),
    };
    return {
        parentRefs: [gatewayReference(gateway)],
        hostnames: [hostname],
        rules:
            record.kind === "rolling" && testerKey !== undefined
                ? [testersRule(record.candidate.name, design, { path: anyPath, headers: [{ type: "Exact", name: testerKeyHeader, value: testerKey }] }), users]
                : [users],
    };
}

/** What the program writes on the HTTPRoute of testers, while they may reach `candidate`. Undefined where they have no host name of their own. */
export function testersRouteSpec(candidate: string, design: RouteDesign): RouteSpec<never> | undefined {
    const { testers, name, namespace } = design.gateway;
    if (testers.kind !== "host") {
        return undefined;
    }
    const { hostname, gateway = { name, namespace }, listener } = testers;
    return {
        parentRefs: [gatewayReference({ ...gateway, ...defined({ listener }) })],
        hostnames: [hostname],
        rules: [testersRule(candidate, design, { path: anyPath })],
    };
}

/** The rule that leads testers to a candidate, whatever the weights say. */
function testersRule<Key>(candidate: string, design: RouteDesign, match: RouteMatch<Key>): RouteRule<Key> {
    return {
        matches: [match],
        filters: [
            {
                type: "RequestHeaderModifier",
                requestHeaderModifier: { set: [{ name: audienceHeader, value: testersAudience }], remove: [testerKeyHeader] },
            },
        ],
        ...limitsOf(design),
        backendRefs: [backend(testersServiceName(design.service, candidate), 100)],
    };
}

const anyPath = { type: "PathPrefix", value: "/" } as const;

function limitsOf({ gateway }: RouteDesign): Pick<RouteRule<never>, "timeouts" | "retry"> {
    return {
        timeouts: { request: `${String(routeTimeLimits.requestSeconds)}s`, backendRequest: `${String(routeTimeLimits.backendSeconds)}s` },
        ...(gateway.retry ? { retry: { codes: [503], attempts: 1, backoff: "50ms" } } : {}),
    };
}

function backend(name: string, weight: number): RouteBackend {
    return { group: "", kind: "Service", name, port: 80, weight };
}
