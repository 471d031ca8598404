import * as kubernetes from "@kubernetes/client-node";
import { Admin } from "@platformatic/kafka";
import { execa } from "execa";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

import type { RolloutTarget } from "../../rollout/cli/target.ts";
import { contourClusterName } from "../../rollout/settings/gateway-statistics.ts";
import { type LabState, kubeContext, labEnvironment, labLayout, labVariables, readLabState } from "../../lab/api.ts";
import { LiveService } from "../../lab/trial/live.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type RolloutRecord, encodeRecord } from "../../rollout/route/record.ts";
import type { RevisionReference } from "../../rollout/route/revision.ts";
import { type RouteDesign, routeSpec } from "../../rollout/route/route-spec.ts";
import { profile } from "../../service/profile.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** Pods of each of the two revisions: the same for each watcher. */
export const podsEach = 4;

/** Requests of users a second, over both revisions. */
export const requestsPerSecond = 100;

/**
 * A service of its own in the lab with the least that a rollout needs: namespace, topic, a Deployment and a Service for each revision, and one route.
 *
 * No engine made it. So a run takes seconds, and Flagger beside it finds the same workload.
 */
export class Release {
    readonly live: LiveService;
    readonly environment: Readonly<Record<string, string>>;
    readonly state: LabState;

    private constructor(service: string, state: LabState) {
        this.state = state;
        this.environment = labEnvironment(labLayout(), state);
        this.live = new LiveService(labLayout().kubeconfig, `nova-${service}`, service);
    }

    /** Makes the namespace and the topic. @throws where the lab is not up. */
    static async create(service: string): Promise<Release> {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        const release = new Release(service, state);
        // An interrupted run leaves its own.
        await release.#kubectl(["delete", "namespace", "--ignore-not-found", release.live.namespace]);
        await release.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: release.live.namespace } });
        await release.#topics(async (admin) => {
            if (!(await admin.listTopics()).includes(release.#topic)) {
                await admin.createTopics({ topics: [{ topic: release.#topic, partitions: 1, replicas: 1 }] });
            }
        });
        return release;
    }

    /** Host name that users call. */
    get hostname(): string {
        return `${this.live.service}.lab.example.com`;
    }

    get #topic(): string {
        return `${this.live.service}.engagement-events`;
    }

    /** Starts the pods of revisions, and waits until all are ready. */
    async deploy(...revisions: readonly string[]): Promise<void> {
        await this.apply(...revisions.flatMap((revision) => [deployment(this.live.service, revision), serviceOf(this.live.service, revision)]));
        await waitUntil(
            async () => {
                const ready = await this.live.readyPods();
                const short = revisions.filter((revision) => (ready[revision] ?? 0) < podsEach);
                if (short.length > 0) {
                    throw new Error(short.join(", "));
                }
            },
            { what: `pods of ${this.live.service}`, withinMs: 60_000 },
        );
    }

    /** Ends the pods of a revision, and forgets it. */
    async withdraw(revision: string): Promise<void> {
        const name = `${this.live.service}-${revision}`;
        await this.#kubectl(["-n", this.live.namespace, "delete", "--ignore-not-found", "--wait=false", `deployment/${name}`, `service/${name}`]);
    }

    /** Writes the route as the program writes it for `record`. */
    async route(record: RolloutRecord): Promise<void> {
        await this.apply(route(this.target(15), record));
    }

    /** Waits until a user's request is answered by a revision: the route is at the gateway then. */
    async served(): Promise<void> {
        const gateway = this.variable("NOVA_LAB_GATEWAY_URL");
        await waitUntil(
            async () => {
                await execa("curl", ["--fail", "--silent", "--max-time", "2", "--header", `Host: ${this.hostname}`, `${gateway}/api/v1/trending`]);
            },
            { what: `the route of ${this.live.service}`, withinMs: 30_000 },
        );
    }

    /** What a watcher must know of it, at the plan's own times. */
    target(scrapeIntervalSeconds: number): RolloutTarget {
        return {
            profile,
            environment: "lab",
            namespace: this.live.namespace,
            service: this.live.service,
            hostname: this.hostname,
            // The benchmark has no testers.
            gateway: { name: "public", namespace: "gateway-system", retry: false, testers: { kind: "none", reason: "the benchmark has users alone" } },
            kubeContext,
            metrics: {
                prometheusUrl: this.variable("NOVA_LAB_PROMETHEUS_URL"),
                gatewayUrl: this.variable("NOVA_LAB_GATEWAY_URL"),
                gateway: { kind: "envoy", clusterName: contourClusterName },
                gatewayStatsUrl: this.variable("NOVA_LAB_GATEWAY_STATS_URL"),
                podProxyUrl: this.variable("NOVA_LAB_POD_PROXY"),
                scrapeIntervalSeconds,
            },
            gates: { kind: "full" },
            timeScale: 1,
            approvals: { roles: {}, requireVerifiedIdentity: false, identities: {} },
        };
    }

    /** Writes the target where a watcher's process reads it. */
    targetFile(folder: string, scrapeIntervalSeconds: number): string {
        const file = join(folder, `${this.live.service}.json`);
        writeFileSync(file, JSON.stringify(this.target(scrapeIntervalSeconds)));
        return file;
    }

    /** A variable of the lab's environment. @throws where it is none. */
    variable(name: string): string {
        const value = labVariables(labLayout(), this.state)[name];
        if (value === undefined) {
            throw new Error(`the lab has no ${name}`);
        }
        return value;
    }

    /** Applies objects on the server's side: in the release's namespace, where they name none. */
    async apply(...objects: readonly object[]): Promise<void> {
        const namespaced = objects.some((object) => "kind" in object && object.kind === "Namespace") ? [] : ["-n", this.live.namespace];
        await this.#apply(objects.map((object) => stringify(object)).join("---\n"), namespaced);
    }

    /** Adds definitions of resources, as YAML, and waits until the API server serves them. */
    async define(text: string): Promise<void> {
        await this.#apply(text, []);
        await this.#kubectl(["wait", "--for=condition=Established", "--timeout=60s", "-f", "-"], text);
    }

    /** Takes definitions away, with everything that is of them. */
    async undefine(text: string): Promise<void> {
        await this.#kubectl(["delete", "--ignore-not-found", "--timeout=60s", "-f", "-"], text);
    }

    /** Deletes everything. */
    async remove(): Promise<void> {
        await this.live.client(kubernetes.CoreV1Api).deleteNamespace({ name: this.live.namespace });
        await this.#topics(async (admin) => {
            await admin.deleteTopics({ topics: [this.#topic] });
        });
    }

    async #topics(work: (admin: Admin) => Promise<void>): Promise<void> {
        const admin = new Admin({ clientId: "nova-bench", bootstrapBrokers: [this.variable("NOVA_LAB_KAFKA_BOOTSTRAP")] });
        try {
            await work(admin);
        } finally {
            await admin.close();
        }
    }

    async #apply(text: string, options: readonly string[]): Promise<void> {
        await this.#kubectl([...options, "apply", "--server-side", "--force-conflicts", "--field-manager=bench", "-f", "-"], text);
    }

    async #kubectl(args: readonly string[], input = ""): Promise<void> {
        await execa("kubectl", args, { env: this.environment, extendEnv: false, input });
    }
}

/** A reference to a revision of a benchmark: no code compares its content. */
export function reference(name: string): RevisionReference {
    return { name, digest: `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64)}` };
}

/**
 * The pods of a revision, as the lab's simulator and Prometheus look for them.
 *
 * They have no drain: this Flagger's client library knows no `preStop.sleep`, and would make its copy without it.
 */
export function deployment(service: string, revision: string, name = `${service}-${revision}`): object {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, labels: { app: name } },
        spec: {
            replicas: podsEach,
            // The label 'app' is Flagger's: it makes another one of it for its copy of the Deployment.
            selector: { matchLabels: { app: name } },
            template: {
                metadata: { labels: { app: name, "app.kubernetes.io/name": service, [labelKeys.revision]: revision } },
                spec: {
                    containers: [
                        {
                            name: "api",
                            image: "registry.example.com/nova/video-ranking:1.0.0",
                            ports: [
                                { name: "http", containerPort: 8080 },
                                { name: "metrics", containerPort: 9090 },
                            ],
                            resources: { requests: { cpu: "10m", memory: "300Mi" }, limits: { memory: "400Mi" } },
                            readinessProbe: { httpGet: { path: "/health/ready", port: "http" } },
                        },
                    ],
                },
            },
        },
    };
}

function serviceOf(service: string, revision: string): object {
    const name = `${service}-${revision}`;
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    };
}

function route(design: RouteDesign, record: RolloutRecord): object {
    return {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: design.service, annotations: encodeRecord(record, labelKeys) },
        spec: routeSpec(record, design),
    };
}
