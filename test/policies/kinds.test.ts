import { describe, expect, it } from "vitest";

import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { goodTemplate, kubernetes } from "./extras.ts";
import { nowMs } from "./judge.ts";
import { analyze, type AnalyzedResource, unknownText } from "./runtime.ts";

const policies = policiesOf(rules, { environment: "prod", nowMs });

async function namesFor(resource: AnalyzedResource): Promise<readonly string[]> {
    return [...new Set((await analyze(policies, resource)).map(({ policy }) => policy))];
}

const privileged = {
    ...goodTemplate,
    spec: {
        ...goodTemplate.spec,
        containers: goodTemplate.spec.containers.map((container) => ({ ...container, securityContext: { ...container.securityContext, privileged: true } })),
    },
};
const inTemplate = { template: privileged };

describe("a privileged container is found", () => {
    it.each([
        kubernetes("v1", "Pod", "a", { spec: privileged.spec }),
        kubernetes("v1", "PodTemplate", "a", { template: privileged }),
        kubernetes("v1", "ReplicationController", "a", { spec: inTemplate }),
        kubernetes("apps/v1", "Deployment", "a", { spec: inTemplate }),
        kubernetes("apps/v1", "StatefulSet", "a", { spec: inTemplate }),
        kubernetes("apps/v1", "DaemonSet", "a", { spec: inTemplate }),
        kubernetes("apps/v1", "ReplicaSet", "a", { spec: inTemplate }),
        kubernetes("batch/v1", "Job", "a", { spec: inTemplate }),
        kubernetes("batch/v1", "CronJob", "a", { spec: { jobTemplate: { spec: inTemplate } } }),
        kubernetes("argoproj.io/v1alpha1", "Rollout", "a", { spec: inTemplate }),
        kubernetes("serving.knative.dev/v1", "Service", "a", { spec: inTemplate }),
    ])("in a $type", async (resource) => {
        expect(await namesFor(resource)).toContain("no-privileged-container");
    });

    it.each(["initContainers", "containers", "ephemeralContainers"])("among the %s", async (key) => {
        const spec = { ...goodTemplate.spec, [key]: privileged.spec.containers };
        expect(await namesFor(kubernetes("apps/v1", "Deployment", "a", { spec: { template: { ...goodTemplate, spec } } }))).toContain(
            "no-privileged-container",
        );
    });

    it("in a list", async () => {
        const item = { metadata: { name: "a" }, spec: inTemplate };
        const list: AnalyzedResource = {
            type: "kubernetes:apps/v1:DeploymentList",
            name: "list",
            properties: { apiVersion: "apps/v1", kind: "DeploymentList", items: [{ metadata: { name: "b" } }, item] },
        };
        const found = (await analyze(policies, list)).filter(({ policy }) => policy === "no-privileged-container");
        expect(found.map(({ message }) => message)).toEqual([expect.stringContaining("items[1].spec.template.spec.containers[0].securityContext.privileged")]);
    });

    it("in a custom resource of the generic type", async () => {
        const { properties } = kubernetes("apps/v1", "Deployment", "a", { spec: inTemplate });
        expect(await namesFor({ type: "kubernetes:apiextensions.k8s.io/v1:CustomResource", name: "a", properties })).toContain("no-privileged-container");
    });

    it("in a patch", async () => {
        const patch: AnalyzedResource = {
            type: "kubernetes:apps/v1:DeploymentPatch",
            name: "a",
            properties: {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: "a", namespace: "nova-prod" },
                spec: { template: { spec: { containers: [{ name: "api", securityContext: { privileged: true } }] } } },
            },
        };
        expect(await namesFor(patch)).toEqual(["no-privileged-container"]);
    });
});

describe("a patch", () => {
    it("is not blamed for what it leaves out", async () => {
        const patch: AnalyzedResource = {
            type: "kubernetes:apps/v1:DeploymentPatch",
            name: "a",
            properties: {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: "a", namespace: "nova-prod" },
                spec: { template: { spec: { containers: [{ name: "api", image: `registry.example.com/a@sha256:${"a".repeat(64)}` }] } } },
            },
        };
        expect(await namesFor(patch)).toEqual([]);
    });
});

describe("an unknown value", () => {
    const deployment = (change: object, template: object = goodTemplate) =>
        kubernetes("apps/v1", "Deployment", "a", { spec: { template: { ...template, ...change } } });

    it("is a mandatory violation of each rule that needs it, and of no other", async () => {
        const [container] = goodTemplate.spec.containers;
        const found = await analyze(policies, deployment({ spec: { ...goodTemplate.spec, containers: [{ ...container, image: unknownText }] } }));
        expect(found.map(({ policy, level }) => `${level} ${policy}`).sort()).toEqual([
            "advisory pull-policy",
            "mandatory image-digest",
            "mandatory image-registry",
            "mandatory image-tag",
        ]);
        expect(found[0]?.message).toContain("can't be judged in preview: spec.template.spec.containers[0].image is not known during preview");
    });

    it("hides no mistake in the container beside it", async () => {
        const [container] = goodTemplate.spec.containers;
        const open = { ...container, name: "open", image: "registry.example.com/open:latest" };
        const found = await analyze(policies, deployment({ spec: { ...goodTemplate.spec, containers: [{ ...container, image: unknownText }, open] } }));
        expect(found.filter(({ policy }) => policy === "image-tag")).toHaveLength(2);
    });

    it("in place of a whole pod blocks it", async () => {
        expect(await namesFor(deployment({ spec: unknownText }))).toContain("manifest-readable");
    });

    it("in a Secret that is generated with the stack waits for the update", async () => {
        expect(await namesFor(kubernetes("v1", "Secret", "a", { stringData: unknownText }))).toEqual([]);
        expect(await namesFor(kubernetes("v1", "Secret", "a", { stringData: { "users.yaml": "users: {a: {no_password: 1}}" } }))).toContain(
            "clickhouse-access",
        );
    });

    it("for a name does no harm", async () => {
        const named = kubernetes("v1", "ConfigMap", "a", { data: {} }, { name: unknownText, annotations: { note: unknownText } });
        expect(await namesFor(named)).toEqual([]);
    });

    it("in a rollout's record is not taken for no record", async () => {
        const route = kubernetes(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "a",
            { spec: { hostnames: ["a.example.com"], rules: [] } },
            { annotations: { "nova.example.com/rollout-percent": unknownText } },
        );
        expect(await namesFor(route)).toEqual(expect.arrayContaining(["rollout-backends", "rollout-weights", "rollout-step"]));
    });
});

describe("a manifest that can't be read", () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });
    it.each([
        ["nests too deep", kubernetes("v1", "ConfigMap", "a", { data: nested(120) })],
        ["has labels that are a list", kubernetes("v1", "ConfigMap", "a", {}, { labels: ["a"] })],
    ])("because it %s is a violation, not a crash", async (_why, resource) => {
        expect(await namesFor(resource)).toContain("manifest-readable");
    });
});
