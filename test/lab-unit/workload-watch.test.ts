import { once } from "node:events";
import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { waitUntil } from "../../lab/wait.ts";
import { ClusterWatch } from "../../lab/workload/cluster-watch.ts";
import { type PodFacts } from "../../lab/workload/pod-facts.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** As much of an API server as a watch needs: lists pods, streams changes, and has ConfigMaps. */
class FakeApiServer {
    readonly pods = new Map<string, object>();
    readonly configMaps = new Map<string, object>();
    lists = 0;
    #version = 1;
    #oldestVersion = 0;
    #watchers: ServerResponse[] = [];
    #server: Server | undefined;
    #port = 0;

    async start(): Promise<string> {
        this.#server = createServer((request, response) => {
            const url = new URL(request.url ?? "", "http://api");
            response.setHeader("content-type", "application/json");
            if (url.pathname !== "/api/v1/pods") {
                const found = this.configMaps.get(url.pathname);
                response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? { kind: "Status", apiVersion: "v1", code: 404 }));
            } else if (url.searchParams.get("watch") === "true") {
                response.writeHead(200).flushHeaders();
                if (Number(url.searchParams.get("resourceVersion")) < this.#oldestVersion) {
                    response.end(`${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410 } })}\n`);
                } else {
                    this.#watchers.push(response);
                }
            } else {
                this.lists += 1;
                response.end(
                    JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: String(this.#version) }, items: [...this.pods.values()] }),
                );
            }
        }).listen(this.#port, "127.0.0.1");
        await once(this.#server, "listening");
        this.#port = (this.#server.address() as AddressInfo).port;
        return `http://127.0.0.1:${String(this.#port)}`;
    }

    get watched(): boolean {
        return this.#watchers.some((watcher) => !watcher.destroyed);
    }

    put(name: string): void {
        this.#version += 1;
        const pod = {
            kind: "Pod",
            apiVersion: "v1",
            metadata: { name, namespace: "nova", uid: name, resourceVersion: String(this.#version), labels: { [labelKeys.revision]: "v1" } },
        };
        this.pods.set(name, pod);
        for (const watcher of this.#watchers) {
            watcher.write(`${JSON.stringify({ type: "ADDED", object: pod })}\n`);
        }
    }

    /** Forgets a pod, and all versions until now, as the server does with old ones. */
    forget(name: string): void {
        this.pods.delete(name);
        this.#version += 1;
        this.#oldestVersion = this.#version;
    }

    /** Breaks all watches, as a restart or a time limit of the server does. */
    breakWatches(): void {
        for (const watcher of this.#watchers) {
            watcher.destroy();
        }
        this.#watchers = [];
    }

    async stop(): Promise<void> {
        this.#server?.closeAllConnections();
        await new Promise((resolve) => this.#server?.close(resolve));
        this.#watchers = [];
    }
}

describe("the watch on pods", () => {
    let server: FakeApiServer;
    let watch: ClusterWatch;
    let seen: string[] = [];
    let gone: string[] = [];

    beforeEach(async () => {
        server = new FakeApiServer();
        seen = [];
        gone = [];
        const config = new KubeConfig();
        config.loadFromClusterAndUser({ name: "fake", server: await server.start(), skipTLSVerify: true }, { name: "fake" });
        watch = new ClusterWatch(config, {
            onSeen: (pod) => seen.push(pod.metadata?.name ?? ""),
            onGone: (pod) => gone.push(pod.metadata?.name ?? ""),
        });
    });
    afterEach(async () => {
        await watch.stop();
        await server.stop();
    });

    const until = (what: string, matches: () => boolean) =>
        waitUntil(
            async () => {
                if (!matches()) {
                    throw new Error(`seen: ${seen.join(" ")}; gone: ${gone.join(" ")}`);
                }
            },
            { what, withinMs: 50_000, everyMs: 20 },
        );
    const watched = () => until("a watch", () => server.watched);

    it("tells of pods that were there before, and of those that come", async () => {
        server.put("old");
        await watch.start();
        await watched();
        server.put("new");
        await until("both pods", () => seen.includes("old") && seen.includes("new"));
        expect(watch.listed).toBe(true);
    });

    it("goes on after the server broke it", async () => {
        await watch.start();
        await watched();
        server.breakWatches();
        await watched();
        server.put("later");
        await until("a pod after the break", () => seen.includes("later"));
    });

    it("keeps what it knows while the server is away, and sees afterwards what changed", async () => {
        server.put("stays");
        server.put("goes");
        await watch.start();
        await watched();
        await server.stop();
        expect(watch.pod("nova", "goes")).toBeDefined();

        server.forget("goes");
        await server.start();
        await until("the pod that went", () => gone.includes("goes"));
        expect(gone).toEqual(["goes"]);
        expect(watch.pod("nova", "stays")).toBeDefined();
    });

    it("starts when the server comes after it", async () => {
        await server.stop();
        await watch.start();
        expect(watch.listed).toBe(false);
        server.pods.clear();
        await server.start();
        server.put("first");
        await until("the first pod", () => seen.includes("first"));
    });

    const facts: PodFacts = {
        uid: "pod",
        namespace: "nova",
        name: "pod",
        service: "ranking",
        revision: "v1",
        version: "v1",
        address: "10.244.1.7",
        configMapName: "settings",
        memoryLimitBytes: 1,
        drainMs: 0,
        startedAtMs: 0,
        restarts: 0,
        deletion: "none",
    };

    it("reads a pod's settings as soon as its ConfigMap is there", async () => {
        server.put("pod");
        await watch.start();
        const settings = watch.settingsOf(facts);
        server.configMaps.set("/api/v1/namespaces/nova/configmaps/settings", { kind: "ConfigMap", apiVersion: "v1", data: { FAULT_PROFILE: "slow" } });
        expect(await settings).toMatchObject({ profile: "slow" });
    });

    it("gives up on the settings of a pod that is gone", async () => {
        await watch.start();
        expect(await watch.settingsOf(facts)).toBeUndefined();
    });

    it("takes a pod without a ConfigMap for one without faults", async () => {
        expect(await watch.settingsOf({ ...facts, configMapName: undefined })).toMatchObject({ profile: "healthy" });
    });
});
