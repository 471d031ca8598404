import { execa } from "execa";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { insideNetwork, labEnvironment, labHealth, labLayout, prometheusFiles, reloadPrometheus, startLab } from "../../lab/api.ts";
import type { LabState } from "../../lab/api.ts";
import { getOk } from "../../lab/http.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type RouteDesign, routeSpec, testersRouteSpec } from "../../rollout/route/route-spec.ts";
import { testersRouteName } from "../../rollout/route/testers.ts";
import { revision } from "../rollout/arbitraries.ts";
import { testerKey } from "../rollout/route/route.ts";

const layout = labLayout();
const namespace = `data-plane-${String(process.pid)}`;
const hostname = `${namespace}.lab.example.com`;
let state: LabState;
let environment: Readonly<Record<string, string>> = {};
let pods: ChildProcess | undefined;

async function kubectl(args: readonly string[], input = ""): Promise<string> {
    return (await execa("kubectl", args, { env: environment, extendEnv: false, input })).stdout;
}

const podListSchema = z.object({
    items: z.array(
        z.object({
            metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
            status: z.object({ podIP: z.string().optional() }),
        }),
    ),
});

async function addresses(): Promise<readonly { readonly pod: string; readonly address: string; readonly revision: string }[]> {
    const { items } = podListSchema.parse(JSON.parse(await kubectl(["-n", namespace, "get", "pods", "-o", "json"])));
    return items.flatMap(({ metadata, status }) =>
        status.podIP === undefined ? [] : [{ pod: metadata.name, address: status.podIP, revision: revisionOf(metadata.labels.app ?? "") }],
    );
}

/** The revision that a Deployment is of; empty for the bystander. */
function revisionOf(deployment: string): string {
    return /^echo-(.+)$/.exec(deployment)?.[1] ?? "";
}

/** A Deployment of one pod with its Service. Its pods get the labels that make a workload of them once they are played: see {@link playPods}. */
function deploymentObjects(name: string): readonly object[] {
    const labels = { app: name };
    const ports = [
        { name: "http", containerPort: 8080 },
        { name: "metrics", containerPort: 9090 },
    ];
    return [
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace },
            spec: {
                replicas: 1,
                selector: { matchLabels: { app: name } },
                template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "registry.example.com/any:1", ports }] } },
            },
        },
        ...[name, `${name}-testers`].map((service) => ({
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: service, namespace },
            spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
        })),
    ];
}

/** The route as the program makes it, with a retry where that is what is tried. */
function route(weights: Readonly<Record<"v1" | "v2", number>>, retry = false): object {
    const design: RouteDesign = { service: "echo", hostname, gateway: { name: "public", namespace: "gateway-system", retry, testers: { kind: "header" } } };
    const { rules, ...spec } = routeSpec({ kind: "rolling", stable: revision("v1"), candidate: revision("v2"), weightPercent: 50 }, design, testerKey);
    return {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "echo", namespace },
        spec: {
            ...spec,
            rules: rules.map((rule) => ({
                ...rule,
                backendRefs: rule.backendRefs.map((backend) => ({
                    ...backend,
                    weight: backend.name === "echo-v1" ? weights.v1 : backend.name === "echo-v2" ? weights.v2 : 100,
                })),
            })),
        },
    };
}

async function apply(...objects: readonly object[]): Promise<void> {
    await kubectl(["apply", "-f", "-"], objects.map((object) => stringify(object)).join("---\n"));
}

/** One request of a user, through the gateway. */
async function ask(path = "/", headers: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
        const url = `http://127.0.0.1:${String(state.ports.gateway)}${path}`;
        const exchange = request(url, { agent: false, headers: { host: hostname, ...headers }, signal: AbortSignal.timeout(5_000) }, (response) => {
            text(response).then((body) => {
                resolve({ status: response.statusCode ?? 0, body });
            }, reject);
        });
        exchange.once("error", reject);
        exchange.end();
    });
}

/** Answers of many requests, counted by what they say: the revision's name, or the status where it is not 200. */
async function countAnswers(requests: number): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    const atOnce = 20;
    for (let sent = 0; sent < requests; sent += atOnce) {
        for (const { status, body } of await Promise.all(Array.from({ length: Math.min(atOnce, requests - sent) }, async () => ask()))) {
            const answer = status === 200 ? body : String(status);
            counts[answer] = (counts[answer] ?? 0) + 1;
        }
    }
    return counts;
}

async function untilAnswer(wanted: string): Promise<void> {
    await waitUntil(
        async () => {
            expect(Object.keys(await countAnswers(20))).toEqual([wanted]);
        },
        { what: `every answer being ${wanted}`, withinMs: 60_000 },
    );
}

const vectorSchema = z.object({
    data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })) }),
});

async function query(expression: string): Promise<z.infer<typeof vectorSchema>["data"]["result"]> {
    const url = `http://127.0.0.1:${String(state.ports.prometheus)}/api/v1/query?query=${encodeURIComponent(expression)}`;
    return vectorSchema.parse(JSON.parse(await getOk(url))).data.result;
}

/** Plays every pod of the namespace that has an address now. */
async function playPods(): Promise<void> {
    const wanted = await waitUntil(
        async () => {
            const found = await addresses();
            expect(found).toHaveLength(3);
            return found;
        },
        { what: "three pods with addresses", withinMs: 60_000 },
    );
    const command = insideNetwork(layout, {
        file: process.execPath,
        args: [join(import.meta.dirname, "echo-server.ts"), ...wanted.map(({ address, revision }) => `${address}=${revision}`)],
        workingDirectory: layout.checkout,
    });
    pods = spawn(command.file, command.args, { cwd: command.workingDirectory, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    await once(pods, "message");
    // Only now: the workload simulator plays each pod with these labels too, and a Prometheus that had a connection to it would keep that.
    for (const { pod, revision } of wanted) {
        const ofRevision = revision === "" ? [] : [`nova.example.com/revision=${revision}`];
        await kubectl(["-n", namespace, "label", `pod/${pod}`, "--overwrite", "app.kubernetes.io/name=echo", ...ofRevision]);
    }
}

beforeAll(async () => {
    state = await startLab();
    environment = labEnvironment(layout, state);
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await apply(...deploymentObjects("echo-v1"), ...deploymentObjects("echo-v2"), ...deploymentObjects("bystander"), route({ v1: 100, v2: 0 }));
    await playPods();
    await untilAnswer("v1");
});

afterAll(async () => {
    pods?.kill();
    await kubectl(["delete", "namespace", namespace, "--wait=false", "--ignore-not-found"]);
});

describe("the gateway", () => {
    it("accepts the route that the program makes", async () => {
        const conditions = await kubectl([
            "-n",
            namespace,
            "get",
            "httproute/echo",
            "-o",
            "jsonpath={range .status.parents[0].conditions[*]}{.type}={.status} {end}",
        ]);
        expect(conditions.trim().split(" ").toSorted()).toEqual(["Accepted=True", "ResolvedRefs=True"]);
    });

    it("sends each revision the share of requests that the weights say", async () => {
        await apply(route({ v1: 90, v2: 10 }));
        await waitUntil(
            async () => {
                expect(Object.keys(await countAnswers(100))).toContain("v2");
            },
            { what: "the first answer of the new revision", withinMs: 60_000 },
        );
        const { v1 = 0, v2 = 0, ...other } = await countAnswers(2_000);
        expect(other).toEqual({});
        // 10 % of 2,000 requests with six standard deviations, sqrt(2000 x 0.1 x 0.9) = 13.4: missed once in 500 million runs.
        expect(v2).toBeGreaterThan(200 - 6 * 13.4);
        expect(v2).toBeLessThan(200 + 6 * 13.4);
        expect(v1 + v2).toBe(2_000);
    });

    it("follows a patch of the weights", async () => {
        const weights = [0, 100].map((value, index) => ({ op: "replace", path: `/spec/rules/1/backendRefs/${String(index)}/weight`, value }));
        await kubectl(["-n", namespace, "patch", "httproute/echo", "--type=json", "-p", JSON.stringify(weights)]);
        await untilAnswer("v2");
        expect(await countAnswers(200)).toEqual({ v2: 200 });
    });

    it("takes a tester to the revision that the header names, whatever the weights say", async () => {
        await apply(route({ v1: 100, v2: 0 }));
        await untilAnswer("v1");
        expect(await ask("/", { "x-tester-key": testerKey })).toEqual({ status: 200, body: "v2" });
        expect(await ask("/", { "x-tester-key": "guess", "x-audience": "testers", "x-revision": "v2" })).toEqual({ status: 200, body: "v1" });
    });

    // The lab has one Gateway with one listener: what this shows is the testers' route, not that users can't reach its listener.
    it("takes testers to the candidate by a host name of their own, whatever the weights say, until that route is gone", async () => {
        const host = `testers.${hostname}`;
        const gateway = { name: "public", namespace: "gateway-system", retry: false, testers: { kind: "host", hostname: host } } as const;
        const spec = testersRouteSpec("v2", { service: "echo", hostname, gateway });
        const name = testersRouteName("echo");
        await apply(route({ v1: 100, v2: 0 }), { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { name, namespace }, spec });
        await untilAnswer("v1");
        await waitUntil(
            async () => {
                expect(await ask("/", { host })).toEqual({ status: 200, body: "v2" });
            },
            { what: "the candidate, by the testers' host name", withinMs: 60_000 },
        );
        expect(await countAnswers(100)).toEqual({ v1: 100 });
        await kubectl(["-n", namespace, "delete", `httproute/${name}`]);
        await waitUntil(
            async () => {
                expect(await ask("/", { host })).toMatchObject({ status: 404 });
            },
            { what: "no answer by the testers' host name", withinMs: 60_000 },
        );
    });

    it("hands a revision's own 503 to the user without trying again: Contour does not know the route's retry", async () => {
        await apply(route({ v1: 100, v2: 0 }, true));
        expect(await ask("/fail")).toEqual({ status: 503, body: "1" });
        expect(await ask("/fail")).toEqual({ status: 503, body: "2" });
    });

    it("answers 404 for a host name that no route has", async () => {
        expect(await ask("/", { host: "nobody.lab.example.com" })).toMatchObject({ status: 404 });
    });

    it("answers 503 for the share of a revision without ready pods", async () => {
        await apply(route({ v1: 50, v2: 50 }));
        await kubectl(["-n", namespace, "scale", "deployment/echo-v2", "--replicas=0"]);
        await waitUntil(
            async () => {
                expect(Object.keys(await countAnswers(40)).toSorted()).toEqual(["503", "v1"]);
            },
            { what: "503s beside the answers of v1", withinMs: 60_000 },
        );
        await apply(route({ v1: 100, v2: 0 }));
        await untilAnswer("v1");
    });
});

describe("Prometheus in the lab", () => {
    it("scrapes the pods of revisions and labels their series from the pod, not from what the process says", async () => {
        const [v1] = (await addresses()).filter(({ revision }) => revision === "v1");
        await waitUntil(
            async () => {
                const found = await query(`echo_total{namespace="${namespace}"}`);
                expect(found).toHaveLength(1);
                expect(found[0]?.metric).toMatchObject({
                    service: "echo",
                    revision: "v1",
                    job: "echo",
                    pod: v1?.pod,
                    instance: `${v1?.address ?? ""}:9090`,
                    exported_revision: "another",
                });
                expect(found[0]?.value[1]).toBe("7");
            },
            { what: "one series, that of v1: v2 has no pod any more, and the bystander is no revision", withinMs: 60_000 },
        );
    });

    it("loads rules at a reload, and tells Alertmanager of what they find", async () => {
        const file = join(prometheusFiles(layout).rules, `${namespace}.yaml`);
        const alert = `Echo${String(process.pid)}`;
        await writeFile(file, stringify({ groups: [{ name: namespace, rules: [{ alert, expr: `echo_total{namespace="${namespace}"} > 0` }] }] }));
        try {
            await reloadPrometheus(layout, state);
            await waitUntil(
                async () => {
                    expect(await getOk(`http://127.0.0.1:${String(state.ports.alertmanager)}/api/v2/alerts`)).toContain(alert);
                },
                { what: "the alert in Alertmanager", withinMs: 60_000 },
            );
        } finally {
            await rm(file);
            await reloadPrometheus(layout, state);
        }
    });

    it("keeps what it has when told a broken rule, and says what is wrong with it", async () => {
        const file = join(prometheusFiles(layout).rules, `${namespace}.yaml`);
        await writeFile(file, stringify({ groups: [{ name: namespace, rules: [{ alert: "Broken", expr: "echo_total >" }] }] }));
        try {
            await expect(reloadPrometheus(layout, state)).rejects.toThrow("Prometheus refuses its configuration");
            expect(await query(`echo_total{namespace="${namespace}"}`)).toHaveLength(1);
        } finally {
            await rm(file);
            await reloadPrometheus(layout, state);
        }
    });
});

describe("the lab's network", () => {
    it("shows a single pod through the forward proxy", async () => {
        const [pod] = (await addresses()).filter(({ revision }) => revision === "v1");
        const proxy = environment.NOVA_LAB_POD_PROXY ?? "";
        expect(await getOk(`http://${pod?.address ?? ""}:9090/metrics`, { proxy })).toContain("echo_total");
        await expect(getOk("http://10.244.255.254:9090/metrics", { proxy })).rejects.toThrow("502");
    });

    it("has the API server on the machine's port, so that the lab's kubeconfig works there", async () => {
        const { file, args } = insideNetwork(layout, {
            file: "kubectl",
            args: ["get", "namespace", namespace, "-o", "name"],
            workingDirectory: layout.checkout,
        });
        expect((await execa(file, args, { env: environment, extendEnv: false })).stdout).toBe(`namespace/${namespace}`);
    });

    it("can be left by nobody", async () => {
        const { file, args } = insideNetwork(layout, { file: "ip", args: ["route", "get", "192.0.2.1"], workingDirectory: layout.checkout });
        expect((await execa(file, args, { reject: false })).stderr).toContain("unreachable");
    });

    it("is made anew by a start after it was removed, with all that runs in it", async () => {
        pods?.kill();
        await execa("ip", ["netns", "delete", layout.network]);
        expect((await labHealth())?.get("crossing")).toMatchObject({ kind: "unhealthy" });
        const before = state.processes;
        state = await startLab();
        expect([...((await labHealth()) ?? [])].filter(([, { kind }]) => kind !== "healthy")).toEqual([]);
        expect(state.processes.kafka).toEqual(before.kafka);
        await kubectl(["-n", namespace, "scale", "deployment/echo-v2", "--replicas=1"]);
        await sleep(1_000);
        await playPods();
        await untilAnswer("v1");
    });
});
