import { execa } from "execa";
import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labEnvironment, labLayout, readLabState, startLab } from "../../lab/api.ts";
import { waitUntil } from "../../lab/wait.ts";

const layout = labLayout();
const namespace = `nodes-${String(process.pid)}`;
const redis = "registry.example.com/mirror/redis:7.4@sha256:c6c54bbcd898faaca4f0ae1abf4d1de0f5463c4035e66b7659dd706555459348";
let environment: Readonly<Record<string, string>> = {};

async function kubectl(args: readonly string[], input = ""): Promise<string> {
    return (await execa("kubectl", ["--namespace", namespace, ...args], { env: environment, extendEnv: false, input })).stdout;
}

async function apply(...objects: readonly object[]): Promise<void> {
    await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
}

/** A pod that keeps a Redis on a volume of its own, as the restricted profile wants it. */
function pod(name: string, more: Readonly<Record<string, unknown>> = {}, container: Readonly<Record<string, unknown>> = {}): object {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, labels: { app: name } },
        spec: {
            terminationGracePeriodSeconds: 1,
            securityContext: { runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, fsGroup: 10_001, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
                {
                    name: "main",
                    image: redis,
                    command: ["redis-server", "--dir", "/data", "--protected-mode", "no", "--save", ""],
                    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
                    volumeMounts: [{ name: "data", mountPath: "/data" }],
                    ...container,
                },
            ],
            volumes: [{ name: "data", emptyDir: {} }],
            ...more,
        },
    };
}

async function ready(name: string): Promise<void> {
    await kubectl(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s"]);
}

async function inPod(name: string, script: string): Promise<string> {
    return kubectl(["exec", name, "--", "sh", "-c", script]);
}

beforeAll(async () => {
    environment = labEnvironment(layout, await startLab({ nodes: "real" }));
    await kubectl(["create", "namespace", namespace]);
    await apply(
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
        pod("server", { nodeSelector: { "topology.kubernetes.io/zone": "lab-a" }, volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] }),
        pod("client", { nodeSelector: { "topology.kubernetes.io/zone": "lab-b" } }),
        { apiVersion: "v1", kind: "Service", metadata: { name: "server" }, spec: { selector: { app: "server" }, ports: [{ port: 6379 }] } },
    );
    await Promise.all(["server", "client"].map(ready));
});

afterAll(async () => {
    await kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

describe("real nodes", () => {
    it("are three, in three zones, with containerd", async () => {
        const shown = await kubectl([
            "get",
            "nodes",
            "-o",
            "jsonpath={range .items[*]}{.metadata.labels.topology\\.kubernetes\\.io/zone} {.status.nodeInfo.containerRuntimeVersion}\n{end}",
        ]);
        expect(
            shown
                .trim()
                .split("\n")
                .map((line) => line.replace(/:.*/, "")),
        ).toEqual(["lab-a containerd", "lab-b containerd", "lab-c containerd"]);
    });

    it("look names up and reach a Service over nodes", async () => {
        expect(await inPod("client", `redis-cli -h server.${namespace}.svc.cluster.local set key value`)).toBe("OK");
        expect(await inPod("server", "redis-cli get key")).toBe("value");
    });

    it("give a volume to the group of a pod that is not root", async () => {
        expect(await inPod("server", "touch /data/file && stat -c '%u %g' /data/file")).toBe("10001 10001");
    });

    it("show logs, and let a port be forwarded", async () => {
        expect(await kubectl(["logs", "server"])).toContain("Ready to accept connections");
        const port = String(randomInt(20_000, 30_000));
        const forward = execa("kubectl", ["--namespace", namespace, "port-forward", "pod/server", `${port}:6379`], {
            env: environment,
            extendEnv: false,
            reject: false,
        });
        try {
            await waitUntil(async () => execa("redis-cli", ["-p", port, "ping"]), { what: "the forwarded port", withinMs: 20_000 });
        } finally {
            forward.kill();
        }
    });

    it("show what pods use, from the kubelets", async () => {
        const shown = await waitUntil(async () => kubectl(["top", "pod", "server", "--no-headers"]), {
            what: "resource metrics",
            withinMs: 90_000,
            everyMs: 1_000,
        });
        expect(shown).toMatch(/^server +\d+m +\d+Mi *$/);
    });

    it("refuse an image that is not there at once", async () => {
        await apply(pod("absent", {}, { image: "registry.example.com/nova/absent:1.0.0" }));
        await waitUntil(
            async () => {
                expect(await kubectl(["get", "pod", "absent", "-o", "jsonpath={.status.containerStatuses[0].state.waiting.reason}"])).toMatch(
                    /^(ErrImagePull|ImagePullBackOff)$/,
                );
            },
            { what: "the kubelet's word on the image", withinMs: 20_000 },
        );
        await kubectl(["delete", "pod", "absent"]);
    });

    it("kill a container that takes more memory than it may", async () => {
        const fill = "all=$(head -c 300000000 /dev/zero | tr '\\0' x); sleep 60";
        await apply(pod("greedy", { restartPolicy: "Never" }, { command: ["sh", "-c", fill], resources: { limits: { memory: "64Mi" } } }));
        await waitUntil(
            async () => {
                expect(await kubectl(["get", "pod", "greedy", "-o", "jsonpath={.status.containerStatuses[0].state.terminated.reason}"])).toBe("OOMKilled");
            },
            { what: "the end of the greedy container", withinMs: 40_000 },
        );
        await kubectl(["delete", "pod", "greedy"]);
    });

    it("enforce network policies where they were asked to", async () => {
        if (readLabState(layout)?.enforcesPolicies !== true) {
            throw new Error("this lab does not enforce network policies: start it with 'node lab/index.ts up --enforce-policies'");
        }
        await apply({
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: "closed" },
            spec: { podSelector: { matchLabels: { app: "server" } }, policyTypes: ["Ingress"] },
        });
        await waitUntil(
            async () => {
                await expect(inPod("client", "timeout 2 redis-cli -h server ping")).rejects.toThrow();
            },
            { what: "the closed door", withinMs: 60_000 },
        );
        await kubectl(["delete", "networkpolicy", "closed"]);
        await waitUntil(async () => inPod("client", "timeout 2 redis-cli -h server ping | grep PONG"), { what: "the open door", withinMs: 60_000 });
    });

    it("come back by themselves after a crash, with the pods that they had and what these had written", async () => {
        const process_ = readLabState(layout)?.processes["node-a"];
        expect(process_).toBeDefined();
        process.kill(-(process_?.pid ?? 0), "SIGKILL");
        await startLab();
        await waitUntil(async () => inPod("server", "ls /data/file"), { what: "the pod on the restarted node", withinMs: 120_000, everyMs: 1_000 });
    });
});
