import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type RequestListener, type Server, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type LiveRoute, clusterReader, presentOf } from "../../adapters/kubernetes.ts";
import { type RolloutRecord, encodeRecord } from "../../rollout/record.ts";
import { backendsOf } from "../../rollout/traffic.ts";
import { rolling, steady } from "../rollout/arbitraries.ts";

interface Backend {
    readonly name: string;
    readonly weight?: number;
}

const everyPath = { path: { type: "PathPrefix", value: "/" } };

/** A route as TrafficSplit writes it; `users` are the rules without the testers' header. */
function route(record: RolloutRecord, users: readonly (readonly Backend[])[] = [backendsOf(record).map(asBackend)]): unknown {
    const testers = { matches: [{ ...everyPath, headers: [{ name: "x-revision", value: "v2" }] }], backendRefs: [{ name: "api-v2", weight: 100 }] };
    return {
        metadata: { annotations: { ...encodeRecord(record), "example.com/other": "x" } },
        spec: { rules: [...(record.kind === "rolling" ? [testers] : []), ...users.map((backendRefs) => ({ matches: [everyPath], backendRefs }))] },
    };
}

function asBackend({ revision, weightPercent }: { readonly revision: string; readonly weightPercent: number }): Backend {
    return { name: `api-${revision}`, weight: weightPercent };
}

describe("a live route", () => {
    it.each([steady(), rolling(0), rolling(10), rolling(25), rolling(50), rolling(100)])(
        "shows its record, and nothing more, as the program writes it",
        (record) => {
            const routedPercent = record.kind === "steady" ? 0 : record.weightPercent;
            expect(presentOf(route(record), "api-")).toEqual({ kind: "found", present: { record, routedPercent } });
        },
    );

    it.each<{ case: string; users: readonly (readonly Backend[])[]; routedPercent: number; tampering?: string }>([
        {
            case: "weights in another proportion",
            users: [
                [
                    { name: "api-v1", weight: 1 },
                    { name: "api-v2", weight: 3 },
                ],
            ],
            routedPercent: 75,
        },
        { case: "weights that were left out, which count as 1", users: [[{ name: "api-v1" }, { name: "api-v2" }]], routedPercent: 50 },
        {
            case: "weights that are all 0",
            users: [
                [
                    { name: "api-v1", weight: 0 },
                    { name: "api-v2", weight: 0 },
                ],
            ],
            routedPercent: 100,
            tampering: "its weights are all 0",
        },
        {
            case: "another service in the candidate's place",
            users: [
                [
                    { name: "api-v1", weight: 90 },
                    { name: "by-hand", weight: 10 },
                ],
            ],
            routedPercent: 10,
            tampering: "it has a backend that is no part of the rollout, 'by-hand'",
        },
        {
            case: "a revision that is not in the record",
            users: [
                [
                    { name: "api-v1", weight: 90 },
                    { name: "api-v9", weight: 10 },
                ],
            ],
            routedPercent: 10,
            tampering: "it has a backend that is no part of the rollout, v9",
        },
        {
            case: "a second rule for users, of which the worse one counts",
            users: [
                [{ name: "api-v2", weight: 1 }],
                [
                    { name: "api-v1", weight: 90 },
                    { name: "api-v2", weight: 10 },
                ],
            ],
            routedPercent: 100,
            tampering: "it has 2 rules that users meet instead of one",
        },
        { case: "no rule for users", users: [], routedPercent: 100, tampering: "it has 0 rules that users meet instead of one" },
        { case: "no backends", users: [[]], routedPercent: 100, tampering: "its weights are all 0" },
    ])("shows what a hand did: $case", ({ users, routedPercent, tampering }) => {
        const record = rolling(10);
        expect(presentOf(route(record, users), "api-")).toEqual({ kind: "found", present: { record, routedPercent, ...(tampering && { tampering }) } });
    });

    it("with no readable record is damaged, and still tells its revisions", () => {
        const found = presentOf(
            {
                metadata: { annotations: {} },
                spec: { rules: [{ backendRefs: [{ name: "api-v1" }, { name: "other" }] }, { backendRefs: [{ name: "api-v1" }] }] },
            },
            "api-",
        );
        expect(found).toEqual({ kind: "damaged", reason: "its annotations carry no readable rollout record", revisions: ["v1", "'other'"] });
    });

    it.each([undefined, null, "route", [], {}, { metadata: null, spec: { rules: "none" } }, { metadata: { annotations: [] } }])(
        "that is %j is damaged",
        (value) => {
            expect(presentOf(value, "api-")).toMatchObject({ kind: "damaged" });
        },
    );
});

describe("a reader of a cluster", () => {
    let folder: string;
    let server: Server | undefined;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "reader-"));
        vi.stubEnv("KUBECONFIG", join(folder, "kubeconfig"));
    });

    afterEach(async () => {
        vi.unstubAllEnvs();
        server?.closeAllConnections();
        server?.close();
        server = undefined;
        await rm(folder, { recursive: true });
    });

    /** Starts an API server that answers with `listener`, and writes the kubeconfig that leads to it, with context `lab`. */
    async function serve(listener: RequestListener): Promise<void> {
        const started = createServer(listener);
        server = started;
        await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
        const address = started.address();
        await writeKubeconfig(typeof address === "object" && address !== null ? address.port : 0);
    }

    async function writeKubeconfig(port: number): Promise<void> {
        const config = {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "lab", cluster: { server: `http://127.0.0.1:${String(port)}`, "insecure-skip-tls-verify": true } }],
            users: [{ name: "lab", user: {} }],
            contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
        };
        await writeFile(join(folder, "kubeconfig"), JSON.stringify(config));
    }

    function answer(status: number, body: unknown): RequestListener {
        return (_request, response) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    }

    async function reasonOf(read: Promise<LiveRoute>): Promise<string | undefined> {
        const found = await read;
        return found.kind === "unreachable" ? found.reason : undefined;
    }

    const reader = (kubeContext = "lab") => clusterReader({ kubeContext, servicePrefix: "api-", timeoutMs: 300 });

    it("asks for the route by namespace and name, and reads it", async () => {
        const asked: (string | undefined)[] = [];
        await serve((request, response) => {
            asked.push(request.url);
            answer(200, route(rolling(25)))(request, response);
        });
        expect(await reader().readRoute("prod", "api")).toEqual({ kind: "found", present: { record: rolling(25), routedPercent: 25 } });
        expect(asked).toEqual(["/apis/gateway.networking.k8s.io/v1/namespaces/prod/httproutes/api"]);
    });

    it("tells a route that is not there from one that it could not ask for", async () => {
        await serve(answer(404, { kind: "Status", code: 404 }));
        expect(await reader().readRoute("prod", "api")).toEqual({ kind: "absent" });
    });

    it.each([401, 403, 500, 503])("counts an answer of %i as unreachable, never as an absent route", async (status) => {
        await serve(answer(status, { kind: "Status", code: status, message: "no" }));
        expect(await reasonOf(reader().readRoute("prod", "api"))).toContain(String(status));
    });

    it("gives up on an API server that does not answer, and ends the request, which would keep the program from ending", async () => {
        const ended = Promise.withResolvers<string>();
        await serve((request) =>
            request.socket.on("close", () => {
                ended.resolve("ended");
            }),
        );
        expect(await reader().readRoute("prod", "api")).toEqual({ kind: "unreachable", reason: "the API server gave no answer within 300 ms" });
        expect(await ended.promise).toBe("ended");
    });

    it("reports an API server that is not there", async () => {
        await serve(() => undefined);
        server?.close();
        expect(await reasonOf(reader().readRoute("prod", "api"))).toContain("ECONNREFUSED");
    });

    it("names the contexts that there are when the wanted one is not among them", async () => {
        await writeKubeconfig(1);
        expect(await reader("prod").readRoute("prod", "api")).toEqual({
            kind: "unreachable",
            reason: "the kubeconfig has no context prod; it has lab: set cluster.kubeContext, or KUBECONFIG",
        });
    });

    it("reads a kubeconfig again after one that it could not use", async () => {
        await writeFile(join(folder, "kubeconfig"), "{}");
        const patient = reader();
        expect(await patient.readRoute("prod", "api")).toMatchObject({ kind: "unreachable" });
        await serve(answer(404, {}));
        expect(await patient.readRoute("prod", "api")).toEqual({ kind: "absent" });
    });

    it("counts pods that are ready, each once", async () => {
        const asked: (string | undefined)[] = [];
        const endpoint = (uid: string, ready: boolean | undefined, address: string) => ({
            addresses: [address],
            conditions: ready === undefined ? {} : { ready },
            targetRef: { kind: "Pod", uid },
        });
        await serve((request, response) => {
            asked.push(request.url);
            answer(200, {
                items: [
                    {
                        addressType: "IPv4",
                        endpoints: [endpoint("a", true, "10.0.0.1"), endpoint("b", false, "10.0.0.2"), endpoint("c", undefined, "10.0.0.3")],
                    },
                    { addressType: "IPv6", endpoints: [endpoint("a", true, "fd00::1"), endpoint("d", true, "fd00::4")] },
                    { addressType: "IPv4" },
                ],
            })(request, response);
        });
        expect(await reader().readyEndpoints("prod", "api-v1")).toBe(2);
        expect(asked).toEqual(["/apis/discovery.k8s.io/v1/namespaces/prod/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dapi-v1"]);
    });

    it("throws rather than count when it can't ask", async () => {
        await serve(answer(500, {}));
        await expect(reader().readyEndpoints("prod", "api-v1")).rejects.toThrow();
    });
});
