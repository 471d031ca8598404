import { describe, expect, it } from "vitest";

import { judgeGateway, judgeGatewayClass, judgeListener } from "../../../rollout/doctor/gateway.ts";

const name = { namespace: "edge", name: "public" };
const condition = (type: string, status = "True", observedGeneration = 3) => ({ type, status, reason: "Reason", message: "a message", observedGeneration });
const wellListener = { name: "http", attachedRoutes: 2, conditions: [condition("Accepted"), condition("Programmed"), condition("ResolvedRefs")] };

function gateway(
    change: { readonly listeners?: readonly object[]; readonly conditions?: readonly object[]; readonly states?: readonly object[] } = {},
): object {
    return {
        metadata: { generation: 3 },
        spec: {
            gatewayClassName: "edge",
            listeners: change.listeners ?? [{ name: "http", hostname: "*.example.com", allowedRoutes: { namespaces: { from: "All" } } }],
        },
        status: { conditions: change.conditions ?? [condition("Accepted"), condition("Programmed")], listeners: change.states ?? [wellListener] },
    };
}

describe("the doctor's look at a Gateway", () => {
    it("is content with one that is accepted and programmed", () => {
        expect(judgeGateway(gateway(), name)).toMatchObject({ state: "ok", evidence: { class: "edge" } });
    });

    it.each([
        { what: "no condition at all", conditions: [], says: "has no condition Accepted" },
        { what: "not programmed", conditions: [condition("Accepted"), condition("Programmed", "False")], says: "Programmed=False (Reason: a message)" },
        { what: "unknown", conditions: [condition("Accepted", "Unknown"), condition("Programmed")], says: "Accepted=Unknown" },
        { what: "about an earlier spec", conditions: [condition("Accepted"), condition("Programmed", "True", 2)], says: "was changed since" },
    ])("finds a problem where it is $what", ({ conditions, says }) => {
        expect(judgeGateway(gateway({ conditions }), name)).toMatchObject({ state: "problem", text: expect.stringContaining(says) as string });
    });

    it.each([undefined, null, {}, { status: "nonsense" }, { status: { conditions: [7, null, {}] } }])(
        "takes nothing for well in what it can't read: %j",
        (value) => {
            expect(judgeGateway(value, name).state).toBe("problem");
        },
    );
});

describe("the doctor's look at a GatewayClass", () => {
    const gatewayClass = (...conditions: readonly object[]) => ({
        spec: { controllerName: "example.com/controller" },
        metadata: { generation: 3 },
        status: { conditions },
    });

    it("says which controller serves it", () => {
        expect(judgeGatewayClass(gatewayClass(condition("Accepted")), "edge", true)).toMatchObject({
            state: "ok",
            evidence: { controller: "example.com/controller" },
        });
    });

    it("believes a Gateway that is served where the controller says nothing of the class", () => {
        expect(judgeGatewayClass(gatewayClass(condition("Accepted", "Unknown")), "edge", true).state).toBe("ok");
        expect(judgeGatewayClass(gatewayClass(), "edge", false).state).toBe("problem");
    });

    it("finds one that is refused, whatever the Gateway says", () => {
        expect(judgeGatewayClass(gatewayClass(condition("Accepted", "False")), "edge", true)).toMatchObject({ state: "problem" });
    });
});

describe("the doctor's look at listeners", () => {
    const search = { ...name, hostname: "api.example.com", routeNamespace: "shop", routeNamespaceLabels: { team: "shop" } };
    const listener = (change: object) => [{ name: "http", hostname: "*.example.com", allowedRoutes: { namespaces: { from: "All" } }, ...change }];
    const from = (namespaces: object) => listener({ allowedRoutes: { namespaces } });

    it.each([
        { what: "a wildcard", listeners: listener({}) },
        { what: "the host name itself", listeners: listener({ hostname: "api.example.com" }) },
        { what: "no host name", listeners: listener({ hostname: undefined }) },
        { what: "a selector by label", listeners: from({ from: "Selector", selector: { matchLabels: { team: "shop" } } }) },
        {
            what: "a selector by expression",
            listeners: from({ from: "Selector", selector: { matchExpressions: [{ key: "team", operator: "In", values: ["shop"] }] } }),
        },
    ])("finds one that takes the route: $what", ({ listeners }) => {
        expect(judgeListener(gateway({ listeners }), search)).toMatchObject({ state: "ok", evidence: { listeners: ["http"], attachedRoutes: 2 } });
    });

    it.each([
        { what: "none of that name", listeners: listener({}), change: { listener: "https" }, says: "has no listener https; it has http" },
        { what: "another host name", listeners: listener({ hostname: "*.example.org" }), change: {}, says: "takes the host name api.example.com" },
        { what: "a wildcard for its own stem", listeners: listener({}), change: { hostname: "example.com" }, says: "takes the host name example.com" },
        { what: "its own namespace alone", listeners: listener({ allowedRoutes: undefined }), change: {}, says: "takes routes of namespace shop" },
        {
            what: "another label",
            listeners: from({ from: "Selector", selector: { matchLabels: { team: "other" } } }),
            change: {},
            says: "takes routes of namespace shop",
        },
        {
            what: "an operator that is unknown",
            listeners: from({ from: "Selector", selector: { matchExpressions: [{ key: "team", operator: "Near" }] } }),
            change: {},
            says: "takes routes",
        },
        {
            what: "labels that can't be read",
            listeners: from({ from: "Selector", selector: {} }),
            change: { routeNamespaceLabels: undefined },
            says: "takes routes",
        },
        { what: "nobody", listeners: from({ from: "None" }), change: {}, says: "takes routes of namespace shop" },
    ])("finds a problem: $what", ({ listeners, change, says }) => {
        expect(judgeListener(gateway({ listeners }), { ...search, ...change })).toMatchObject({
            state: "problem",
            text: expect.stringContaining(says) as string,
        });
    });

    it("finds a listener that is not set up, such as for want of a certificate", () => {
        const states = [{ ...wellListener, conditions: [condition("Accepted"), condition("Programmed"), condition("ResolvedRefs", "False")] }];
        expect(judgeListener(gateway({ states }), search)).toMatchObject({ state: "problem", text: expect.stringContaining("ResolvedRefs=False") as string });
        expect(judgeListener(gateway({ states: [] }), search).state).toBe("problem");
    });
});
