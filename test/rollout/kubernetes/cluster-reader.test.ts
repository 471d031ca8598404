import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import { type LiveRoute, apiServer, clusterReader, presentOf } from "../../../rollout/kubernetes/cluster-reader.ts";
import { addMark } from "../../../rollout/route/rolled-back.ts";
import { revision, rolling, steady } from "../arbitraries.ts";
import { design, routeOf } from "../route/route.ts";
import { FakeApiServer } from "./fake-api-server.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const route = routeOf;

describe("a live route", () => {
    it.each([steady(), rolling(0), rolling(10), rolling(25), rolling(50), rolling(100)])(
        "shows its record, and nothing more, as the program writes it",
        (record) => {
            const routedPercent = record.kind === "steady" ? 0 : record.weightPercent;
            expect(presentOf(route(record), design)).toEqual({ kind: "found", present: { record, routedPercent } });
        },
    );

    it.each<{ case: string; weights: readonly [number | undefined, number | undefined]; routedPercent: number; tampering?: string }>([
        { case: "weights in another proportion", weights: [1, 3], routedPercent: 75 },
        { case: "weights that were left out, which count as 1", weights: [undefined, undefined], routedPercent: 50 },
        { case: "weights that are all 0", weights: [0, 0], routedPercent: 100, tampering: "its weights are all 0" },
    ])("shows what a hand did: $case", ({ weights, routedPercent, tampering }) => {
        const record = rolling(10);
        const { metadata, spec } = route(record);
        const backendRefs = spec.rules[1]?.backendRefs.map((backend, index) =>
            Object.fromEntries(Object.entries({ ...backend, weight: weights[index] }).filter(([, value]) => value !== undefined)),
        );
        const edited = { metadata, spec: { ...spec, rules: [spec.rules[0], { ...spec.rules[1], backendRefs }] } };
        expect(presentOf(edited, design)).toEqual({ kind: "found", present: { record, routedPercent, ...(tampering && { tampering }) } });
    });

    it.each([
        {
            case: "those that were rolled back",
            text: addMark(undefined, { revision: revision("v2"), reason: "errors" }),
            rolledBack: [{ revision: revision("v2"), reason: "errors" }],
        },
        { case: "that it is not known which were rolled back", text: "by hand", rolledBack: "unreadable" },
    ])("shows $case", ({ text, rolledBack }) => {
        const marked = route(rolling(0), { [labelKeys.rolledBack]: text }, null);
        expect(presentOf(marked, design)).toEqual({ kind: "found", present: { record: rolling(0), routedPercent: 0, rolledBack } });
    });

    it("with no readable record is damaged, and still tells its revisions", () => {
        const found = presentOf(
            {
                metadata: { annotations: {} },
                spec: { rules: [{ backendRefs: [{ name: "api-v1" }, { name: "other" }] }, { backendRefs: [{ name: "api-v1" }] }] },
            },
            design,
        );
        expect(found).toEqual({ kind: "damaged", reason: "its annotations carry no readable rollout record", revisions: ["v1", "'other'"] });
    });

    it.each([undefined, null, "route", [], {}, { metadata: null, spec: { rules: "none" } }, { metadata: { annotations: [] } }])(
        "that is %j is damaged",
        (value) => {
            expect(presentOf(value, design)).toMatchObject({ kind: "damaged" });
        },
    );
});

describe("a reader of a cluster", () => {
    let server: FakeApiServer;

    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    async function reasonOf(read: Promise<LiveRoute>): Promise<string | undefined> {
        const found = await read;
        return found.kind === "unreachable" ? found.reason : undefined;
    }

    const reader = (kubeContext = "lab") => clusterReader({ api: apiServer({ kubeContext, timeoutMs: 2_000 }), route: design });

    it("asks for the route by namespace and name, and reads it", async () => {
        await server.answer(() => ({ status: 200, body: route(rolling(25)) }));
        expect(await reader().readRoute("prod", "api")).toEqual({ kind: "found", present: { record: rolling(25), routedPercent: 25 } });
        expect(server.requests.map(({ url }) => url)).toEqual(["/apis/gateway.networking.k8s.io/v1/namespaces/prod/httproutes/api"]);
    });

    it("tells a route that is not there from one that it could not ask for", async () => {
        await server.answer(() => ({ status: 404, body: { kind: "Status", code: 404 } }));
        expect(await reader().readRoute("prod", "api")).toEqual({ kind: "absent" });
    });

    it.each([401, 403, 500, 503])("counts an answer of %i as unreachable, never as an absent route", async (status) => {
        await server.answer(() => ({ status, body: { kind: "Status", code: status, message: "no" } }));
        expect(await reasonOf(reader().readRoute("prod", "api"))).toContain(String(status));
    });

    it("gives up on an API server that does not answer, and ends the request, which would keep the program from ending", async () => {
        const ended = Promise.withResolvers<string>();
        await server.serve((request) =>
            request.socket.on("close", () => {
                ended.resolve("ended");
            }),
        );
        expect(await reader().readRoute("prod", "api")).toEqual({ kind: "unreachable", reason: "the API server gave no answer within 2000 ms" });
        expect(await ended.promise).toBe("ended");
    });

    it("reports an API server that is not there", async () => {
        await server.answer(() => undefined);
        server.stop();
        expect(await reasonOf(reader().readRoute("prod", "api"))).toContain("ECONNREFUSED");
    });

    it("names the contexts that there are when the wanted one is not among them", async () => {
        server.writeKubeconfig(1);
        expect(await reader("prod").readRoute("prod", "api")).toEqual({
            kind: "unreachable",
            reason: "the kubeconfig has no context prod; it has lab: set cluster.kubeContext, or KUBECONFIG",
        });
    });

    it("reads a kubeconfig again after one that it could not use", async () => {
        server.writeKubeconfig("{}");
        const patient = reader();
        expect(await patient.readRoute("prod", "api")).toMatchObject({ kind: "unreachable" });
        await server.answer(() => ({ status: 404, body: {} }));
        expect(await patient.readRoute("prod", "api")).toEqual({ kind: "absent" });
    });

    it("says that it is in no pod when it has neither a context nor a pod's surroundings", async () => {
        vi.stubEnv("KUBERNETES_SERVICE_HOST", undefined);
        expect(await reasonOf(clusterReader({ api: apiServer({}), route: design }).readRoute("prod", "api"))).toContain(
            "no kubeconfig context was named, and this is no pod",
        );
    });

    it("reads a step with its clock, by the date of the answer", async () => {
        const written = route(rolling(25));
        const wrote = { manager: "pulumi", time: "2026-11-25T09:15:00Z", fieldsV1: ownedByProgram };
        const body = { ...written, metadata: { ...written.metadata, managedFields: [wrote] } };
        await server.answer(() => ({ status: 200, body, date: "Wed, 25 Nov 2026 09:30:00 GMT" }));
        expect(await reader().readStep("prod", "api")).toEqual({
            kind: "found",
            present: { record: rolling(25), routedPercent: 25 },
            clock: { kind: "known", enteredAt: "2026-11-25T09:15:00.000Z", now: "2026-11-25T09:30:00.000Z", soakedSeconds: 899 },
        });
    });

    it("does not take this machine's time where the answer has none", async () => {
        await server.answer(() => ({ status: 200, body: route(rolling(25)), date: null }));
        expect(await reader().readStep("prod", "api")).toMatchObject({
            kind: "found",
            clock: { kind: "unknown", reason: "the API server's answer had no date" },
        });
    });

    it("counts pods that are ready, each once", async () => {
        const endpoint = (uid: string, ready: boolean | undefined, address: string) => ({
            addresses: [address],
            conditions: defined({ ready }),
            targetRef: { kind: "Pod", uid },
        });
        const items = [
            { addressType: "IPv4", endpoints: [endpoint("a", true, "10.0.0.1"), endpoint("b", false, "10.0.0.2"), endpoint("c", undefined, "10.0.0.3")] },
            { addressType: "IPv6", endpoints: [endpoint("a", true, "fd00::1"), endpoint("d", true, "fd00::4")] },
            { addressType: "IPv4" },
        ];
        await server.answer(() => ({ status: 200, body: { items } }));
        expect(await reader().readyEndpoints("prod", "api-v1")).toBe(2);
        expect(server.requests.map(({ url }) => url)).toEqual([
            "/apis/discovery.k8s.io/v1/namespaces/prod/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dapi-v1",
        ]);
    });

    it("throws rather than count when it can't ask", async () => {
        await server.answer(() => ({ status: 500, body: {} }));
        await expect(reader().readyEndpoints("prod", "api-v1")).rejects.toThrow();
    });
});

/** What the API server notes of a program that wrote record and rules. */
const ownedByProgram = {
    "f:metadata": { "f:annotations": { "f:nova.example.com/rollout-percent": {}, "f:nova.example.com/stable": {}, "f:nova.example.com/candidate": {} } },
    "f:spec": { "f:rules": {} },
};
