import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Policies } from "@pulumi/policy";

import { policiesOf, separatePoliciesOf } from "../policies/engine/pack.ts";
import { rules } from "../policies/rules/index.ts";
import { goodTemplate, kubernetes } from "../test/policies/extras.ts";
import { type AnalyzedResource, answered, resourceRequest, stackRequest } from "../test/policies/runtime.ts";
import { type Benchmark, type Figure, median } from "./benchmark.ts";

const samples = 5;
const options = { environment: "prod", nowMs: Date.parse("2026-01-01") } as const;

/**
 * What the policy pack costs, through the policy runtime that the engine talks to.
 *
 * The reference runs the same rules registered one by one, each reading the resource for itself, as policy packs usually do. It takes long, so it is sampled less often.
 */
export const policies: Benchmark = {
    name: "policies",
    description: "milliseconds of all policy rules over 1,000 resources, as a ratio to the same rules as separate policies; growth to 10,000; load time",
    run: async (say) => {
        const thousand = stackOf(1_000);
        await timeOf(policiesOf(rules, options), stackOf(100));
        say(`${String(rules.length)} rules over ${String(thousand.length)} resources, one engine`);
        const together = await sampled(samples, async () => timeOf(policiesOf(rules, options), thousand));
        say("the same, each rule a policy of its own");
        const separate = await sampled(2, async () => timeOf(separatePoliciesOf(rules, options), thousand));
        say("growth: 100 and 10,000 resources");
        const [small, large] = [stackOf(100), stackOf(10_000)];
        const few = await sampled(samples, async () => timeOf(policiesOf(rules, options), small));
        const many = await sampled(3, async () => timeOf(policiesOf(rules, options), large));
        say("loading the pack");
        const loads = await sampled(samples, loadTime);
        const bare = await sampled(samples, bareTime);
        const perResource = (times: readonly number[], count: number) => times.map((time) => time / count);
        const figures: readonly Figure[] = [
            {
                name: "all rules, 1,000 resources",
                value: median(together),
                unit: "ms",
                samples: together,
                reference: { name: "separate policies", value: median(separate) },
                highestRatio: 1 / 8,
            },
            {
                name: "a resource, of 10,000",
                value: median(perResource(many, large.length)),
                unit: "ms",
                samples: perResource(many, large.length),
                reference: { name: "a resource, of 1,000", value: median(perResource(together, thousand.length)) },
                highestRatio: 1.5,
            },
            { name: "a resource, of 100", value: median(perResource(few, small.length)), unit: "ms", samples: perResource(few, small.length) },
            {
                name: "pack load, to its first answer",
                value: median(loads),
                unit: "ms",
                samples: loads,
                reference: { name: "node and @pulumi/policy alone", value: median(bare) },
            },
        ];
        return figures;
    },
};

async function sampled(count: number, measure: () => Promise<number>): Promise<readonly number[]> {
    const times: number[] = [];
    for (let index = 0; index < count; index += 1) {
        times.push(await measure());
    }
    return times;
}

/** Milliseconds of one run: each resource by itself, then the stack. @throws when the pack finds nothing, since then it was not at work. */
async function timeOf(pack: Policies, resources: readonly AnalyzedResource[]): Promise<number> {
    const requests = [...resources.map(resourceRequest), stackRequest(resources)];
    const began = performance.now();
    let found = 0;
    for (const request of requests) {
        found += (await answered(pack, request)).length;
    }
    const tookMs = performance.now() - began;
    if (found === 0) {
        throw new Error("the pack found nothing in a stack with mistakes");
    }
    return tookMs;
}

const runner = fileURLToPath(import.meta.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js"));
const pack = fileURLToPath(new URL("../policies", import.meta.url));

async function loadTime(): Promise<number> {
    const began = performance.now();
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", pack], { cwd: pack, stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.kill();
    return performance.now() - began;
}

async function bareTime(): Promise<number> {
    const began = performance.now();
    const child = spawn(process.execPath, ["-e", 'require("@pulumi/policy")'], { cwd: pack, stdio: ["ignore", "inherit", "inherit"] });
    await once(child, "exit");
    return performance.now() - began;
}

/** `count` resources of many services, ten objects each; one service in twenty has a container without a memory limit. */
function stackOf(count: number): readonly AnalyzedResource[] {
    return Array.from({ length: Math.ceil(count / 10) }, (_, index) => serviceObjects(`service-${String(index)}`, index % 20 === 0)).flat();
}

function serviceObjects(name: string, mistaken: boolean): readonly AnalyzedResource[] {
    const labels = { ...goodTemplate.metadata.labels, "app.kubernetes.io/name": name };
    const selector = { "app.kubernetes.io/name": name };
    const env = Array.from({ length: 15 }, (_, index) => ({ name: `SETTING_${String(index)}`, value: `value of setting ${String(index)}` }));
    const [main] = goodTemplate.spec.containers;
    const containers = ["api", "proxy"].map((container) => ({
        ...main,
        name: container,
        env,
        ...(mistaken ? { resources: { requests: main?.resources.requests } } : {}),
    }));
    const template = { metadata: { labels }, spec: { ...goodTemplate.spec, serviceAccountName: name, containers } };
    const rollout = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    const declared = (apiVersion: string, kind: string, suffix: string, properties: object) => {
        const resource = kubernetes(apiVersion, kind, suffix === "" ? name : `${name}-${suffix}`, properties, { labels });
        return { ...resource, urn: `urn:pulumi:prod::bench::${resource.type}::${resource.name}` };
    };
    return [
        declared("apps/v1", "Deployment", "", { spec: { selector: { matchLabels: selector }, strategy: rollout, template } }),
        declared("v1", "Service", "", { spec: { selector, ports: [{ port: 80, targetPort: "http" }] } }),
        declared("autoscaling/v2", "HorizontalPodAutoscaler", "", {
            spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name }, minReplicas: 3, maxReplicas: 9, metrics: [{ type: "Resource" }] },
        }),
        declared("policy/v1", "PodDisruptionBudget", "", {
            spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } },
        }),
        declared("networking.k8s.io/v1", "NetworkPolicy", "", {
            spec: {
                podSelector: { matchLabels: selector },
                policyTypes: ["Ingress", "Egress"],
                ingress: [{ from: [{ podSelector: { matchLabels: selector } }] }],
            },
        }),
        declared("v1", "ServiceAccount", "", { automountServiceAccountToken: false }),
        declared("v1", "ConfigMap", "settings", { data: Object.fromEntries(env.map((variable) => [variable.name, variable.value])) }),
        declared("v1", "ConfigMap", "files", { data: { "application.yaml": "server:\n  port: 8080\n".repeat(50) } }),
        declared("rbac.authorization.k8s.io/v1", "Role", "", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }] }),
        declared("gateway.networking.k8s.io/v1", "HTTPRoute", "", {
            spec: { hostnames: [`${name}.example.com`], rules: [{ matches: [{ path: { value: "/" } }], backendRefs: [{ name, port: 80 }] }] },
        }),
    ];
}
