import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import { parse } from "yaml";
import { z } from "zod";

import { labEnvironment, labLayout, readLabState } from "../../../../lab/api.ts";
import { waitUntil } from "../../../../lab/wait.ts";
import { RedisCluster, type RedisClusterArgs } from "../../../../components/redis-cluster.ts";
import { IssuedCertificates } from "../../../lab/issued-certificates.ts";
import { killContainer } from "./faults.ts";
import { buildStack, isRecord, unwrap } from "../../../helpers/mocks.ts";

/** Passwords of the trial's accounts. */
export const passwords = { application: "of-the-application", exporter: "of-the-exporter", replication: "of-replication", sentinel: "of-sentinel" };

/** Name of the cluster, and of its StatefulSet. */
export const clusterName = "redis";

const stackSchema = z.object({
    config: z.object({
        "video-ranking:images": z.object({ redis: z.string(), redisExporter: z.string() }),
        "video-ranking:stores": z.object({ redis: z.object({ tlsIssuer: z.string() }) }),
    }),
});

/** A RedisCluster of the program on the real nodes of the running lab, in a namespace of its own. */
export class TrialCluster {
    readonly namespace: string;
    readonly #environment: Readonly<Record<string, string>>;
    readonly #containerVariables: Readonly<Record<string, string>>;

    private constructor(namespace: string, environment: Readonly<Record<string, string>>, containerVariables: Readonly<Record<string, string>>) {
        this.namespace = namespace;
        this.#environment = environment;
        this.#containerVariables = containerVariables;
    }

    /**
     * Makes it, with TLS, and waits until it is ready.
     *
     * @param containerVariables what server and Sentinel find in their environment besides.
     * @throws where the lab is not up with real nodes.
     */
    static async create(containerVariables: Readonly<Record<string, string>> = {}): Promise<TrialCluster> {
        const state = readLabState();
        if (state?.nodes !== "real") {
            throw new Error("these tests need a lab with real nodes: node lab/index.ts up --nodes real");
        }
        const cluster = new TrialCluster(`redis-${String(process.pid)}`, labEnvironment(labLayout(), state), containerVariables);
        const metadata = { name: cluster.namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } };
        await cluster.#apply([
            { apiVersion: "v1", kind: "Namespace", metadata },
            { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "redis", namespace: cluster.namespace } },
        ]);
        await cluster.declare();
        await cluster.settled();
        return cluster;
    }

    /** Declares the cluster as the program does, with what has changed in its config. */
    async declare(change: Partial<RedisClusterArgs> = {}): Promise<void> {
        await this.#apply(await this.#objects(change));
    }

    /** Restarts all pods in turn, as `kubectl rollout restart` does, and waits for the end. */
    async restart(): Promise<void> {
        await this.kubectl("rollout", "restart", `statefulset/${clusterName}`);
        await this.rolled();
    }

    /** Waits until the pods are those that were declared last. */
    async rolled(): Promise<void> {
        await this.kubectl("rollout", "status", `statefulset/${clusterName}`, "--timeout=150s");
    }

    /** Waits until all pods are ready, each Sentinel names the same primary, and that one has both replicas. */
    async settled(): Promise<void> {
        await this.rolled();
        await waitUntil(
            async () => {
                const primaries = await Promise.all(this.pods.map((pod) => this.#namedBy(pod)));
                const [primary] = primaries;
                if (primary === undefined || new Set(primaries).size > 1) {
                    throw new Error(`the Sentinels name ${primaries.join(", ")}`);
                }
                const { stdout } = await this.redis(primary, "exporter", "info", "replication");
                if (!stdout.includes("role:master") || (stdout.match(/state=online/g) ?? []).length !== 2) {
                    throw new Error(`${primary} has not both replicas:\n${stdout}`);
                }
            },
            { what: "one primary with two replicas", withinMs: 90_000, everyMs: 500 },
        );
    }

    /** Names of the pods. */
    get pods(): readonly string[] {
        return [0, 1, 2].map((ordinal) => `${clusterName}-${String(ordinal)}`);
    }

    /** The pod that the Sentinels call the primary. */
    async primary(): Promise<string> {
        return this.#namedBy(`${clusterName}-0`);
    }

    async nodeOf(pod: string): Promise<string> {
        const { stdout } = await this.kubectl("get", "pod", pod, "-o", "jsonpath={.spec.nodeName}");
        return stdout;
    }

    /** Evicts all pods of a node as an administrator does, one after the other as the disruption budget allows. Volumes keep the pods from starting elsewhere. */
    async drain(node: string): Promise<void> {
        await this.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=120s");
    }

    /** Moves what answers for names away from a node, so that its end is the end of Redis' primary and of nothing else that clients need. */
    async moveNamesFrom(node: string): Promise<void> {
        const names = ["-n", "kube-system"];
        await this.kubectl("cordon", node);
        await this.kubectl(...names, "delete", "pod", "-l", "k8s-app=kube-dns", "--field-selector", `spec.nodeName=${node}`);
        await this.kubectl(...names, "rollout", "status", "deployment/coredns", "--timeout=60s");
        await this.kubectl("uncordon", node);
    }

    /** The authority that signed the cluster's certificate, as PEM. */
    async authority(): Promise<string> {
        const { stdout } = await this.kubectl("get", "secret", `${clusterName}-tls`, "-o", "jsonpath={.data.ca\\.crt}");
        return Buffer.from(stdout, "base64").toString();
    }

    /** How often a container of each pod was started again. */
    async restarts(container: "redis" | "sentinel"): Promise<readonly number[]> {
        const path = `{range .items[*]}{.status.containerStatuses[?(@.name=="${container}")].restartCount} {end}`;
        const { stdout } = await this.kubectl("get", "pods", "-l", "app.kubernetes.io/component=redis", "-o", `jsonpath=${path}`);
        return stdout.trim().split(" ").map(Number);
    }

    /** Has cert-manager issue the certificate anew. */
    async renewCertificate(): Promise<void> {
        const config = new KubeConfig();
        config.loadFromFile(labLayout().kubeconfig);
        await new IssuedCertificates(config, this.namespace).renew(`${clusterName}-tls`);
    }

    /** Kills the server of a pod where it stands, as the kernel does when memory is short. */
    async killServer(pod: string): Promise<void> {
        const { stdout } = await this.kubectl("get", "pod", pod, "-o", 'jsonpath={.status.containerStatuses[?(@.name=="redis")].containerID}');
        await killContainer(stdout.replace("containerd://", ""));
    }

    /** Runs a Redis command in a pod, on its server. */
    async redis(pod: string, account: "exporter" | "sentinel", ...command: readonly string[]) {
        const login = `REDISCLI_AUTH="$(cat /credentials/${account})" redis-cli --no-auth-warning --user ${account} --tls --cacert /tls/ca.crt`;
        return this.kubectl("exec", pod, "-c", "redis", "--", "sh", "-c", `${login} ${command.join(" ")}`);
    }

    async kubectl(...args: readonly string[]) {
        return execa("kubectl", ["-n", this.namespace, ...args], { env: this.#environment, extendEnv: false });
    }

    async remove(): Promise<void> {
        await this.kubectl("delete", "namespace", this.namespace, "--wait=false");
    }

    async #namedBy(pod: string): Promise<string> {
        const { stdout } = await this.redis(pod, "sentinel", "-p", "26379", "sentinel", "get-master-addr-by-name", clusterName);
        return stdout.split(".")[0] ?? "";
    }

    async #apply(objects: readonly unknown[]): Promise<void> {
        const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
        await execa("kubectl", ["apply", "--server-side", "--force-conflicts", "-f", "-"], { env: this.#environment, extendEnv: false, input });
    }

    /** The objects that the component registers. What has no name gets one of its content, as a new name makes Pulumi replace what can't be changed. */
    async #objects(change: Partial<RedisClusterArgs>): Promise<readonly unknown[]> {
        const { config } = stackSchema.parse(parse(await readFile(join(labLayout().checkout, "Pulumi.lab.yaml"), "utf8")));
        const { redis, redisExporter } = config["video-ranking:images"];
        const args: RedisClusterArgs = {
            namespace: this.namespace,
            service: "trial",
            serviceAccountName: "redis",
            images: { redis, exporter: redisExporter },
            passwords,
            awaitTimeoutSeconds: 60,
            protect: false,
            maxMemoryMi: 64,
            volumeSize: "256Mi",
            certificate: { issuer: { kind: "ClusterIssuer", name: config["video-ranking:stores"].redis.tlsIssuer } },
            ...change,
        };
        const { resources } = await buildStack(() => new RedisCluster(clusterName, args), {
            outputs: ({ name, inputs }) => ({ metadata: { name: nameOf(name, unwrap(inputs)) } }),
        });
        return resources
            .filter(({ custom, type }) => custom && type.startsWith("kubernetes:"))
            .map(({ name, inputs }) => {
                const object = this.#withVariables(unwrap(inputs));
                const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
                return { ...(isRecord(object) ? object : {}), metadata: { ...metadata, name: nameOf(name, object) } };
            });
    }

    #withVariables(object: unknown): unknown {
        const added = Object.entries(this.#containerVariables).map(([name, value]) => ({ name, value }));
        const parsed = z
            .looseObject({ spec: z.looseObject({ template: z.looseObject({ spec: z.looseObject({ containers: z.array(containerSchema) }) }) }) })
            .safeParse(object);
        if (!parsed.success || added.length === 0) {
            return object;
        }
        parsed.data.spec.template.spec.containers.forEach((container) => container.env.push(...added));
        return parsed.data;
    }
}

const containerSchema = z.looseObject({ env: z.array(z.looseObject({})) });

function nameOf(resource: string, object: unknown): string {
    const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
    return typeof metadata.name === "string" ? metadata.name : `${resource}-${createHash("sha256").update(JSON.stringify(object)).digest("hex").slice(0, 8)}`;
}
