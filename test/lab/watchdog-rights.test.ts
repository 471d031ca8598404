import * as kubernetes from "@kubernetes/client-node";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { clusterState } from "../../rollout/kubernetes/cluster-state.ts";
import { apiServer, clusterReader } from "../../rollout/kubernetes/cluster-reader.ts";
import { watchLease } from "../../rollout/watch/live/lease.ts";
import { routeWriter } from "../../rollout/route/live/writer.ts";
import { watchLeaseName, watchdogRules } from "../../rollout/pulumi/watchdog-rights.ts";
import { serviceAccountContext, serviceAccountKubeconfig } from "../../lab/trial/service-account.ts";
import { revision, rolling } from "../rollout/arbitraries.ts";
import { design } from "../rollout/route/route.ts";
import { TrialNamespace } from "./trial-namespace.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** The watchdog's role on a real API server, with a token of its own service account: as its pod has it. */
describe("the watchdog's service account", () => {
    let trial: TrialNamespace;
    let folder: string;
    const config = new kubernetes.KubeConfig();
    const access = { api: apiServer({ kubeContext: serviceAccountContext }) };
    const core = () => config.makeApiClient(kubernetes.CoreV1Api);
    const custom = () => config.makeApiClient(kubernetes.CustomObjectsApi);
    const routes = (name: string) => ({ group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace: trial.name, name });
    const leases = (name: string) => ({ group: "coordination.k8s.io", version: "v1", plural: "leases", namespace: trial.name, name });
    const relabel = [{ op: "add", path: "/metadata/labels", value: { changed: "by-the-watchdog" } }];

    beforeAll(async () => {
        trial = await TrialNamespace.create("watchdog-rights");
        const metadata = { name: "api-watchdog" };
        await trial.apply(
            "test",
            { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
            {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "Role",
                metadata,
                rules: watchdogRules({ routeName: "api", leaseName: watchLeaseName("api") }),
            },
            {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "RoleBinding",
                metadata,
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "api-watchdog" },
                subjects: [{ kind: "ServiceAccount", name: "api-watchdog", namespace: trial.name }],
            },
            { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "api-ledger-1" }, immutable: true, data: { record: "first" } },
            { apiVersion: "v1", kind: "Secret", metadata: { name: "api-secret" }, stringData: { password: "nobody-reads-this" } },
        );
        await trial.applyRoute(rolling(50));
        await trial.applyRoute(rolling(50), { name: "other" });
        folder = mkdtempSync(join(tmpdir(), "watchdog-rights-"));
        const kubeconfig = join(folder, "kubeconfig");
        writeFileSync(kubeconfig, await serviceAccountKubeconfig(trial.kubeconfigFile, { namespace: trial.name, serviceAccount: "api-watchdog" }), {
            mode: 0o600,
        });
        config.loadFromFile(kubeconfig);
        vi.stubEnv("KUBECONFIG", kubeconfig);
    });
    afterAll(async () => {
        vi.unstubAllEnvs();
        rmSync(folder, { recursive: true });
        await trial.remove();
    });

    it("sees the step, the pods and the autoscaler", async () => {
        expect(await clusterReader({ ...access, route: design }).readStep(trial.name, "api")).toMatchObject({ kind: "found", clock: { kind: "known" } });
        expect(await clusterReader({ ...access, route: design }).readyEndpoints(trial.name, "api-v1")).toBe(0);
        const state = clusterState({ keys: labelKeys, ...access, namespace: trial.name, service: "api" });
        expect(await state.pods("v2")).toEqual([]);
        expect(await state.autoscaler("v2")).toBeUndefined();
        expect((await state.serverNow()).getTime()).not.toBeNaN();
    });

    it("takes its route back", async () => {
        const rollBack = { namespace: trial.name, stable: revision("v1"), candidate: revision("v2"), reason: "errors" };
        expect(await routeWriter({ ...access, route: design }).rollBack({ ...rollBack, name: "api" })).toMatchObject({ kind: "rolled-back", fromPercent: 50 });
        expect(await trial.weights("api")).toEqual({ "api-v1": 100, "api-v2": 0 });
        expect(await routeWriter({ ...access, route: design }).rollBack({ ...rollBack, name: "other" })).toMatchObject({ kind: "failed" });
        expect(await trial.weights("other")).toEqual({ "api-v1": 50, "api-v2": 50 });
    });

    it("holds the lease of its service, and no other beyond making it", async () => {
        const lease = watchLease({ keys: labelKeys, ...access, namespace: trial.name, name: watchLeaseName("api"), holder: "pod" });
        expect(await lease.acquire()).toMatchObject({ kind: "held" });
        expect(await lease.acquire()).toMatchObject({ kind: "held" });
        await lease.release();
        expect(await watchLease({ keys: labelKeys, ...access, namespace: trial.name, name: "other", holder: "pod" }).acquire()).toMatchObject({
            kind: "unknown",
        });
    });

    it("adds to the ledger", async () => {
        const body = Object.assign(new kubernetes.V1ConfigMap(), { metadata: { name: "api-ledger-2" }, immutable: true, data: { record: "second" } });
        await core().createNamespacedConfigMap({ namespace: trial.name, body });
        const ledger = await core().listNamespacedConfigMap({ namespace: trial.name });
        expect(ledger.items.map(({ metadata }) => metadata?.name)).toEqual(expect.arrayContaining(["api-ledger-1", "api-ledger-2"]));
    });

    it.each<{ what: string; attempt: () => Promise<unknown> }>([
        { what: "delete a record of the ledger", attempt: async () => core().deleteNamespacedConfigMap({ namespace: trial.name, name: "api-ledger-1" }) },
        { what: "delete the whole ledger", attempt: async () => core().deleteCollectionNamespacedConfigMap({ namespace: trial.name }) },
        {
            what: "change a record of the ledger",
            attempt: async () => core().patchNamespacedConfigMap({ namespace: trial.name, name: "api-ledger-1", body: relabel }),
        },
        { what: "patch another route", attempt: async (): Promise<unknown> => custom().patchNamespacedCustomObject({ ...routes("other"), body: relabel }) },
        { what: "read another route", attempt: async (): Promise<unknown> => custom().getNamespacedCustomObject(routes("other")) },
        { what: "delete its route", attempt: async (): Promise<unknown> => custom().deleteNamespacedCustomObject(routes("api")) },
        {
            what: "report in its route's status",
            attempt: async (): Promise<unknown> => custom().patchNamespacedCustomObjectStatus({ ...routes("api"), body: relabel }),
        },
        { what: "read a secret", attempt: async () => core().readNamespacedSecret({ namespace: trial.name, name: "api-secret" }) },
        { what: "list secrets", attempt: async () => core().listNamespacedSecret({ namespace: trial.name }) },
        { what: "delete its lease", attempt: async (): Promise<unknown> => custom().deleteNamespacedCustomObject(leases(watchLeaseName("api"))) },
        { what: "delete a pod", attempt: async () => core().deleteNamespacedPod({ namespace: trial.name, name: "any" }) },
        { what: "run a command in a pod", attempt: async () => core().connectPostNamespacedPodExec({ namespace: trial.name, name: "any", command: "id" }) },
        {
            what: "scale a Deployment",
            attempt: async () =>
                config.makeApiClient(kubernetes.AppsV1Api).patchNamespacedDeploymentScale({ namespace: trial.name, name: "any", body: relabel }),
        },
        {
            what: "give itself more",
            attempt: async () =>
                config.makeApiClient(kubernetes.RbacAuthorizationV1Api).patchNamespacedRole({ namespace: trial.name, name: "api-watchdog", body: relabel }),
        },
        { what: "look into another namespace", attempt: async () => core().listNamespacedPod({ namespace: "default" }) },
    ])("may not $what", async ({ attempt }) => {
        await expect(attempt()).rejects.toMatchObject({ code: 403 });
    });
});
