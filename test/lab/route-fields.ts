import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

import { CustomObjectsApi, DiscoveryV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { insideNetwork, labLayout } from "../../lab/api.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type RouteDesign, routeSpec } from "../../rollout/route/route-spec.ts";
import { testerKeyHeader } from "../../rollout/route/testers.ts";
import { revision } from "../rollout/arbitraries.ts";
import { testerKey } from "../rollout/route/route.ts";
import { type GatewayRow, gatewayTable, noneLost } from "./gateway-table.ts";
import { type GatewayName, gatewayNames, labGateways, startSecondGateway } from "./gateways.ts";
import { TrialNamespace } from "./trial-namespace.ts";

/** What plays pods: each has a port of its own on one address. */
const podNames = ["ready-v1", "ready-v2", "ready-v2-testers", "empty-v1", "gone-v1", "moving-v1", "moving-v2", "leaving-v1", "copied-v1", "copies-v1"] as const;
type PodName = (typeof podNames)[number];
const portOf = (pod: PodName): number => 8_201 + podNames.indexOf(pod);
const portThatNobodyHas = 8_200;

const layout = labLayout();

/**
 * Tests of what each field of the route does, on every gateway that the lab can have. docs/gateways.md shows the same table.
 *
 * @param address of the pods: one in the lab's network that the gateways reach, and that no pod of the cluster gets.
 */
export function testRouteFields(address: string): void {
    let namespace: TrialNamespace;
    let environment: Readonly<Record<string, string>> = {};
    let pods: ChildProcess | undefined;

    beforeAll(async () => {
        environment = await startSecondGateway();
        namespace = await TrialNamespace.create("fields");
        const { file, args } = insideNetwork(layout, {
            file: process.execPath,
            args: [join(import.meta.dirname, "telling-pod.ts"), address, ...podNames.map((name) => `${name}=${String(portOf(name))}`)],
            workingDirectory: layout.checkout,
        });
        pods = spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
        await once(pods, "message");
        await namespace.apply(
            "test",
            ...podNames.flatMap((name) => backendObjects(name, portOf(name))),
            ...backendObjects("empty-v2", undefined),
            ...backendObjects("refusing-v1", portThatNobodyHas),
            ...gatewayNames.flatMap((gateway) => [...gatewayTable.map(({ id }) => id), "copies"].map((id) => routeObject(gateway, id, {}))),
        );
        // A route that is there for each gateway: what follows is about fields, not about how long a gateway takes to start.
        for (const gateway of gatewayNames) {
            await waitUntil(
                async () => {
                    expect(await ask(gateway, "weights")).toMatchObject({ status: 200 });
                },
                { what: `the routes of ${labGateways[gateway].title}`, withinMs: 60_000 },
            );
        }
    });

    afterAll(async () => {
        pods?.kill();
        await namespace.remove();
    });

    describe.each(gatewayNames)("on %s", (gateway) => {
        it.each(gatewayTable)("are as the table says: $what", async ({ id, does }) => {
            expect(await measured(gateway, id, does[gateway])).toBe(does[gateway]);
        });
    });

    const hostOf = (gateway: GatewayName, id: string): string =>
        id === "other-host" ? `${gateway}-${namespace.name}.example.org` : `${id}-${gateway}.${namespace.name}.lab.example.com`;

    /** The route of a row, as the program writes it but for what the row is about. */
    function routeObject(gateway: GatewayName, id: string, weights: { readonly v1?: number; readonly v2?: number }): object {
        const { service, v1, v2, ...changes } = { ...designOf(id), ...weights };
        const design: RouteDesign = {
            service,
            hostname: hostOf(gateway, id),
            gateway: {
                ...labGateways[gateway].gateway,
                retry: changes.retry ?? false,
                ...(changes.listener === undefined ? {} : { listener: changes.listener }),
                testers: { kind: "header" },
            },
        };
        const record = { kind: "rolling", stable: revision("v1"), candidate: revision("v2"), weightPercent: 50 } as const;
        const { rules, ...spec } = routeSpec(record, design, testerKey);
        const weighed = rules.map((rule) => ({
            ...rule,
            ...(changes.timeouts === undefined ? {} : { timeouts: changes.timeouts }),
            filters: [
                ...(changes.sets === undefined ? rule.filters : [{ type: "RequestHeaderModifier", requestHeaderModifier: settingToo }]),
                ...(changes.filters ?? []),
            ],
            backendRefs:
                changes.alone === true
                    ? rule.backendRefs.slice(0, 1)
                    : rule.backendRefs.map((backend) => ({ ...backend, weight: backend.name.endsWith("-v1") ? v1 : backend.name.endsWith("-v2") ? v2 : 100 })),
        }));
        // Testers have pods of their own in one row alone.
        const own = id === "testers" ? weighed : weighed.slice(1);
        return {
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "HTTPRoute",
            metadata: { name: `${id}-${gateway}`, namespace: namespace.name },
            spec: { ...spec, rules: own },
        };
    }

    /** What a row measures, in the words of the table. */
    async function measured(gateway: GatewayName, id: string, claim: string): Promise<string> {
        const row = measurements[id];
        if (row === undefined) {
            throw new Error(`nothing measures the row ${id}`);
        }
        return row(gateway, id, claim);
    }

    const measurements: Readonly<Record<string, (gateway: GatewayName, id: string, claim: string) => Promise<string>>> = {
        accepted: async (gateway, id) => (await conditions(gateway, id)).join(", "),
        weights: async (gateway, id) => {
            const { v2 = 0, ...other } = await answers(gateway, id, 2_000);
            // 10 % of 2,000 requests with six standard deviations, sqrt(2000 x 0.1 x 0.9) = 13.4: missed once in 500 million runs.
            return Object.keys(other).join() === "v1" && Math.abs(v2 - 200) < 6 * 13.4 ? "10 % of requests" : JSON.stringify({ v2, ...other });
        },
        "weight-zero": async (gateway, id) => {
            const counts = await answers(gateway, id, 200);
            return Object.keys(counts).join() === "v1" ? "no request" : JSON.stringify(counts);
        },
        "weights-zero": async (gateway, id) => Object.keys(await answers(gateway, id, 20)).join(" and "),
        "no-pods": share,
        "no-service": share,
        "no-service-alone": async (gateway, id) => Object.keys(await answers(gateway, id, 20)).join(" and "),
        refused: async (gateway, id) => Object.keys(await answers(gateway, id, 20)).join(" and "),
        "backend-limit": limit,
        "request-limit": limit,
        retry: async (gateway, id) => {
            const { status } = await ask(gateway, id, `/fail-once?${id}-${gateway}`);
            return status === 200 ? "tried again: 200" : `not tried again: ${String(status)}`;
        },
        "no-retry": async (gateway, id) => {
            const { status } = await ask(gateway, id, `/fail-once?${id}-${gateway}`);
            const { status: next } = await ask(gateway, id, `/fail-once?${id}-${gateway}`);
            return status === 503 && next === 200 ? "503, one request" : `${String(status)}, then ${String(next)}`;
        },
        headers: async (gateway, id) => {
            const { headers } = await ask(gateway, id, "/", { "x-audience": "testers", [testerKeyHeader]: "guess", "x-set": "by the user" });
            return headers["x-audience"] === undefined && headers[testerKeyHeader] === undefined && headers["x-set"] === "by the route"
                ? "set and removed before the pod"
                : JSON.stringify(headers);
        },
        testers: async (gateway, id) => {
            const { name, headers } = await ask(gateway, id, "/", { [testerKeyHeader]: testerKey });
            const { name: user } = await ask(gateway, id);
            return name === "ready-v2-testers" && user === "ready-v1" && headers["x-audience"] === "testers" && headers[testerKeyHeader] === undefined
                ? "the candidate, whatever the weights"
                : `${String(name)}, ${JSON.stringify(headers)}; users: ${String(user)}`;
        },
        "no-testers": async (gateway, id) => {
            const { name, headers } = await ask(gateway, id, "/", { [testerKeyHeader]: "guess", "x-audience": "testers" });
            return name === "ready-v1" && headers["x-audience"] === undefined && headers[testerKeyHeader] === undefined
                ? "stable, without the headers"
                : `${String(name)}, ${JSON.stringify(headers)}`;
        },
        mirror: async (gateway, id) => {
            const copies = async (): Promise<number> => Number((await ask(gateway, "copies", "/count")).body);
            const before = await copies();
            await answers(gateway, id, 20);
            await sleep(500);
            const more = (await copies()) - before;
            return more === 20 ? "a copy of each request" : `${String(more)} copies of 20 requests`;
        },
        "other-host": refusal,
        "no-section": refusal,
        section: async (gateway, id) => ((await ask(gateway, id)).status === 200 ? "served" : (await conditions(gateway, id)).join()),
        "live-within": async (gateway, id) => {
            const took: number[] = [];
            for (const v2 of [100, 0, 100, 0, 100, 0]) {
                took.push(await untilLive(gateway, id, v2));
            }
            console.log(`a changed weight is live on ${gateway} after ${took.map((ms) => ms.toFixed(0)).join(", ")} ms`);
            return Math.max(...took) < 1_000 ? "within a second" : `after ${Math.max(...took).toFixed(0)} ms`;
        },
        steps: async (gateway, id, claim) => lostWhile(gateway, id, [10, 25, 50, 25], claim),
        "steps-from-zero": async (gateway, id, claim) => lostWhile(gateway, id, [10, 50, 100, 0], claim),
        "under-way": async (gateway, id) => {
            await namespace.apply("test", routeObject(gateway, id, { v1: 0, v2: 100 }));
            await untilOnly(gateway, id, "moving-v2");
            const slow = ask(gateway, id, "/slow");
            await sleep(200);
            await namespace.apply("test", routeObject(gateway, id, { v1: 100, v2: 0 }));
            const { status, name } = await slow;
            return status === 200 && name === "moving-v2" ? "answered whole" : `${String(status)} of ${String(name)}`;
        },
        drained: async (gateway, id) => {
            await slice("leaving-v1", portOf("leaving-v1"));
            await untilOnly(gateway, id, "leaving-v1");
            const slow = ask(gateway, id, "/slow");
            await sleep(200);
            await slice("leaving-v1", undefined);
            const { status } = await slow;
            return status === 200 ? "answered whole" : String(status);
        },
    };

    /** What users lose while weights change, in the words of the claim where that holds. */
    async function lostWhile(gateway: GatewayName, id: string, weights: readonly number[], claim: string): Promise<string> {
        const ended = new AbortController();
        const seen: Record<string, number> = {};
        const users = Array.from({ length: 8 }, async () => {
            const agent = new Agent({ keepAlive: true, maxSockets: 1 });
            while (!ended.signal.aborted) {
                const { status, name } = await ask(gateway, id, "/", {}, agent).catch((error: unknown) => ({ status: String(error), name: undefined }));
                const answer = name ?? String(status);
                seen[answer] = (seen[answer] ?? 0) + 1;
                await sleep(4);
            }
            agent.destroy();
        });
        for (let round = 0; round < 5; round += 1) {
            for (const v2 of weights) {
                await namespace.apply("test", routeObject(gateway, id, { v1: 100 - v2, v2 }));
                await sleep(150);
            }
        }
        ended.abort();
        await Promise.all(users);
        console.log(`${gateway}, weights ${weights.join(", ")}: ${JSON.stringify(seen)}`);
        const { "moving-v1": v1 = 0, "moving-v2": v2 = 0, "500": unknown = 0, "503": unavailable = 0, ...other } = seen;
        const lost = unknown + unavailable;
        const holds = claim === noneLost ? lost === 0 : lost < (v1 + v2) / 200;
        return Object.keys(other).length === 0 && v1 > 0 && v2 > 0 && holds ? claim : JSON.stringify(seen);
    }

    /** Statuses that the share of a backend gets, and who has the rest. */
    async function share(gateway: GatewayName, id: string): Promise<string> {
        const counts = await answers(gateway, id, 400);
        const { v1 = 0, ...other } = counts;
        const [share] = Object.entries(other);
        if (share === undefined) {
            return v1 === 400 ? "all to the other" : JSON.stringify(counts);
        }
        const [status, lost] = share;
        // Half of 400 with six standard deviations of 10.
        return Object.keys(other).length === 1 && Math.abs(lost - 200) < 60 ? `${status} for its share` : JSON.stringify(counts);
    }

    async function limit(gateway: GatewayName, id: string): Promise<string> {
        const beganMs = performance.now();
        const { status } = await ask(gateway, id, "/hang");
        return `${String(status)} after ${((performance.now() - beganMs) / 1_000).toFixed(0)} s`;
    }

    async function refusal(gateway: GatewayName, id: string): Promise<string> {
        const refused = await waitUntil(
            async () => {
                const found = await conditions(gateway, id, "False");
                expect(found).not.toEqual([]);
                return found;
            },
            { what: `a condition of ${id}`, withinMs: 20_000 },
        ).catch(() => ["no condition"]);
        return `${refused.join()}, ${String((await ask(gateway, id)).status)}`;
    }

    /** Milliseconds until the first answer of the backend that a change of weights is for. */
    async function untilLive(gateway: GatewayName, id: string, v2: number): Promise<number> {
        const beganMs = performance.now();
        await namespace.apply("test", routeObject(gateway, id, { v1: 100 - v2, v2 }));
        const appliedMs = performance.now();
        const wanted = v2 === 100 ? "moving-v2" : "moving-v1";
        for (;;) {
            const sentMs = performance.now();
            const { name } = await ask(gateway, id);
            if (name === wanted) {
                // From the end of the command that changed it: most of that is the start of kubectl.
                return Math.max(0, sentMs - appliedMs);
            }
            if (performance.now() - beganMs > 30_000) {
                return Infinity;
            }
        }
    }

    async function untilOnly(gateway: GatewayName, id: string, pod: PodName): Promise<void> {
        await waitUntil(
            async () => {
                for (let nth = 0; nth < 5; nth += 1) {
                    expect((await ask(gateway, id)).name).toBe(pod);
                }
            },
            { what: `answers of ${pod} alone`, withinMs: 30_000 },
        );
    }

    /** Answers of many requests, counted by the revision that answered, or by the status where it is not 200. */
    async function answers(gateway: GatewayName, id: string, requests: number): Promise<Readonly<Record<string, number>>> {
        const counts: Record<string, number> = {};
        for (let sent = 0; sent < requests; sent += 20) {
            for (const { status, name } of await Promise.all(Array.from({ length: 20 }, async () => ask(gateway, id)))) {
                const answer = name === undefined ? String(status) : (/v\d$/.exec(name)?.[0] ?? name);
                counts[answer] = (counts[answer] ?? 0) + 1;
            }
        }
        return counts;
    }

    /** One request of a user. */
    async function ask(
        gateway: GatewayName,
        id: string,
        path = "/",
        headers: Readonly<Record<string, string>> = {},
        agent: Agent | false = false,
    ): Promise<Told> {
        const url = `${environment[labGateways[gateway].urlVariable] ?? ""}${path}`;
        return new Promise((resolve, reject) => {
            const exchange = request(url, { agent, headers: { host: hostOf(gateway, id), ...headers }, signal: AbortSignal.timeout(10_000) }, (response) => {
                text(response).then((body) => {
                    const status = response.statusCode ?? 0;
                    const told = status === 200 && body.startsWith("{") ? tellingSchema.parse(JSON.parse(body)) : { headers: {} };
                    resolve({ status, body, ...told });
                }, reject);
            });
            exchange.once("error", reject);
            exchange.end();
        });
    }

    /** Conditions of a route that have this status, by type where it is True and by reason where it is False. */
    async function conditions(gateway: GatewayName, id: string, status: "True" | "False" = "True"): Promise<readonly string[]> {
        const query = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace: namespace.name, name: `${id}-${gateway}` };
        const route = statusSchema.parse(await namespace.config.makeApiClient(CustomObjectsApi).getNamespacedCustomObject(query));
        return (route.status?.parents ?? [])
            .flatMap((parent) => parent.conditions)
            .flatMap((condition) => (condition.status === status ? [status === "True" ? condition.type : condition.reason] : []))
            .toSorted();
    }

    /** Replaces the endpoints of a Service. */
    async function slice(service: string, port: number | undefined): Promise<void> {
        const body = [{ op: "replace", path: "/endpoints", value: endpointsOf(port) }];
        await namespace.config.makeApiClient(DiscoveryV1Api).patchNamespacedEndpointSlice({ name: service, namespace: namespace.name, body });
    }

    /** A Service and its endpoints. */
    function backendObjects(name: string, port: number | undefined): readonly object[] {
        return [
            { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ name: "http", port: 80, targetPort: port ?? portThatNobodyHas }] } },
            {
                apiVersion: "discovery.k8s.io/v1",
                kind: "EndpointSlice",
                metadata: { name, labels: { "kubernetes.io/service-name": name } },
                addressType: "IPv4",
                ports: [{ name: "http", port: port ?? portThatNobodyHas, protocol: "TCP" }],
                endpoints: endpointsOf(port),
            },
        ];
    }

    function endpointsOf(port: number | undefined): readonly object[] {
        return port === undefined ? [] : [{ addresses: [address], conditions: { ready: true } }];
    }
}

const settingToo = { set: [{ name: "x-set", value: "by the route" }], remove: ["x-audience", testerKeyHeader] };

interface Told {
    readonly status: number;
    readonly body: string;
    /** Pod that answered. */
    readonly name?: string;
    /** What reached it. */
    readonly headers: Readonly<Record<string, unknown>>;
}

const tellingSchema = z.object({ name: z.string(), headers: z.record(z.string(), z.unknown()) });

const statusSchema = z.object({
    status: z
        .object({ parents: z.array(z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string() })) })) })
        .optional(),
});

/** How a row's route differs from the one that the program writes. */
interface RowDesign {
    readonly service: string;
    readonly v1: number;
    readonly v2: number;
    readonly retry?: boolean;
    readonly listener?: string;
    readonly timeouts?: object;
    /** Filters beside the program's own. */
    readonly filters?: readonly object[];
    /** Whether the program's filter sets a header too. */
    readonly sets?: true;
    /** One backend alone: the stable one. */
    readonly alone?: true;
}

function designOf(id: GatewayRow["id"]): RowDesign {
    const calm = { service: "ready", v1: 100, v2: 0 } as const;
    const designs: Readonly<Record<string, Partial<RowDesign>>> = {
        weights: { v1: 90, v2: 10 },
        "weights-zero": { v1: 0, v2: 0 },
        "no-pods": { service: "empty", v1: 50, v2: 50 },
        "no-service": { service: "gone", v1: 50, v2: 50 },
        "no-service-alone": { service: "gone", v1: 0, v2: 100 },
        refused: { service: "refusing", alone: true },
        "request-limit": { timeouts: { request: "1s" } },
        retry: { retry: true },
        headers: { sets: true },
        mirror: {
            service: "copied",
            alone: true,
            filters: [{ type: "RequestMirror", requestMirror: { backendRef: { group: "", kind: "Service", name: "copies-v1", port: 80 } } }],
        },
        copies: { service: "copies", alone: true },
        section: { listener: "http" },
        "no-section": { listener: "nobody" },
        steps: { service: "moving", v1: 90, v2: 10 },
        "steps-from-zero": { service: "moving" },
        "under-way": { service: "moving" },
        "live-within": { service: "moving" },
        drained: { service: "leaving", alone: true },
    };
    return { ...calm, ...designs[id] };
}
