import { execa } from "execa";

import { labEnvironment, labLayout, startLab } from "../../lab/api.ts";

/** An image that real nodes have, with a shell, a server and a client in it. */
const image = "registry.example.com/mirror/redis:7.4@sha256:c6c54bbcd898faaca4f0ae1abf4d1de0f5463c4035e66b7659dd706555459348";

/** A namespace of its own on the lab's real nodes, with pods that each run a Redis. */
export class TrialPods {
    readonly namespace: string;
    readonly environment: Readonly<Record<string, string>>;

    private constructor(namespace: string, environment: Readonly<Record<string, string>>) {
        this.namespace = namespace;
        this.environment = environment;
    }

    /** Makes the namespace. @throws Error where this machine has no real nodes. */
    static async create(purpose: string): Promise<TrialPods> {
        const pods = new TrialPods(`${purpose}-${String(process.pid)}`, labEnvironment(labLayout(), await startLab({ nodes: "real" })));
        await pods.kubectl(["create", "namespace", pods.namespace]);
        return pods;
    }

    /** Deletes it with everything in it, and does not wait for that. */
    async remove(): Promise<void> {
        await this.kubectl(["delete", "namespace", this.namespace, "--wait=false"]);
    }

    async kubectl(args: readonly string[], input = ""): Promise<string> {
        return (await execa("kubectl", ["--namespace", this.namespace, ...args], { env: this.environment, extendEnv: false, input })).stdout;
    }

    async apply(...objects: readonly object[]): Promise<void> {
        await this.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    }

    /** Waits until a pod is ready. */
    async ready(name: string): Promise<void> {
        await this.kubectl(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s"]);
    }

    /** What a script prints in a pod. @throws Error where it fails. */
    async run(name: string, script: string): Promise<string> {
        return this.kubectl(["exec", name, "--", "sh", "-c", script]);
    }
}

/** A pod that keeps a Redis on a volume, as the restricted profile wants it. */
export function redisPod(name: string, more: Readonly<Record<string, unknown>> = {}, container: Readonly<Record<string, unknown>> = {}): object {
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
                    image,
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

/** A Service in front of a pod. */
export function serviceOf(name: string): object {
    return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 6379 }] } };
}
