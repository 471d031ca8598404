import { describe, expect, it } from "vitest";

import { defaultNamespaceQuota } from "../../components/namespace-quota.ts";
import { tcp } from "../../components/network/flows.ts";
import { ServiceNamespace, type ServiceNamespaceArgs } from "../../components/service-namespace.ts";
import { watchdogRules } from "../../rollout/pulumi/watchdog-rights.ts";
import { type RegisteredStack, buildStack, misnamedChildren, promiseOf, valueAt } from "../helpers/mocks.ts";
import { plan } from "../../service/plan.ts";

const { steadyReplicas } = plan;

const withoutWatchdog: ServiceNamespaceArgs = {
    namespace: "nova-test",
    service: "shelf",
    flows: [{ from: { kind: "component", component: "api" }, to: { kind: "component", component: "redis" }, ports: tcp(6379) }],
    nameServers: [{ kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, port: 53 }],
    serviceAccounts: ["application", "backup"],
    protect: true,
};
const args: ServiceNamespaceArgs = { ...withoutWatchdog, watchdog: { routeName: "shelf" } };

async function build(change: Partial<ServiceNamespaceArgs> = {}): Promise<RegisteredStack<ServiceNamespace>> {
    return buildStack(() => new ServiceNamespace("ns", { ...args, ...change }));
}

describe("the namespace of a service", () => {
    it("takes only pods of the restricted standard", async () => {
        const namespace = (await build()).named("ns-namespace");
        expect(namespace.protect).toBe(true);
        for (const mode of ["enforce", "audit", "warn"]) {
            expect(valueAt(namespace.inputs, `metadata.labels[pod-security.kubernetes.io/${mode}]`)).toBe("restricted");
        }
    });

    it("is waited for by everything in it, and by whoever uses its name", async () => {
        const stack = await build();
        expect(await promiseOf(stack.result.namespace)).toBe("nova-test");
        const namespace = stack.named("ns-namespace");
        for (const resource of stack.resources.filter(({ custom, urn }) => custom && urn !== namespace.urn)) {
            expect(valueAt(resource.inputs, "metadata.namespace"), resource.name).toBe("nova-test");
            expect(resource.dependsOn, resource.name).toContain(namespace.urn);
        }
    });

    it("denies all traffic, then allows each component its own", async () => {
        const stack = await build();
        const policies = stack.ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy").map(({ inputs }) => valueAt(inputs, "metadata.name"));
        expect(policies.sort()).toEqual(["allow-api", "allow-name-lookups", "allow-redis", "deny-all"]);
        expect(valueAt(stack.named("ns-deny-all").inputs, "spec")).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    });

    it("has room for the stable revision and the candidate, both at the autoscaler's maximum, with all stores beside them", async () => {
        const stores = 3 + 4 + 3;
        expect(defaultNamespaceQuota.pods).toBeGreaterThan(2 * steadyReplicas.maximum + stores);
        expect(valueAt((await build()).named("ns-quota").inputs, "spec.hard")).toMatchObject({
            pods: "48",
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        });
    });

    it("counts also a container that says nothing about memory", async () => {
        expect(valueAt((await build()).named("ns-limits").inputs, "spec.limits[0].default.memory")).toBe("256Mi");
    });

    it("gives out accounts by purpose, none of which mounts a token", async () => {
        const stack = await build();
        const accounts = stack.ofType("kubernetes:core/v1:ServiceAccount");
        expect(accounts.map(({ inputs }) => [valueAt(inputs, "metadata.name"), inputs.automountServiceAccountToken]).sort()).toEqual([
            ["shelf-application", false],
            ["shelf-backup", false],
            ["shelf-watchdog", false],
        ]);
        expect(await promiseOf(stack.result.serviceAccountName("backup"))).toBe("shelf-backup");
        expect(() => stack.result.serviceAccountName("store")).toThrow(
            "no service account for 'store': add it to serviceAccounts (application, backup, watchdog)",
        );
    });

    it("binds the watchdog's few rights to the watchdog alone", async () => {
        const stack = await build();
        expect(valueAt(stack.named("ns-watchdog-role").inputs, "rules")).toEqual(watchdogRules({ routeName: "shelf", leaseName: "shelf-rollout-watch" }));
        expect(valueAt(stack.named("ns-watchdog-binding").inputs, "subjects")).toEqual([
            { kind: "ServiceAccount", name: "shelf-watchdog", namespace: "nova-test" },
        ]);
    });

    it("has no rights to give where there is no watchdog", async () => {
        const stack = await buildStack(() => new ServiceNamespace("ns", withoutWatchdog));
        expect(stack.resources.filter(({ type }) => type.includes("rbac"))).toEqual([]);
    });

    it.each([
        [{ namespace: "default" }, "namespace is 'default', one of the cluster's own"],
        [{ namespace: "kube-system" }, "namespace is 'kube-system', one of the cluster's own"],
        [{ serviceAccounts: ["backup", "backup"] }, "serviceAccounts names backup twice"],
        [{ serviceAccounts: ["watchdog"] }, "serviceAccounts names watchdog twice"],
    ])("refuses %j", async (change, message) => {
        await expect(build(change)).rejects.toThrow(message);
    });

    it("names every child after itself", async () => {
        expect(misnamedChildren(await build())).toEqual([]);
    });
});

describe("the watchdog's rights", () => {
    const rules = watchdogRules({ routeName: "shelf", leaseName: "shelf-rollout-watch" });

    it("reach one route, and no other", () => {
        expect(rules.filter(({ resources }) => JSON.stringify(resources).includes("httproutes"))).toEqual([
            { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], resourceNames: ["shelf"], verbs: ["get", "patch"] },
        ]);
    });

    it("end one more route where testers have their own, which can't be changed, and read no Secret then", () => {
        const own = watchdogRules({ routeName: "shelf", leaseName: "shelf-rollout-watch", testersRouteName: "shelf-testers" });
        expect(own.filter((rule) => !rules.some((other) => JSON.stringify(other) === JSON.stringify(rule)))).toEqual([
            { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], resourceNames: ["shelf-testers"], verbs: ["get", "delete"] },
        ]);
        expect(JSON.stringify(own)).not.toMatch(/secrets/);
    });

    it("reach one lease beyond making it, and no other", () => {
        const leases = rules.filter(({ resources }) => JSON.stringify(resources).includes("leases"));
        expect(leases.filter(({ verbs }) => JSON.stringify(verbs) !== JSON.stringify(["create"]))).toEqual([
            { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: ["shelf-rollout-watch"], verbs: ["get", "update"] },
        ]);
    });

    it("add to the ledger, and change nothing in it", () => {
        expect(rules.filter(({ resources }) => JSON.stringify(resources).includes("configmaps")).map(({ verbs }) => verbs)).toEqual([
            ["create", "get", "list"],
        ]);
    });

    it("hold no wildcard, no secret, and nothing that takes an object away", () => {
        expect(JSON.stringify(rules)).not.toMatch(/\*|secrets|delete|bind|escalate|impersonate|exec/);
    });
});
