import * as k8s from "@pulumi/kubernetes";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { type RolloutTarget, readTarget } from "../../../rollout/cli/target.ts";
import { RolloutWatchdog, type RolloutWatchdogArgs } from "../../../rollout/pulumi/rollout-watchdog.ts";
import { type RegisteredStack, buildStack, isRecord, misnamedChildren, valueAt } from "../../helpers/mocks.ts";
import { profile } from "../../../service/profile.ts";

const target: RolloutTarget = {
    profile,
    environment: "prod",
    namespace: "shop-prod",
    service: "shop",
    hostname: "shop.example.com",
    gateway: { name: "edge", namespace: "edge-system", retry: false, testers: { kind: "header" } },
    metrics: { prometheusUrl: "http://prometheus.monitoring.svc:9090", gatewayUrl: "https://gateway.edge.svc", scrapeIntervalSeconds: 15 },
    gates: { kind: "full" },
    timeScale: 1,
    approvals: { roles: { "tech-lead": ["alice"] }, requireVerifiedIdentity: true, identities: {} },
};

const args: RolloutWatchdogArgs = {
    namespace: "shop-prod",
    namespaceName: "shop-prod",
    service: "shop",
    image: `registry.example.com/nova/watchdog:1.0.0@sha256:${"1".repeat(64)}`,
    serviceAccountName: "shop-watchdog",
    target: { ...target, kubeContext: "somebody's-machine" },
    awaitTimeoutSeconds: 60,
};

async function build(change: Partial<RolloutWatchdogArgs> = {}): Promise<RegisteredStack<RolloutWatchdog>> {
    return buildStack(() => new RolloutWatchdog("shop-watchdog", { ...args, ...change }, { provider: new k8s.Provider("cluster") }));
}

const pod = "spec.template.spec";

async function deployment(change: Partial<RolloutWatchdogArgs> = {}) {
    return (await build(change)).named("shop-watchdog-deployment").inputs;
}

describe("RolloutWatchdog", () => {
    it("watches for good, the rollout that its file names, and shows its metrics", async () => {
        const inputs = await deployment();
        expect(valueAt(inputs, `${pod}.containers.0`)).toMatchObject({
            image: args.image,
            args: ["watch", "--target", "/etc/rollout/target.json", "--forever", "--json", "--metrics-port", "9090"],
            env: [
                { name: "HOME", value: "/app" },
                { name: "NOVA_IDENTITY", value: "system:serviceaccount:shop-prod:shop-watchdog" },
            ],
            ports: [{ name: "metrics", containerPort: 9090 }],
        });
        expect(valueAt(inputs, "spec.template.metadata.labels")).toMatchObject({ "app.kubernetes.io/name": "shop", "app.kubernetes.io/component": "watchdog" });
    });

    it("runs only where the API server checks what its account changes: that belongs to the whole cluster, and fails closed", async () => {
        const stack = await build();
        const [policy, binding] = [stack.named("shop-watchdog-policy").inputs, stack.named("shop-watchdog-policy-binding").inputs];
        expect(valueAt(policy, "metadata.name")).toBe("shop-prod-shop-watchdog");
        expect(valueAt(policy, "spec.failurePolicy")).toBe("Fail");
        expect(valueAt(policy, "spec.matchConditions")).toEqual([
            { name: "is-watchdog", expression: 'request.userInfo.username == "system:serviceaccount:shop-prod:shop-watchdog"' },
        ]);
        expect(valueAt(binding, "spec")).toMatchObject({ policyName: "shop-prod-shop-watchdog", validationActions: ["Deny"] });
    });

    it("finds the notifiers' secrets in files, where the config names the Secret, and starts without it too", async () => {
        const communication = { slack: { urlVariable: "NOVA_SLACK_URL" }, watchdogSecretName: "rollout-notifiers" };
        const inputs = await deployment({ target: { ...target, communication } });
        expect(valueAt(inputs, `${pod}.volumes`)).toContainEqual({
            name: "notifiers",
            secret: { secretName: "rollout-notifiers", optional: true, defaultMode: 0o440 },
        });
        expect(valueAt(inputs, `${pod}.containers.0.volumeMounts`)).toContainEqual({ name: "notifiers", mountPath: "/etc/rollout-secrets", readOnly: true });
        expect(valueAt(inputs, `${pod}.containers.0.env`)).toContainEqual({ name: "ROLLOUT_SECRETS_FOLDER", value: "/etc/rollout-secrets" });
    });

    it("is given a target that its program can read, without anybody's kubeconfig context", async () => {
        const stack = await build();
        const file = stack.named("shop-watchdog-target").inputs;
        const data = valueAt(file, "data");
        expect(valueAt(file, "immutable")).toBe(true);
        const folder = mkdtempSync(join(tmpdir(), "watchdog-target-"));
        try {
            writeFileSync(join(folder, "target.json"), String(isRecord(data) ? data["target.json"] : undefined));
            expect(readTarget(join(folder, "target.json"))).toEqual(target);
        } finally {
            rmSync(folder, { recursive: true });
        }
        expect(valueAt(stack.named("shop-watchdog-deployment").inputs, `${pod}.volumes.0`)).toMatchObject({ configMap: { name: "shop-watchdog-target-xxxx" } });
    });

    it("gets a token that ends, and that no other pod of the account has", async () => {
        const inputs = await deployment();
        expect(valueAt(inputs, `${pod}.serviceAccountName`)).toBe("shop-watchdog");
        expect(valueAt(inputs, `${pod}.automountServiceAccountToken`)).toBe(false);
        expect(valueAt(inputs, `${pod}.volumes.1.projected.sources`)).toEqual([
            { serviceAccountToken: { path: "token", expirationSeconds: 3_600 } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
            { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
        ]);
        expect(valueAt(inputs, `${pod}.containers.0.volumeMounts`)).toContainEqual({
            name: "identity",
            mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
            readOnly: true,
        });
        expect(valueAt(await deployment({ token: { audience: "nova", expirySeconds: 600 } }), `${pod}.volumes.1.projected.sources.0`)).toEqual({
            serviceAccountToken: { path: "token", expirationSeconds: 600, audience: "nova" },
        });
    });

    it("is restricted, writes nowhere, and knows no password", async () => {
        const stack = await build();
        const { inputs } = stack.named("shop-watchdog-deployment");
        expect(valueAt(inputs, `${pod}.securityContext`)).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
        expect(valueAt(inputs, `${pod}.containers.0.securityContext`)).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        });
        expect(JSON.stringify(valueAt(inputs, `${pod}.volumes`))).not.toMatch(/secretName|hostPath|emptyDir/);
        expect(stack.ofType("kubernetes:core/v1:Secret")).toEqual([]);
    });

    it("has somebody who takes over at once when a node goes, in another zone", async () => {
        const stack = await build();
        const { inputs } = stack.named("shop-watchdog-deployment");
        expect(valueAt(inputs, "spec.replicas")).toBe(3);
        expect(valueAt(inputs, `${pod}.topologySpreadConstraints`)).toMatchObject([
            { topologyKey: "topology.kubernetes.io/zone" },
            { topologyKey: "kubernetes.io/hostname" },
        ]);
        expect(valueAt(stack.named("shop-watchdog-disruption-budget").inputs, "spec")).toMatchObject({ maxUnavailable: 1 });
    });

    it("is restarted when it hangs, later than it is left out", async () => {
        const inputs = await deployment();
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
            expect(valueAt(inputs, `${pod}.containers.0.${probe}.httpGet`)).toEqual({ path: "/healthz", port: "metrics" });
        }
        expect(valueAt(inputs, `${pod}.containers.0.resources`)).toMatchObject({ requests: { cpu: "100m" }, limits: { memory: "512Mi" } });
    });

    it.each<{ change: Partial<RolloutWatchdogArgs>; message: string }>([
        { change: { replicas: 0 }, message: "replicas is 0: use a whole number of at least 1, or leave the watchdog out" },
        { change: { replicas: 1.5 }, message: "replicas is 1.5" },
        { change: { token: { expirySeconds: 60 } }, message: "token.expirySeconds is 60: use a whole number of at least 600" },
    ])("refuses $change", async ({ change, message }) => {
        await expect(build(change)).rejects.toThrow(message);
    });

    it("names every child after itself", async () => {
        expect(misnamedChildren(await build())).toEqual([]);
    });
});
