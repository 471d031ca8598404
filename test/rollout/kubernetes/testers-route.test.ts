import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { apiServer, clusterReader } from "../../../rollout/kubernetes/cluster-reader.ts";
import type { RolloutRecord } from "../../../rollout/route/record.ts";
import { addMark } from "../../../rollout/route/rolled-back.ts";
import { type LabelledRoute, routeSpec, testersRouteSpec } from "../../../rollout/route/route-spec.ts";
import { revision, rolling, steady } from "../arbitraries.ts";
import { design, hostDesign, routeOf } from "../route/route.ts";
import { type FakeAnswer, FakeApiServer } from "./fake-api-server.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const status = (code: number): FakeAnswer => ({ status: code, body: { kind: "Status", code, message: `status ${String(code)}` } });
const wanted = testersRouteSpec("v2", hostDesign);
const written = { status: 200, body: { spec: wanted } };
const other = (change: object): FakeAnswer => ({ status: 200, body: { spec: { ...wanted, ...change } } });
const rule = wanted?.rules[0];

describe("a look at a rollout whose testers have a route of their own", () => {
    let server: FakeApiServer;
    /** What the look finds, with a users' route as the program writes it. */
    const look = async (
        testers: FakeAnswer | undefined,
        record: RolloutRecord = rolling(10),
        marks: Readonly<Record<string, string>> = {},
        as: LabelledRoute = hostDesign,
    ) => {
        const users = { status: 200, body: { ...routeOf(record, marks), spec: routeSpec(record, as) } };
        await server.answer(({ url }) => (url.endsWith("/httproutes/api-testers") ? testers : users));
        const found = await clusterReader({ api: apiServer({ kubeContext: "lab", timeoutMs: 2_000 }), route: as }).readRoute("prod", "api");
        if (found.kind !== "found") {
            throw new Error(`the route is ${found.kind}`);
        }
        expect(found.present.routedPercent).toBe(record.kind === "rolling" ? record.weightPercent : 0);
        return found.present.tampering;
    };

    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    it("finds nothing wrong with it as the program writes it, nor with one that is not there: it comes after the users' route", async () => {
        expect(await look(written)).toBeUndefined();
        expect(await look(status(404))).toBeUndefined();
    });

    it.each([
        {
            what: "the users' host name beside its own",
            change: { hostnames: ["api.internal.example.com", "api.example.com"] },
            named: 'spec.hostnames[1] was added: "api.example.com"',
        },
        {
            what: "the users' Gateway",
            change: { parentRefs: routeSpec(rolling(10), hostDesign).parentRefs },
            named: 'spec.parentRefs[0].namespace is "edge-system" in place of "edge-internal"',
        },
        {
            what: "users' backends",
            change: { rules: [{ ...rule, backendRefs: routeSpec(rolling(10), hostDesign).rules[0]?.backendRefs }] },
            named: 'spec.rules[0].backendRefs[0] was added: "Service"',
        },
        {
            what: "no word on who asks, so that its requests would count as users'",
            change: { rules: [{ ...rule, filters: [] }] },
            named: "spec.rules[0].filters[0] is missing",
        },
        { what: "one more rule", change: { rules: [rule, { ...rule, backendRefs: [] }] }, named: "spec.rules[1] was added" },
        {
            what: "a backend of another revision",
            change: { rules: testersRouteSpec("v3", hostDesign)?.rules },
            named: 'spec.rules[0].backendRefs[0].name is "api-v3-testers" in place of "api-v2-testers"',
        },
    ])("finds an edit of it, which stops a step forward: $what", async ({ change, named }) => {
        expect(await look(other(change))).toBe(`HTTPRoute api-testers: ${named}`);
    });

    it.each([
        { what: "it must not be read", answer: status(403), named: "it can't be read: the API server answered 403 Forbidden: status 403" },
        { what: "nobody answers", answer: undefined, named: "it can't be read: the API server gave no answer within 2000 ms" },
    ])("still sees where users are, and lets no step forward, when $what", async ({ answer, named }) => {
        expect(await look(answer)).toBe(`HTTPRoute api-testers: ${named}`);
    });

    it.each([
        { what: "there is no candidate", record: steady(), marks: {} },
        {
            what: "the candidate was rolled back",
            record: rolling(0),
            marks: { [labelKeys.rolledBack]: addMark(undefined, { revision: revision("v2"), reason: "errors" }) },
        },
    ])("does not take it for an edit where $what: it is taken away right after the users' route was written", async ({ record, marks }) => {
        expect(await look(written, record, marks)).toBeUndefined();
    });

    it("is one question where testers have none", async () => {
        await look(written, steady(), {}, design);
        expect(server.requests.map(({ url }) => url)).toEqual(["/apis/gateway.networking.k8s.io/v1/namespaces/prod/httproutes/api"]);
    });
});
