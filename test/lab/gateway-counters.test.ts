import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { insideNetwork, labLayout } from "../../lab/api.ts";
import { getOk } from "../../lab/http.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type CounterRow, counterTableOf, tabledCounters } from "./counter-table.ts";
import { type GatewayName, gatewayNames, labGateways, startSecondGateway } from "./gateways.ts";
import { behaviours } from "./pod-behaviour.ts";
import { TrialNamespace } from "./trial-namespace.ts";

/** Requests of each kind. Most come one after another, so that each has a connection of its own fate. */
const requests = 3;

/** Where the pods are, on a port for each way to treat a request. No pod of the cluster gets so high an address, and nothing listens on the other ports. */
const address = "10.244.250.1";
const portOf = (pods: CounterRow["pods"]): number => 8_101 + Object.keys(behaviours).indexOf(pods);
const portThatNobodyHas = 8_100;

/** What is sent there stays on its way: it is no address of the lab, and is led nowhere else. */
const lostNetwork = "10.246.0.0/24";
const lostAddress = "10.246.0.1";

const layout = labLayout();

/** What Envoy counts, of which pods' own counters show half at the most: the source of truth for `metrics.gateway` of kind envoy. */
describe.each(gatewayNames)("the counters of %s", (name) => {
    const gateway = labGateways[name];
    const counterTable = counterTableOf(name);
    let namespace: TrialNamespace;
    let variables: Readonly<Record<string, string>> = {};
    let pods: ChildProcess | undefined;

    const clusterOf = (service: string): string => gateway.clusterName.replace("{namespace}", namespace.name).replace("{service}-{revision}", service);
    const hostOf = (retried: boolean): string => `${retried ? "retried-" : ""}${namespace.name}.lab.example.com`;

    beforeAll(async () => {
        variables = await startSecondGateway();
        namespace = await TrialNamespace.create(`counters-${name}`);
        const { file, args } = insideNetwork(layout, {
            file: process.execPath,
            args: [join(import.meta.dirname, "faulty-pod.ts"), address, ...Object.keys(behaviours).map((name, index) => `${name}=${String(8_101 + index)}`)],
            workingDirectory: layout.checkout,
        });
        pods = spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
        await once(pods, "message");
        await execa("ip", ["-n", layout.network, "route", "replace", lostNetwork, "dev", "lo"]);
        const plain = counterTable.filter(({ retried, pods: way }) => retried !== true && way !== "no Service");
        await namespace.apply(
            "test",
            ...[{ service: "ready", pods: "says-200" } as const, ...counterTable].flatMap(backendObjects),
            routeOf(name, "first", hostOf(false), plain.slice(0, 8)),
            routeOf(name, "second", hostOf(false), plain.slice(8)),
            routeOf(
                name,
                "third",
                hostOf(false),
                counterTable.filter(({ pods: way }) => way === "no Service"),
            ),
            (name === "contour" ? proxyOf : retriedRouteOf)(
                hostOf(true),
                counterTable.filter(({ retried }) => retried),
            ),
        );
        for (const path of ["/ready-first", "/ready-second", "/ready-third", "/ready-retried"]) {
            await waitUntil(
                async () => {
                    expect(await ask(path, path.endsWith("retried"))).toBe("200");
                },
                { what: `the route of ${path}`, withinMs: 60_000 },
            );
        }
    });

    afterAll(async () => {
        pods?.kill();
        await execa("ip", ["-n", layout.network, "route", "del", lostNetwork, "dev", "lo"], { reject: false });
        await namespace.remove();
    });

    /** What a user gets. */
    const ask = (path: string, retried: boolean, patienceMs = 10_000): Promise<string> =>
        new Promise((resolve) => {
            const exchange = request(
                `${variables[gateway.urlVariable] ?? ""}${path}`,
                { agent: false, headers: { host: hostOf(retried) }, signal: AbortSignal.timeout(patienceMs) },
                (response) => {
                    const status = String(response.statusCode);
                    response.resume();
                    response.once("end", () => {
                        resolve(status);
                    });
                    response.once("error", () => {
                        resolve(`${status}, cut off`);
                    });
                },
            );
            exchange.once("error", () => {
                resolve("nothing");
            });
            exchange.end();
        });

    /** Counters of a backend's cluster that are not 0, as the table names them. */
    const countersOf = async (service: string): Promise<Readonly<Record<string, number>>> => {
        const text = await getOk(variables[gateway.statsVariable] ?? "", { proxy: variables.NOVA_LAB_POD_PROXY ?? "", withinMs: 60_000 });
        const lines = text.matchAll(new RegExp(`^envoy_cluster_upstream_([a-z_]+)\\{(.*)envoy_cluster_name="${clusterOf(service)}"\\} (\\d+)$`, "gm"));
        const found = [...lines].flatMap(([, name = "", labels = "", value = ""]) => {
            const [, label] = /^envoy_response_code(?:_class)?="(\d+)",$/.exec(labels) ?? [];
            return tabledCounters.some((tabled) => tabled === name) ? [[label === undefined ? name : `${name}{${label}}`, Number(value)] as const] : [];
        });
        return Object.fromEntries(found.filter(([, value]) => value > 0));
    };

    /** What the table says of all requests of a row, without what moves later. */
    const expected = ({ counts }: CounterRow, later: boolean): Readonly<Record<string, number>> =>
        Object.fromEntries(
            Object.entries(counts).flatMap(([name, by]) => (by > 0 && (name === "rq_time_count") === later ? [[name, by * requests] as const] : [])),
        );
    const without = (counters: Readonly<Record<string, number>>, later: boolean) =>
        Object.fromEntries(Object.entries(counters).filter(([name]) => (name === "rq_time_count") === later));

    it.each(counterTable)("are as the table says where $happens (retried: $retried)", async (row) => {
        const one = async (): Promise<string> => ask(`/${row.service}`, row.retried === true, row.patienceMs);
        const slow = row.patienceMs !== undefined || ["hangs", "hangs-late", "unreachable"].includes(row.pods);
        const got: string[] = slow ? await Promise.all(Array.from({ length: requests }, one)) : [];
        while (got.length < requests) {
            got.push(await one());
        }
        expect(got).toEqual(Array.from({ length: requests }, () => row.got));
        // What a user leaves behind takes the gateway a moment to notice.
        await waitUntil(
            async () => {
                expect(without(await countersOf(row.service), false)).toEqual(expected(row, false));
            },
            {
                what: "the counters",
                withinMs: 60_000,
            },
        );
    });

    it("tell of times only where an answer was whole, and up to five seconds late: when Envoy flushes its histograms", async () => {
        await waitUntil(
            async () => {
                for (const row of counterTable) {
                    expect({ [row.service]: without(await countersOf(row.service), true) }).toEqual({ [row.service]: expected(row, true) });
                }
            },
            { what: "the counts of times", withinMs: 60_000 },
        );
    });

    it("show requests that hang while they hang, long before the time limit", async () => {
        const hung = Array.from({ length: requests }, () => ask("/hanging", false));
        const active = new RegExp(`^envoy_cluster_upstream_rq_active\\{envoy_cluster_name="${clusterOf("hanging")}"\\} ${String(requests)}$`, "m");
        await waitUntil(
            async () => {
                expect(await getOk(variables[gateway.statsVariable] ?? "", { proxy: variables.NOVA_LAB_POD_PROXY ?? "" })).toMatch(active);
            },
            { what: "requests under way", withinMs: 1_500, everyMs: 50 },
        );
        await Promise.all(hung);
    });

    it("are in Prometheus too", async () => {
        const query = `envoy_cluster_upstream_rq_xx{job="${gateway.job}",envoy_cluster_name="${clusterOf("error")}",envoy_response_code_class="5"} == ${String(requests)}`;
        const url = `${variables.NOVA_LAB_PROMETHEUS_URL ?? ""}/api/v1/query?query=${encodeURIComponent(query)}`;
        await waitUntil(
            async () => {
                expect(await getOk(url)).toContain(`"${String(requests)}"`);
            },
            { what: "the counter in Prometheus", withinMs: 60_000 },
        );
    });
});

/** The Service of a row and its endpoints. */
function backendObjects({ service, pods }: Pick<CounterRow, "service" | "pods">): readonly object[] {
    if (pods === "no Service") {
        return [];
    }
    const port = pods === "refuse" ? portThatNobodyHas : portOf(pods);
    const endpoints = pods === "none" ? [] : [{ addresses: [pods === "unreachable" ? lostAddress : address], conditions: { ready: true } }];
    return [
        { apiVersion: "v1", kind: "Service", metadata: { name: service }, spec: { ports: [{ name: "http", port: 80, targetPort: port }] } },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: { name: service, labels: { "kubernetes.io/service-name": service } },
            addressType: "IPv4",
            ports: [{ name: "http", port, protocol: "TCP" }],
            endpoints,
        },
    ];
}

/** A route by path, with the time limit that the program gives a backend; where no connection can be made, a longer one: else it is chance which of the two limits comes first. */
function routeOf(gateway: GatewayName, name: string, hostname: string, rows: readonly CounterRow[]): object {
    const rule = (path: string, service: string, backendRequest = "2s") => ({
        timeouts: { request: "5s", backendRequest },
        matches: [{ path: { type: "PathPrefix", value: path } }],
        backendRefs: [{ group: "", kind: "Service", name: service, port: 80, weight: 1 }],
    });
    return {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name },
        spec: {
            parentRefs: [labGateways[gateway].gateway],
            hostnames: [hostname],
            rules: [
                rule(`/ready-${name}`, "ready"),
                ...rows.map(({ service, pods }) => rule(`/${service}`, service, pods === "unreachable" ? "4s" : undefined)),
            ],
        },
    };
}

/** The same as {@link proxyOf}, where the gateway knows the route's own retries. */
function retriedRouteOf(hostname: string, rows: readonly CounterRow[]): object {
    const rule = (path: string, service: string) => ({
        timeouts: { request: "4s", backendRequest: "1s" },
        retry: { codes: [500, 502, 503, 504], attempts: 1 },
        matches: [{ path: { type: "PathPrefix", value: path } }],
        backendRefs: [{ group: "", kind: "Service", name: service, port: 80, weight: 1 }],
    });
    return {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "retried" },
        spec: {
            parentRefs: [labGateways["envoy-gateway"].gateway],
            hostnames: [hostname],
            rules: [rule("/ready-retried", "ready"), ...rows.map(({ service }) => rule(`/${service}`, service))],
        },
    };
}

/** Contour's own kind of route: it knows retries. */
function proxyOf(fqdn: string, rows: readonly CounterRow[]): object {
    const route = (prefix: string, service: string) => ({
        conditions: [{ prefix }],
        services: [{ name: service, port: 80 }],
        timeoutPolicy: { response: "4s" },
        retryPolicy: { count: 1, perTryTimeout: "1s", retryOn: ["5xx"] },
    });
    return {
        apiVersion: "projectcontour.io/v1",
        kind: "HTTPProxy",
        metadata: { name: "retried" },
        spec: { virtualhost: { fqdn }, routes: [route("/ready-retried", "ready"), ...rows.map(({ service }) => route(`/${service}`, service))] },
    };
}
