import { execa } from "execa";
import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readLabState, startLab } from "../../lab/api.ts";
import { ensureCommands } from "../../lab/toolchain/index.ts";
import { waitUntil } from "../../lab/wait.ts";
import { TrialPods, redisPod, serviceOf } from "./trial-pods.ts";

let pods: TrialPods;

beforeAll(async () => {
    // Its client talks through the forwarded port.
    await ensureCommands(["redis-server"], () => undefined);
    pods = await TrialPods.create("nodes");
    await pods.apply(
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
        redisPod("server", {
            nodeSelector: { "topology.kubernetes.io/zone": "lab-a" },
            volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
        }),
        redisPod("client", { nodeSelector: { "topology.kubernetes.io/zone": "lab-b" } }),
        serviceOf("server"),
    );
    await Promise.all(["server", "client"].map((name) => pods.ready(name)));
});

afterAll(async () => {
    await pods.remove();
});

describe("real nodes", () => {
    it("are three, in three zones, with containerd", async () => {
        const shown = await pods.kubectl([
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
        await waitUntil(
            async () => {
                expect(await pods.run("client", `redis-cli -h server.${pods.namespace}.svc.cluster.local set key value`)).toBe("OK");
            },
            { what: "the Service's name", withinMs: 30_000 },
        );
        expect(await pods.run("server", "redis-cli get key")).toBe("value");
    });

    it("give a volume to the group of a pod that is not root", async () => {
        expect(await pods.run("server", "touch /data/file && stat -c '%u %g' /data/file")).toBe("10001 10001");
    });

    it("show logs, and let a port be forwarded", async () => {
        expect(await pods.kubectl(["logs", "server"])).toContain("Ready to accept connections");
        const port = String(randomInt(20_000, 30_000));
        const forward = execa("kubectl", ["--namespace", pods.namespace, "port-forward", "pod/server", `${port}:6379`], {
            env: pods.environment,
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
        const shown = await waitUntil(async () => pods.kubectl(["top", "pod", "server", "--no-headers"]), {
            what: "resource metrics",
            withinMs: 90_000,
            everyMs: 1_000,
        });
        expect(shown).toMatch(/^server +\d+m +\d+Mi *$/);
    });

    it("refuse an image that is not there at once", async () => {
        await pods.apply(redisPod("absent", {}, { image: "registry.example.com/nova/absent:1.0.0" }));
        await waitUntil(
            async () => {
                expect(await pods.kubectl(["get", "pod", "absent", "-o", "jsonpath={.status.containerStatuses[0].state.waiting.reason}"])).toMatch(
                    /^(ErrImagePull|ImagePullBackOff)$/,
                );
            },
            { what: "the kubelet's word on the image", withinMs: 20_000 },
        );
        await pods.kubectl(["delete", "pod", "absent"]);
    });

    it("kill a container that takes more memory than it may", async () => {
        const fill = "all=$(head -c 300000000 /dev/zero | tr '\\0' x); sleep 60";
        await pods.apply(redisPod("greedy", { restartPolicy: "Never" }, { command: ["sh", "-c", fill], resources: { limits: { memory: "64Mi" } } }));
        await waitUntil(
            async () => {
                expect(await pods.kubectl(["get", "pod", "greedy", "-o", "jsonpath={.status.containerStatuses[0].state.terminated.reason}"])).toBe("OOMKilled");
            },
            { what: "the end of the greedy container", withinMs: 40_000 },
        );
        await pods.kubectl(["delete", "pod", "greedy"]);
    });

    it("come back by themselves after a crash, with the pods that they had and what these had written", async () => {
        const process_ = readLabState()?.processes["node-a"];
        expect(process_).toBeDefined();
        process.kill(-(process_?.pid ?? 0), "SIGKILL");
        await startLab();
        await waitUntil(async () => pods.run("server", "ls /data/file"), { what: "the pod on the restarted node", withinMs: 120_000, everyMs: 1_000 });
    });
});
