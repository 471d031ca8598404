import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { Revision, type RevisionArgs } from "../../../rollout/pulumi/revision.ts";
import { type RegisteredStack, buildStack, isRecord, isSecretAt, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "../../helpers/mocks.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const args: RevisionArgs = {
    namespace: "prod",
    service: "api",
    keys: labelKeys,
    revision: { name: "v2", image: "registry.example.com/api@sha256:bb", config: { LOG_LEVEL: "info", CACHE_TTL_SECONDS: "60" } },
    serviceAccountName: "api",
    secretFiles: { "postgres-password": "correct-horse" },
    awaitTimeoutSeconds: 90,
};

async function build(extra: Partial<RevisionArgs> = {}): Promise<RegisteredStack<Revision>> {
    return buildStack(() => new Revision("delivery-v2", { ...args, ...extra }));
}

const deployment = "delivery-v2-deployment";
const service = "delivery-v2-service";
const budget = "delivery-v2-disruption-budget";
const settings = "delivery-v2-config-settings";
const connections = "delivery-v2-config-connections";
const selector = { "app.kubernetes.io/name": "api", "app.kubernetes.io/component": "api", [labelKeys.revision]: "v2" };

describe("a revision", () => {
    it("is a Deployment, a Service, a disruption budget, and files of its own", async () => {
        const stack = await build();
        expect(stack.resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
            "kubernetes:apps/v1:Deployment delivery-v2-deployment",
            "kubernetes:core/v1:ConfigMap delivery-v2-config-settings",
            "kubernetes:core/v1:Secret delivery-v2-config-connections",
            "kubernetes:core/v1:Service delivery-v2-service",
            "kubernetes:core/v1:Service delivery-v2-testers-service",
            "kubernetes:policy/v1:PodDisruptionBudget delivery-v2-disruption-budget",
            "progressive-rollout:config:ApplicationConfig delivery-v2-config",
            "progressive-rollout:workload:Revision delivery-v2",
        ]);
        expect(misnamedChildren(stack)).toEqual([]);
    });

    it("has a Service for testers beside the one for users: the same pods, under a name that the gateway counts apart", async () => {
        const stack = await build();
        const [users, testers] = [stack.named(service), stack.named("delivery-v2-testers-service")];
        expect(valueAt(testers.inputs, "metadata.name")).toBe("api-v2-testers");
        expect(valueAt(testers.inputs, "spec.selector")).toEqual(valueAt(users.inputs, "spec.selector"));
        expect(valueAt(testers.inputs, "spec.ports")).toEqual([{ name: "http", port: 80, targetPort: "http" }]);
    });

    it("carries its name on every object, and tells the names of Service and Deployment", async () => {
        const stack = await build();
        for (const name of [deployment, service, budget]) {
            expect(valueAt(stack.named(name).inputs, "metadata.name")).toBe("api-v2");
        }
        expect(await promiseOf(stack.result.serviceName)).toBe("api-v2");
        expect(await promiseOf(stack.result.deploymentName)).toBe("api-v2");
        expect(stack.named("delivery-v2").outputs).toEqual({ serviceName: "api-v2", deploymentName: "api-v2" });
    });

    it("leaves the number of pods to its autoscaler", async () => {
        const spec = valueAt((await build()).named(deployment).inputs, "spec");
        expect(spec).not.toHaveProperty("replicas");
    });

    it("selects its pods by labels that never change", async () => {
        const [one, other] = [await build(), await build({ revision: { ...args.revision, image: "registry.example.com/api@sha256:cc", config: {} } })];
        for (const stack of [one, other]) {
            expect(valueAt(stack.named(deployment).inputs, "spec.selector.matchLabels")).toEqual(selector);
            expect(valueAt(stack.named(service).inputs, "spec.selector")).toEqual(selector);
            expect(valueAt(stack.named(budget).inputs, "spec.selector.matchLabels")).toEqual(selector);
            expect(valueAt(stack.named(deployment).inputs, "spec.template.metadata.labels")).toMatchObject(selector);
        }
    });

    it("never shrinks below its pods while they are replaced or drained", async () => {
        const stack = await build();
        expect(valueAt(stack.named(deployment).inputs, "spec.strategy.rollingUpdate")).toEqual({ maxUnavailable: 0, maxSurge: 1 });
        expect(valueAt(stack.named(budget).inputs, "spec.maxUnavailable")).toBe(1);
    });

    it("gives up waiting for its pods when it was told to, and Kubernetes with it", async () => {
        const { customTimeouts, inputs } = (await build()).named(deployment);
        expect(customTimeouts).toEqual({ create: "90s", update: "90s" });
        expect(valueAt(inputs, "spec.progressDeadlineSeconds")).toBe(90);
    });

    it("does not wait at its Service: the guard reads its endpoints before any weight moves", async () => {
        expect(valueAt((await build()).named(service).inputs, "metadata.annotations[pulumi.com/skipAwait]")).toBe("true");
    });
});

describe("the files of a revision", () => {
    it("are immutable and have no fixed name, so that a pod that restarts in a rollout finds its own", async () => {
        const stack = await build();
        for (const name of [settings, connections]) {
            expect(valueAt(stack.named(name).inputs, "immutable")).toBe(true);
            expect(valueAt(stack.named(name).inputs, "metadata.name")).toBeUndefined();
        }
    });

    it("are mounted read-only under the names that the engine gave them", async () => {
        const { inputs } = (await build()).named(deployment);
        expect(valueAt(inputs, "spec.template.spec.volumes")).toEqual([
            { name: "settings", configMap: { name: `${settings}-xxxx`, defaultMode: 0o440 } },
            { name: "secrets", secret: { secretName: `${connections}-xxxx`, defaultMode: 0o440 } },
            { name: "scratch", emptyDir: { sizeLimit: "64Mi" } },
        ]);
        const mounts = valueAt(inputs, "spec.template.spec.containers.0.volumeMounts");
        expect(mounts).toEqual([
            { name: "settings", mountPath: "/etc/service/settings", readOnly: true },
            { name: "secrets", mountPath: "/etc/service/secrets", readOnly: true },
            { name: "scratch", mountPath: "/tmp" },
        ]);
    });

    it("come with the certificates of the stores' authorities, where there are any, and with no private key", async () => {
        const { inputs } = (await build({ authorities: { "redis.crt": "redis-tls", "clickhouse.crt": "clickhouse-tls" } })).named(deployment);
        expect(valueAt(inputs, "spec.template.spec.volumes.3")).toEqual({
            name: "authorities",
            projected: {
                defaultMode: 0o440,
                sources: [
                    { secret: { name: "redis-tls", items: [{ key: "ca.crt", path: "redis.crt" }] } },
                    { secret: { name: "clickhouse-tls", items: [{ key: "ca.crt", path: "clickhouse.crt" }] } },
                ],
            },
        });
        expect(valueAt(inputs, "spec.template.spec.containers.0.volumeMounts.3")).toEqual({
            name: "authorities",
            mountPath: "/etc/service/authorities",
            readOnly: true,
        });
    });

    it("keep credentials secret, in the component's own inputs too, and out of the environment", async () => {
        const stack = await build();
        expect(isSecretAt(stack.named(connections).inputs, "stringData.postgres-password")).toBe(true);
        expect(isSecretAt(stack.named("delivery-v2").inputs, "secretFiles.postgres-password")).toBe(true);
        expect(JSON.stringify(stack.resources.map(({ inputs }) => withoutSecrets(inputs)))).not.toContain("correct-horse");
        const container = valueAt(stack.named(deployment).inputs, "spec.template.spec.containers.0");
        // Its environment says who a process is, by the pod's own fields.
        expect(container).toHaveProperty("env", [
            { name: "SERVICE_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app.kubernetes.io/name']" } } },
            { name: "REVISION_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app.kubernetes.io/version']" } } },
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ]);
        expect(container).not.toHaveProperty("envFrom");
    });

    it("keep credentials secret when they are outputs", async () => {
        const stack = await build({ secretFiles: { "postgres-password": pulumi.output("correct-horse") } });
        expect(JSON.stringify(stack.resources.map(({ inputs }) => withoutSecrets(inputs)))).not.toContain("correct-horse");
    });
});

describe("the pod of a revision", () => {
    const pod = async (path: string) => valueAt((await build()).named(deployment).inputs, `spec.template.spec.${path}`);

    it("is restricted, and has no token of the API server", async () => {
        expect(await pod("automountServiceAccountToken")).toBe(false);
        expect(await pod("securityContext")).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
        expect(await pod("containers.0.securityContext")).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        });
    });

    it("says when it has started, when it is ready and when it is alive, each in its own way", async () => {
        const container = await pod("containers.0");
        const paths = ["startupProbe", "readinessProbe", "livenessProbe"].map((probe) => valueAt(container, `${probe}.httpGet.path`));
        expect(paths).not.toContain(undefined);
        expect(new Set(paths).size).toBe(3);
    });

    it("drains before it ends, and has time for its longest request after that", async () => {
        const drain = await pod("containers.0.lifecycle.preStop.sleep.seconds");
        const grace = await pod("terminationGracePeriodSeconds");
        expect(Number(grace)).toBeGreaterThan(Number(drain));
        expect(Number(drain)).toBeGreaterThan(0);
    });

    it("asks for the memory that the checklist allows, and is killed only above it", async () => {
        expect(await pod("containers.0.resources")).toMatchObject({ requests: { memory: "300Mi" }, limits: { memory: "400Mi" } });
    });

    it("is spread over zones and nodes, counting only pods of its revision", async () => {
        const constraints = await pod("topologySpreadConstraints");
        const found = (Array.isArray(constraints) ? constraints : []).map((constraint: unknown) => (isRecord(constraint) ? constraint.topologyKey : undefined));
        expect(found).toEqual(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
        expect(await pod("topologySpreadConstraints.0.labelSelector.matchLabels")).toEqual(selector);
    });

    it("has the ports that the Service names", async () => {
        const stack = await build();
        const ports = valueAt(stack.named(service).inputs, "spec.ports");
        expect(ports).toEqual([
            { name: "http", port: 80, targetPort: "http" },
            { name: "metrics", port: 9090, targetPort: "metrics" },
        ]);
        expect(valueAt(stack.named(deployment).inputs, "spec.template.spec.containers.0.ports")).toEqual([
            { name: "http", containerPort: 8080 },
            { name: "metrics", containerPort: 9090 },
        ]);
    });
});
