import type { Case, Manifest } from "./case.ts";
import { having, labelsOf, object, patch, service, template } from "./small.ts";
import { gone } from "../mutation.ts";

const gateway = "gateway.networking.k8s.io/v1";
const record = (percent: number, previous: number) => ({
    "nova.example.com/rollout-percent": String(percent),
    "nova.example.com/previous-percent": String(previous),
    "nova.example.com/stable": "v1@sha256:aaaa",
    "nova.example.com/candidate": "v2@sha256:bbbb",
});
const backend = (name: string, weight?: number, change: object = {}) => ({ name, port: 80, ...(weight === undefined ? {} : { weight }), ...change });
const split = (percent: number) => [backend("cart-v1", 100 - percent), backend("cart-v2", percent)];
const all = { path: { type: "PathPrefix", value: "/" } };

/** A revision of the service cart, with the autoscaler of one that carries all traffic. Its pods have the label of both. */
function revision(name: string): readonly Manifest[] {
    const pods = template(name, {}, { labels: { ...labelsOf(name), "shop.example.com/budget": "shared", service: "cart" } });
    return [
        object("apps/v1", "Deployment", name, { spec: { selector: { matchLabels: { "app.kubernetes.io/name": name } }, template: pods } }),
        object("autoscaling/v2", "HorizontalPodAutoscaler", name, {
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
                minReplicas: 6,
                maxReplicas: 9,
                metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } }],
            },
        }),
    ];
}

const route = (rules: readonly object[], change: object = {}): Manifest =>
    object(gateway, "HTTPRoute", "cart", { spec: { hostnames: ["cart.example.com"], rules, ...change } }, { annotations: record(10, 0) });
const usual = route([{ matches: [all], backendRefs: split(10) }]);
const services = [service("cart-v1"), service("cart-v2")];

/** A rollout at 10 %, with its gate. `parts` replaces its route and its Services. */
function rollout(parts: { readonly route?: Manifest; readonly services?: readonly Manifest[] }, ...more: readonly Manifest[]): readonly Manifest[] {
    const gate = object(
        "v1",
        "ConfigMap",
        "cart-rollout",
        { data: {} },
        { annotations: { ...record(10, 0), "nova.example.com/soak-minutes": "15", "nova.example.com/required-approvals": "none" } },
    );
    return [...revision("cart-v1"), ...revision("cart-v2"), ...(parts.services ?? services), parts.route ?? usual, gate, ...more];
}

const selecting = (name: string, selector: object) => service(name, { selector });
const of = (name: string) => ({ "app.kubernetes.io/name": name });
const own = (title: string, finds: readonly string[], rules: readonly object[], change: object = {}): Case => ({
    title,
    objects: rollout({ route: route(rules, change) }),
    finds,
});
const selected = (title: string, finds: readonly string[], ...changed: readonly Manifest[]): Case => ({
    title,
    objects: rollout({ services: changed }),
    finds,
});
const beside = (title: string, finds: readonly string[], ...more: readonly Manifest[]): Case => ({ title, objects: rollout({}, ...more), finds });
const other = (kind: string, spec: object): Manifest =>
    object(kind === "HTTPRoute" || kind === "GRPCRoute" ? gateway : gateway.replace("v1", "v1alpha2"), kind, "other", { spec });
const share = ["rollout-share"];
/** The routes of connections are alpha kinds. */
const alpha = ["api-version", "rollout-share"];
const users = { matches: [all], backendRefs: split(10) };
const mirror = (name: string, change: object = {}) => ({ type: "RequestMirror", requestMirror: { backendRef: backend(name), ...change } });
const testers = { matches: [{ ...all, headers: [{ name: "x-tester-key", value: "secret" }] }], backendRefs: [backend("cart-v2")] };
const byHeader = (header: object) => ({ matches: [{ ...all, headers: [header] }], backendRefs: [backend("cart-v2", 100)] });

const ownRoute: readonly Case[] = [
    own("a clean rollout", [], [users]),
    own("a rollout with a way for testers", [], [testers, users]),
    own("a rollout with a way for testers by a pattern", [], [byHeader({ name: "x-audience", type: "RegularExpression", value: "(testers|qa)-.*" }), users]),
    own(
        "a rollout whose users have a header of their own",
        ["rollout-weights"],
        [byHeader({ name: "User-Agent", type: "RegularExpression", value: ".*" }), users],
    ),
    own(
        "a rollout with a pattern that everything matches",
        ["rollout-weights"],
        [byHeader({ name: "x-anything", type: "RegularExpression", value: ".*" }), users],
    ),
    own(
        "a rollout whose testers' rule takes users too",
        ["rollout-weights"],
        [{ ...testers, matches: [...testers.matches, all], backendRefs: [backend("cart-v2", 100)] }, users],
    ),
    own(
        "a rollout with all users of a path at the candidate",
        ["rollout-weights"],
        [{ matches: [{ path: { type: "PathPrefix", value: "/api" } }], backendRefs: [backend("cart-v2", 100)] }, users],
    ),
    own("a rollout with weights the other way round", ["rollout-weights"], [{ matches: [all], backendRefs: [backend("cart-v1", 10), backend("cart-v2", 90)] }]),
    own("a rollout without weights", ["rollout-weights x2"], [{ matches: [all], backendRefs: [backend("cart-v1"), backend("cart-v2")] }]),
    own("a rollout with a backend twice", ["rollout-backends"], [{ matches: [all], backendRefs: [...split(10), backend("cart-v2", 0)] }]),
    own(
        "a rollout with a Service of another namespace",
        ["rollout-backends"],
        [{ matches: [all], backendRefs: [backend("cart-v1", 90), backend("cart-v2", 10, { namespace: "elsewhere" })] }],
    ),
    own(
        "a rollout with a backend that is no Service",
        ["rollout-backends", "rollout-share"],
        [{ matches: [all], backendRefs: [backend("cart-v1", 90), backend("cart-v2", 10, { group: "example.com", kind: "Bucket" })] }],
    ),
    own(
        "a rollout at a port that its Service lacks",
        ["backend-exists"],
        [{ matches: [all], backendRefs: [backend("cart-v1", 90), backend("cart-v2", 10, { port: 8081 })] }],
    ),
    own("a rollout that names no port", ["backend-exists"], [{ matches: [all], backendRefs: [backend("cart-v1", 90), { name: "cart-v2", weight: 10 }] }]),
    own("a rollout that copies requests to the candidate", share, [{ ...users, filters: [mirror("cart-v2")] }]),
    own("a rollout that copies some requests", share, [{ ...users, filters: [mirror("cart-v2", { percent: 5 })] }]),
    own("a rollout that copies requests elsewhere", share, [{ ...users, filters: [mirror("web")] }]),
    own("a rollout that copies requests from a backend", share, [
        { ...users, backendRefs: [backend("cart-v1", 90, { filters: [mirror("cart-v2")] }), backend("cart-v2", 10)] },
    ]),
    own("a rollout that sends users away", share, [
        { matches: [all], filters: [{ type: "RequestRedirect", requestRedirect: { hostname: "next.example.com" } }] },
    ]),
    own(
        "a rollout with a way for testers by a query",
        [],
        [{ matches: [{ ...all, queryParams: [{ name: "tester", value: "1" }] }], backendRefs: [backend("cart-v2", 100)] }, users],
    ),
    own(
        "a rollout whose backends are written out",
        [],
        [{ matches: [all], backendRefs: split(10).map((one) => ({ ...one, group: "", kind: "Service", namespace: "shop" })) }],
    ),
    own("a rollout with two rules of the same weights", [], [{ ...users, matches: [{ path: { type: "PathPrefix", value: "/api" } }] }, users]),
    own(
        "a rollout that asks for TLS for a path",
        [],
        [{ matches: [{ path: { type: "Exact", value: "/pay" } }], filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] }, users],
    ),
    own(
        "a rollout that removes a header on the way",
        [],
        [{ ...users, filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["x-a"] } }] }],
    ),
];

const throughServices: readonly Case[] = [
    selected("a rollout whose Services are swapped", ["rollout-share x2"], selecting("cart-v1", of("cart-v2")), selecting("cart-v2", of("cart-v1"))),
    selected("a rollout whose two Services select the stable revision", ["rollout-share x2"], service("cart-v1"), selecting("cart-v2", of("cart-v1"))),
    selected("a rollout whose stable Service selects both revisions", ["rollout-share x2"], selecting("cart-v1", { service: "cart" }), service("cart-v2")),
    selected(
        "a rollout whose two Services select both revisions",
        ["rollout-share x2"],
        ...["cart-v1", "cart-v2"].map((name) => selecting(name, { service: "cart" })),
    ),
    selected("a rollout whose candidate's Service selects another workload", ["rollout-share x2"], service("cart-v1"), selecting("cart-v2", of("web"))),
    selected("a rollout whose candidate's Service selects nothing", ["service-has-pods"], service("cart-v1"), selecting("cart-v2", of("nobody"))),
    selected("a rollout whose candidate's Service has no selector", share, service("cart-v1"), having(service("cart-v2"), { "spec.selector": gone })),
    selected("a rollout whose Services select by two labels", [], selecting("cart-v1", { ...of("cart-v1"), service: "cart" }), service("cart-v2")),
    {
        title: "a rollout with addresses added to its stable Service",
        objects: rollout(
            {},
            object(
                "discovery.k8s.io/v1",
                "EndpointSlice",
                "more",
                { addressType: "IPv4", endpoints: [{ addresses: ["192.0.2.7"] }] },
                { labels: { "kubernetes.io/service-name": "cart-v1" } },
            ),
        ),
        finds: share,
    },
    {
        title: "a rollout with a patch of its candidate",
        objects: [...rollout({}), patch("apps/v1", "Deployment", "cart-v2", { spec: { template: { metadata: { labels: labelsOf("cart-v2") } } } })],
        finds: [],
    },
    beside("a rollout beside a Service for all its pods, to which no way leads", [], selecting("metrics", { service: "cart" })),
];

const tls = [{ hosts: ["cart.example.com"], secretName: "edge" }];
const ingress = (name: string, to: string, annotations: object = {}, change: object = {}): Manifest =>
    object(
        "networking.k8s.io/v1",
        "Ingress",
        name,
        {
            spec: {
                tls,
                rules: [
                    {
                        host: "cart.example.com",
                        http: { paths: [{ path: "/shop", pathType: "Prefix", backend: { service: { name: to, port: { number: 80 } } } }] },
                    },
                ],
                ...change,
            },
        },
        { annotations },
    );
const canary = (key: string, value: string) => ({ "nginx.ingress.kubernetes.io/canary": "true", [`nginx.ingress.kubernetes.io/${key}`]: value });
const host = (hostname: string, name: string) => other("HTTPRoute", { hostnames: [hostname], rules: [{ backendRefs: [backend(name, 100)] }] });
const alike = service("cart-v2-testers", { selector: of("cart-v2") });

const otherRoutes: readonly Case[] = [
    beside("a second route to the candidate", ["rollout-share", "unique-route"], host("cart.example.com", "cart-v2")),
    beside(
        "a second route to the candidate, for a path",
        share,
        other("HTTPRoute", {
            hostnames: ["cart.example.com"],
            rules: [{ matches: [{ path: { type: "Exact", value: "/pay" } }], backendRefs: [backend("cart-v2")] }],
        }),
    ),
    beside("a second route to the candidate, for another host", share, host("www.example.com", "cart-v2")),
    beside(
        "a second route to the candidate, for every host",
        ["edge-hosts", "rollout-share"],
        other("HTTPRoute", { rules: [{ backendRefs: [backend("cart-v2", 1)] }] }),
    ),
    beside(
        "a route of testers' own that users meet",
        share,
        alike,
        other("HTTPRoute", {
            hostnames: ["cart.example.com"],
            rules: [{ matches: [{ path: { type: "PathPrefix", value: "/v2" } }], backendRefs: [backend("cart-v2-testers")] }],
        }),
    ),
    beside("a route for testers with a host of their own", [], alike, host("cart.internal.example.com", "cart-v2-testers")),
    beside(
        "a second route to the candidate by a header",
        [],
        other("HTTPRoute", {
            hostnames: ["cart.example.com"],
            rules: [testers],
        }),
    ),
    ...["web.example.com", "web.example.org", "a.cart.example.com"].map((name) => beside(`a route of another service, ${name}`, [], host(name, "web"))),
    beside("a route to the stable revision, for another host", [], host("www.example.com", "cart-v1")),
    beside(
        "a GRPCRoute to the stable revision by two Services",
        [],
        service("cart-old", { selector: of("cart-v1") }),
        other("GRPCRoute", {
            hostnames: ["grpc.example.com"],
            rules: [{ backendRefs: [backend("cart-v1", 50), backend("cart-old", 50)] }],
        }),
    ),
    beside("an Ingress for another path to another service", [], ingress("other", "web")),
    beside(
        "a route that copies another service's requests to itself",
        [],
        service("web-shadow", { selector: of("web") }),
        other("HTTPRoute", {
            hostnames: ["web.example.com"],
            rules: [{ backendRefs: [backend("web")], filters: [mirror("web-shadow")] }],
        }),
    ),
    beside(
        "a second route with the same weights, which no rollback reaches",
        share,
        other("HTTPRoute", {
            hostnames: ["www.example.com"],
            rules: [{ backendRefs: split(10) }],
        }),
    ),
    beside("a GRPCRoute with other weights", share, other("GRPCRoute", { hostnames: ["cart.example.com"], rules: [{ backendRefs: split(50) }] })),
    beside("a GRPCRoute with the same weights", [], other("GRPCRoute", { hostnames: ["cart.example.com"], rules: [{ backendRefs: split(10) }] })),
    beside("a GRPCRoute to the stable revision", [], other("GRPCRoute", { rules: [{ backendRefs: [backend("cart-v1")] }] })),
    beside("a TCPRoute without weights", alpha, other("TCPRoute", { rules: [{ backendRefs: [backend("cart-v1"), backend("cart-v2")] }] })),
    beside("a TLSRoute to the candidate", alpha, other("TLSRoute", { hostnames: ["cart.example.com"], rules: [{ backendRefs: [backend("cart-v2")] }] })),
    beside(
        "a UDPRoute with weights of its own scale, which is an alpha kind",
        ["api-version"],
        other("UDPRoute", { rules: [{ backendRefs: [backend("cart-v1", 9), backend("cart-v2", 1)] }] }),
    ),
    beside(
        "a TCPRoute to a Service of both revisions",
        alpha,
        selecting("cart", { service: "cart" }),
        other("TCPRoute", { rules: [{ backendRefs: [backend("cart")] }] }),
    ),
    beside(
        "a TCPRoute that splits another service by hand",
        alpha,
        service("web2", { selector: of("cart-v1") }),
        other("TCPRoute", {
            rules: [{ backendRefs: [backend("web", 90), backend("web2", 10)] }],
        }),
    ),
    beside(
        "another route that copies requests to the candidate",
        share,
        other("HTTPRoute", {
            hostnames: ["web.example.com"],
            rules: [{ backendRefs: [backend("web")], filters: [mirror("cart-v2")] }],
        }),
    ),
    beside(
        "another route that sends the rollout's users away",
        share,
        other("HTTPRoute", {
            hostnames: ["cart.example.com"],
            rules: [
                {
                    matches: [{ path: { type: "PathPrefix", value: "/pay" } }],
                    filters: [{ type: "RequestRedirect", requestRedirect: { hostname: "pay.example.com" } }],
                },
            ],
        }),
    ),
    beside(
        "another route that asks for TLS",
        [],
        other("HTTPRoute", {
            hostnames: ["cart.example.com"],
            rules: [{ filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] }],
        }),
    ),
    beside("an Ingress to the candidate", share, ingress("other", "cart-v2")),
    beside("an Ingress to the stable revision", [], ingress("other", "cart-v1")),
    beside(
        "an Ingress with the candidate as its default",
        ["edge-hosts", "rollout-share"],
        ingress(
            "other",
            "cart-v1",
            {},
            {
                defaultBackend: { service: { name: "cart-v2", port: { number: 80 } } },
            },
        ),
    ),
    beside(
        "an Ingress that gives its canary as much as the record",
        [],
        ingress("other", "cart-v1"),
        ingress("next", "cart-v2", canary("canary-weight", "10")),
    ),
    beside("an Ingress that gives its canary more", share, ingress("other", "cart-v1"), ingress("next", "cart-v2", canary("canary-weight", "50"))),
    beside("an Ingress whose canary is for testers", [], ingress("other", "cart-v1"), ingress("next", "cart-v2", canary("canary-by-header", "x-tester"))),
    beside("a canary of an Ingress that is not here", share, ingress("next", "cart-v2", canary("canary-weight", "30"))),
    beside(
        "an Ingress that copies requests to the candidate",
        share,
        ingress("other", "cart-v1", { "nginx.ingress.kubernetes.io/mirror-target": "http://cart-v2.shop.svc/" }),
    ),
];

/** A rollout of Argo, and what stands around it. */
function argo(change: Readonly<Record<string, unknown>>, ...more: readonly Manifest[]): readonly Manifest[] {
    const body = object("argoproj.io/v1alpha1", "Rollout", "till", {
        spec: {
            replicas: 10,
            revisionHistoryLimit: 3,
            progressDeadlineSeconds: 3600,
            progressDeadlineAbort: true,
            rollbackWindow: { revisions: 3 },
            selector: { matchLabels: of("till") },
            template: template("till"),
            strategy: {
                canary: {
                    stableService: "till-stable",
                    canaryService: "till-canary",
                    abortScaleDownDelaySeconds: 600,
                    analysis: { templates: [{ templateName: "errors" }] },
                    steps: [{ setWeight: 10 }, { pause: { duration: "15m" } }, { setWeight: 40 }, { pause: {} }],
                },
            },
        },
    });
    const analysis = object("argoproj.io/v1alpha1", "AnalysisTemplate", "errors", {
        spec: {
            metrics: [
                {
                    name: "errors",
                    count: 5,
                    interval: "60s",
                    failureLimit: 1,
                    consecutiveErrorLimit: 2,
                    successCondition: "len(result) > 0 && !isNaN(result[0]) && result[0] < 0.01",
                    provider: { prometheus: { query: 'sum(rate(errors{revision="{{args.revision}}"}[5m]))' } },
                },
            ],
        },
    });
    return [having(body, change), analysis, ...(more.some(({ kind }) => kind === "Service") ? [] : tillServices), ...more];
}

const tillServices = [selecting("till-stable", of("till")), selecting("till-canary", of("till"))];
const managed = { "spec.strategy.canary.trafficRouting": { plugins: { "argoproj-labs/gatewayAPI": { httpRoute: "other" } } } };
const byArgo = (title: string, finds: readonly string[], change: Readonly<Record<string, unknown>>, ...more: readonly Manifest[]): Case => ({
    title,
    objects: argo(change, ...more),
    finds,
});
const till = (...backendRefs: readonly object[]) => other("HTTPRoute", { hostnames: ["till.example.com"], rules: [{ backendRefs }] });
const blueGreen = {
    "spec.strategy": { blueGreen: { activeService: "till-stable", previewService: "till-canary" } },
};
const liveTill = (...backendRefs: readonly object[]) =>
    object(gateway, "HTTPRoute", "live", {
        spec: { hostnames: ["till.example.com"], rules: [{ matches: [{ path: { type: "PathPrefix", value: "/till" } }], backendRefs }] },
    });
const metadata = {
    "spec.strategy.canary.stableMetadata": { labels: { role: "stable" } },
    "spec.strategy.canary.canaryMetadata": { labels: { role: "canary" } },
};

const ofArgo: readonly Case[] = [
    byArgo("a clean rollout of Argo", [], {}),
    byArgo("a rollout of Argo that sets the weights of a route", [], managed, till(backend("till-stable"), backend("till-canary"))),
    byArgo("a rollout of Argo with a route of weights at rest", [], managed, till(backend("till-stable", 100), backend("till-canary", 0))),
    byArgo("a rollout of Argo with all users at the canary", share, managed, till(backend("till-stable", 0), backend("till-canary", 100))),
    byArgo("a rollout of Argo with a route to the canary alone", share, managed, till(backend("till-canary"))),
    byArgo("a rollout of Argo with a split that it does not know", share, {}, till(backend("till-stable"), backend("till-canary"))),
    byArgo("a rollout of Argo with a preview of the canary", [], {}, till(backend("till-canary"))),
    byArgo(
        "a rollout of Argo that switches at once, with users at the preview",
        share,
        blueGreen,
        till(backend("till-canary")),
        liveTill(backend("till-stable")),
    ),
    byArgo("a rollout of Argo that switches at once, with a preview of its own", [], blueGreen, till(backend("till-stable"))),
    byArgo(
        "a rollout of Argo whose Services select by role",
        [],
        metadata,
        selecting("till-stable", { role: "stable" }),
        selecting("till-canary", { role: "canary" }),
    ),
    byArgo(
        "a rollout of Argo whose Services are swapped",
        ["rollout-services x2"],
        metadata,
        ...[selecting("till-stable", { role: "canary" }), selecting("till-canary", { role: "stable" })],
    ),
    byArgo(
        "a rollout of Argo whose canary Service selects another workload",
        ["rollout-services"],
        {},
        selecting("till-stable", of("till")),
        selecting("till-canary", of("web")),
    ),
    byArgo(
        "a rollout of Argo whose Service selects other pods too",
        ["rollout-services"],
        {},
        selecting("till-stable", { "app.kubernetes.io/part-of": "shop" }),
        selecting("till-canary", of("till")),
    ),
];

/** Rollouts: what share of users each revision really gets. */
export const trafficCases: readonly Case[] = [...ownRoute, ...throughServices, ...otherRoutes, ...ofArgo];
