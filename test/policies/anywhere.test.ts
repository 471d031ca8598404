import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { findingsAbout, type Manifest } from "./corpus/case.ts";
import { container, namespace, podSpec, resource } from "./corpus/small.ts";
import { type AnalyzedResource, unknownText } from "./runtime.ts";

/** What is wrong with a container, and the rule that says so. */
const badContainers = [
    ["no-privileged-container", { securityContext: { privileged: true } }],
    ["no-privilege-escalation", { securityContext: { allowPrivilegeEscalation: true } }],
    ["capabilities", { securityContext: { capabilities: { add: ["SYS_ADMIN"], drop: ["ALL"] } } }],
    ["proc-mount", { securityContext: { procMount: "Unmasked" } }],
    ["read-only-root-filesystem", { securityContext: { readOnlyRootFilesystem: false } }],
    ["no-root-user", { securityContext: { runAsUser: 0 } }],
    ["run-as-non-root", { securityContext: { runAsNonRoot: false } }],
    ["seccomp-profile", { securityContext: { seccompProfile: { type: "Unconfined" } } }],
    ["selinux-options", { securityContext: { seLinuxOptions: { type: "spc_t" } } }],
    ["apparmor-profile", { securityContext: { appArmorProfile: { type: "Unconfined" } } }],
    ["no-windows-host-process", { securityContext: { windowsOptions: { hostProcess: true } } }],
    ["no-host-port", { ports: [{ containerPort: 80, hostPort: 80 }] }],
    ["no-probe-host", { livenessProbe: { httpGet: { port: 80, host: "169.254.169.254" } } }],
    ["image-tag", { image: "registry.example.com/shop/web:latest" }],
] as const;

/** What is wrong with a pod. */
const badPods = [
    ["no-host-namespace", { hostNetwork: true }],
    ["no-host-namespace", { hostPID: true }],
    ["no-host-path", { volumes: [{ name: "root", hostPath: { path: "/" } }] }],
    ["safe-sysctls", { securityContext: { sysctls: [{ name: "kernel.core_pattern", value: "|/evil" }] } }],
    ["no-root-user", { securityContext: { runAsUser: 0 } }],
    ["no-shared-processes", { shareProcessNamespace: true }],
] as const;

const roles = ["containers", "initContainers", "ephemeralContainers"] as const;

/** Pods that are as they should be but for one thing, in a container of any role and at any position, or in the pod itself. */
const badSpec = fc.oneof(
    fc
        .record({ bad: fc.constantFrom(...badContainers), role: fc.constantFrom(...roles), before: fc.nat(3), after: fc.nat(2) })
        .map(({ bad: [rule, change], role, before, after }) => {
            const clean = (count: number) => Array.from({ length: count }, () => container());
            const spec = { containers: [container()], [role]: [...clean(before), container(change), ...clean(after)] };
            return { rule, spec: podSpec(spec), change: { [role]: [{ name: "web", image: "registry.example.com/shop/web", ...change }] } };
        }),
    fc.constantFrom(...badPods).map(([rule, change]) => ({ rule, spec: podSpec(change), change })),
);

/** What may stand beside a pod in an object, unknown values among it. */
const neighbours = fc.dictionary(
    fc.constantFrom("replicas", "selector", "strategy", "image", "status", "settings", "toString", "constructor"),
    fc.oneof(fc.constant(unknownText), fc.integer(), fc.string(), fc.constant(null), fc.constant([]), fc.constant({ name: unknownText })),
);

/** Where a pod template may stand in a custom resource: below any keys, in lists of lists or not. */
const way = fc.array(
    fc.record({ key: fc.constantFrom("spec", "template", "workers", "config", "jobTemplate", "podTemplate", "head"), lists: fc.nat(2), beside: neighbours }),
    { maxLength: 6 },
);

const customKind = fc.record({
    apiVersion: fc.constantFrom("example.com/v1", "ray.io/v1", "jobset.x-k8s.io/v1alpha2", "monitoring.coreos.com/v1", "argoproj.io/v1alpha1"),
    kind: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}(-[A-Z][a-z]{1,5})?$/),
});

/** Kinds that keep their template in a place of their own. */
const ownPlaces = [
    ["v1", "Pod", (spec: object) => ({ spec })],
    ["v1", "PodTemplate", (spec: object) => ({ template: { spec } })],
    ["apps/v1", "Deployment", (spec: object) => ({ spec: { template: { spec } } })],
    ["apps/v1", "StatefulSet", (spec: object) => ({ spec: { template: { spec } } })],
    ["apps/v1", "DaemonSet", (spec: object) => ({ spec: { template: { spec } } })],
    ["apps/v1", "ReplicaSet", (spec: object) => ({ spec: { template: { spec } } })],
    ["v1", "ReplicationController", (spec: object) => ({ spec: { template: { spec } } })],
    ["batch/v1", "Job", (spec: object) => ({ spec: { template: { spec } } })],
    ["batch/v1", "CronJob", (spec: object) => ({ spec: { jobTemplate: { spec: { template: { spec } } } } })],
    ["argoproj.io/v1alpha1", "Rollout", (spec: object) => ({ spec: { template: { spec } } })],
] as const;

function inLists(value: object, lists: number): unknown {
    return Array.from({ length: lists }).reduce<unknown>((inner) => [inner], value);
}

/** The object around a pod, or the list around it, however often it is put into one. */
function listed(object: Manifest, lists: number): Manifest {
    return Array.from({ length: lists }).reduce<Manifest>(
        (inner, _, index) => ({ apiVersion: "v1", kind: index % 2 === 0 ? "List" : "Things", items: [{ apiVersion: "v1", kind: "ConfigMap" }, inner] }),
        object,
    );
}

function rulesAbout(objects: readonly (Manifest | AnalyzedResource)[]): readonly string[] {
    return findingsAbout(objects).map((finding) => finding.split(" ", 1)[0] ?? "");
}

describe("what is bad about a pod stays bad", () => {
    it("in the place of every kind, and in lists of lists", () => {
        fc.assert(
            fc.property(badSpec, fc.constantFrom(...ownPlaces), fc.nat(3), ({ rule, spec }, [apiVersion, kind, place], lists) => {
                const object = { apiVersion, kind, metadata: { name: "a", namespace }, ...place(spec) };
                expect(rulesAbout([listed(object, lists)])).toContain(rule);
            }),
        );
    });

    it("in any place of any other kind, beside whatever else", () => {
        fc.assert(
            fc.property(badSpec, customKind, way, fc.nat(2), ({ rule, spec }, named, steps, lists) => {
                const inside = steps.reduceRight<object>((inner, { key, lists: depth, beside }) => ({ ...beside, [key]: inLists(inner, depth) }), { spec });
                const object = { ...named, metadata: { name: "a", namespace }, spec: inside };
                expect(rulesAbout([listed(object, lists)])).toContain(rule);
            }),
        );
    });

    it("in a patch that says nothing else", () => {
        fc.assert(
            fc.property(badSpec, fc.constantFrom(...ownPlaces), ({ rule, change }, [apiVersion, kind, place]) => {
                const token = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
                const metadata = { name: "a", namespace };
                const patch = resource(`kubernetes:${token}:${kind}Patch`, "a", { apiVersion, kind, metadata, ...place(change) });
                expect(rulesAbout([patch])).toContain(rule);
            }),
        );
    });
});
