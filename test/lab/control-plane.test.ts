import { execa } from "execa";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labEnvironment, labHealth, labLayout, servicesOf, startLab } from "../../lab/api.ts";
import { waitUntil } from "../../lab/wait.ts";
import { defined } from "../../rollout/defined.ts";

const layout = labLayout();
const namespace = `control-plane-${String(process.pid)}`;
let environment: Readonly<Record<string, string>> = {};

async function kubectl(args: readonly string[], input = ""): Promise<string> {
    return (await execa("kubectl", args, { env: environment, extendEnv: false, input })).stdout;
}

async function apply(...objects: readonly object[]): Promise<void> {
    await kubectl(["apply", "-f", "-"], objects.map((object) => stringify(object)).join("---\n"));
}

/** A field of an object in the test's namespace, as text; empty where it is not set. */
function field(object: string, path: string): Promise<string> {
    return kubectl(["-n", namespace, "get", object, "-o", `jsonpath={${path}}`]);
}

async function until(object: string, path: string, wanted: string, withinMs = 60_000): Promise<void> {
    await waitUntil(
        async () => {
            const is = await field(object, path);
            if (is !== wanted) {
                throw new Error(`${path} is '${is}'`);
            }
        },
        { what: `${object} with ${path} ${wanted}`, withinMs },
    );
}

const podSpec = { containers: [{ name: "main", image: "registry.example.com/any:1" }] };
const labels = (name: string): Readonly<Record<string, string>> => ({ "app.kubernetes.io/name": name });

function deployment(name: string, replicas: number | undefined, podLabels: Readonly<Record<string, string>> = {}): object {
    const spread = [
        { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: labels(name) } },
    ];
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace },
        spec: {
            ...defined({ replicas }),
            selector: { matchLabels: labels(name) },
            template: { metadata: { labels: { ...labels(name), ...podLabels } }, spec: { ...podSpec, topologySpreadConstraints: spread } },
        },
    };
}

beforeAll(async () => {
    environment = labEnvironment(layout, await startLab());
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await apply(deployment("steady", 3));
});

afterAll(async () => {
    await kubectl(["delete", "namespace", namespace, "--wait=false", "--ignore-not-found"]);
});

describe("the control plane", () => {
    it("makes three pods ready, one in each zone", async () => {
        await until("deployment/steady", ".status.readyReplicas", "3");
        const nodes = await kubectl(["-n", namespace, "get", "pods", "-l", "app.kubernetes.io/name=steady", "-o", "jsonpath={.items[*].spec.nodeName}"]);
        expect(new Set(nodes.split(" ").map((node) => node.slice(0, "lab-a".length))).size).toBe(3);
    });

    it("lets an autoscaler raise one pod to its minimum without metrics", async () => {
        await apply(deployment("scaled", undefined));
        await until("deployment/scaled", ".status.readyReplicas", "1");
        await apply({
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata: { name: "scaled", namespace },
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "scaled" },
                minReplicas: 3,
                maxReplicas: 10,
                metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
            },
        });
        await until("deployment/scaled", ".spec.replicas", "3");
    });

    it("binds the volumes of a stateful set to the default class, and removes them with their claims", async () => {
        await apply({
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            metadata: { name: "store", namespace },
            spec: {
                serviceName: "store",
                replicas: 2,
                selector: { matchLabels: labels("store") },
                template: { metadata: { labels: labels("store") }, spec: podSpec },
                volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }],
            },
        });
        await until("statefulset/store", ".status.readyReplicas", "2");
        const volume = await field("pvc/data-store-0", ".spec.volumeName");
        expect(await field("pvc/data-store-0", ".spec.storageClassName")).toBe("lab");
        await kubectl(["-n", namespace, "delete", "statefulset/store"]);
        await kubectl(["-n", namespace, "delete", "pvc", "--all"]);
        await kubectl(["wait", "--for=delete", `pv/${volume}`, "--timeout=30s"]);
    });

    it("completes a Job", async () => {
        await apply({
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name: "once", namespace },
            spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } },
        });
        await until("job/once", ".status.succeeded", "1");
    });

    it("fails a pod that a test marks, so that its Deployment has nothing ready", async () => {
        await apply(deployment("broken", 1, { "pod-container-running-failed.stage.kwok.x-k8s.io": "true" }));
        await waitUntil(
            async () => {
                const phases = await kubectl([
                    "-n",
                    namespace,
                    "get",
                    "pods",
                    "-l",
                    "app.kubernetes.io/name=broken",
                    "-o",
                    "jsonpath={.items[*].status.phase}",
                ]);
                expect(phases).toContain("Failed");
            },
            { what: "a failed pod", withinMs: 60_000 },
        );
        await kubectl(["-n", namespace, "delete", "deployment/broken"]);
    });

    it("serves the custom resources of the Gateway API, prometheus-operator and cert-manager", async () => {
        const kinds = await kubectl(["api-resources", "-o", "name"]);
        for (const name of ["httproutes.gateway.networking.k8s.io", "prometheusrules.monitoring.coreos.com", "certificates.cert-manager.io"]) {
            expect(kinds.split("\n")).toContain(name);
        }
        expect(await kubectl(["-n", "gateway-system", "get", "gateway/public", "-o", "name"])).toContain("public");
        expect(await kubectl(["get", "clusterissuer/lab-issuer", "-o", "name"])).toContain("lab-issuer");
    });

    it("writes each change to the audit log, in order, and no Secret's content", async () => {
        for (const name of ["first", "second"]) {
            await apply({ apiVersion: "v1", kind: "Secret", metadata: { name: `${name}-${namespace}`, namespace }, stringData: { word: `plain-${name}` } });
        }
        const entry = z.object({
            verb: z.string(),
            objectRef: z.object({ resource: z.string(), name: z.string().optional(), namespace: z.string().optional() }).optional(),
        });
        const log = readFileSync(join(layout.logs, "audit.log"), "utf8");
        const names = log
            .trimEnd()
            .split("\n")
            .map((line) => entry.parse(JSON.parse(line)))
            .flatMap(({ verb, objectRef }) =>
                verb === "create" && objectRef?.resource === "secrets" && objectRef.namespace === namespace ? [objectRef.name] : [],
            );
        expect(names).toEqual([`first-${namespace}`, `second-${namespace}`]);
        expect(log).not.toContain("plain-first");
    });

    it("has nothing to do at a second start", async () => {
        const before = await startLab();
        expect((await startLab()).processes).toEqual(before.processes);
    });

    it("is repaired by a start after one process was killed, and leaves the others alone", async () => {
        const before = await startLab();
        process.kill(before.processes.kwok?.pid ?? 0, "SIGKILL");
        await waitUntil(
            async () => {
                expect((await labHealth())?.get("kwok")).toEqual({ kind: "dead" });
            },
            { what: "kwok's death", withinMs: 60_000 },
        );
        const after = await startLab();
        expect(after.processes.kwok).not.toEqual(before.processes.kwok);
        for (const name of servicesOf("simulated").filter((service) => service !== "kwok")) {
            expect(after.processes[name]).toEqual(before.processes[name]);
        }
    });

    it("deletes a namespace with all that is in it", async () => {
        await kubectl(["delete", "namespace", namespace, "--timeout=60s"]);
        expect(await kubectl(["get", "namespace", namespace, "--ignore-not-found"])).toBe("");
    });
});
