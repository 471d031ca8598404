import { describe, expect, it } from "vitest";

import { type RouteDesign, routeSpec, testersRouteSpec } from "../../../rollout/route/route-spec.ts";
import { rolling } from "../arbitraries.ts";
import { design, hostDesign, testerKey } from "./route.ts";

/** The design with another listener for users and testers on one Gateway. */
const listeners: RouteDesign = {
    ...design,
    gateway: { ...design.gateway, listener: "https", testers: { kind: "host", hostname: "api.internal.example.com", listener: "internal" } },
};
const edge = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "edge-system", name: "edge" };

describe("the route of testers with a host name of their own", () => {
    it("is on their Gateway, for their host name alone, and leads to the candidate's Service for testers, whatever the weights say", () => {
        expect(testersRouteSpec("v2", hostDesign)).toEqual({
            parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "edge-internal", name: "internal" }],
            hostnames: ["api.internal.example.com"],
            rules: [
                {
                    matches: [{ path: { type: "PathPrefix", value: "/" } }],
                    filters: [
                        { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-audience", value: "testers" }], remove: ["x-tester-key"] } },
                    ],
                    timeouts: { request: "5s", backendRequest: "2s" },
                    backendRefs: [{ group: "", kind: "Service", name: "api-v2-testers", port: 80, weight: 100 }],
                },
            ],
        });
    });

    it.each([hostDesign, { ...hostDesign, gateway: { ...hostDesign.gateway, retry: true } }])(
        "has the rule by which a header would lead there, without the header: the same counts, time limits and retries",
        (own) => {
            const byHeader = routeSpec(rolling(10), own, testerKey).rules[0];
            expect(testersRouteSpec("v2", own)?.rules).toEqual([{ ...byHeader, matches: [{ path: { type: "PathPrefix", value: "/" } }] }]);
        },
    );

    it("shares no listener with the users' route where both are on one Gateway", () => {
        expect(testersRouteSpec("v2", listeners)?.parentRefs).toEqual([{ ...edge, sectionName: "internal" }]);
        expect(routeSpec(rolling(10), listeners).parentRefs).toEqual([{ ...edge, sectionName: "https" }]);
    });

    it("may be on one listener of their own Gateway", () => {
        const { testers } = hostDesign.gateway;
        const own: RouteDesign = {
            ...hostDesign,
            gateway: { ...hostDesign.gateway, testers: testers.kind === "host" ? { ...testers, listener: "https" } : testers },
        };
        expect(testersRouteSpec("v2", own)?.parentRefs).toMatchObject([{ name: "internal", sectionName: "https" }]);
    });

    it.each(["header", "none"] as const)("is none where testers come by %s", (kind) => {
        expect(testersRouteSpec("v2", { ...design, gateway: { ...design.gateway, testers: { kind } } })).toBeUndefined();
    });
});
