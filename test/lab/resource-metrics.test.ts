import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { labEnvironment, labLayout, startLab, startLabService, stopLabService } from "../../lab/api.ts";
import { waitUntil } from "../../lab/wait.ts";

const namespace = `resource-metrics-${String(process.pid)}`;
let environment: Readonly<Record<string, string>> = {};

async function kubectl(args: readonly string[], input = ""): Promise<string> {
    return (await execa("kubectl", args, { env: environment, extendEnv: false, input })).stdout;
}

/** A Deployment of one pod, and an autoscaler that adds pods when they use more than half of what they ask for. The simulator's idle process uses 5 thousandths of a core. */
function scaled(name: string, cpuRequest: string): readonly object[] {
    const labels = { "app.kubernetes.io/name": name, "nova.example.com/revision": "v1" };
    const container = {
        name: "main",
        image: "registry.example.com/any:1",
        ports: [{ name: "metrics", containerPort: 9090 }],
        resources: { requests: { cpu: cpuRequest } },
    };
    return [
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace },
            spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
        },
        {
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata: { name, namespace },
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
                minReplicas: 1,
                maxReplicas: 4,
                metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
            },
        },
    ];
}

const scaleSchema = z.object({
    status: z.object({ currentReplicas: z.number(), desiredReplicas: z.number(), conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
});

/** What an autoscaler says, once it has found metrics. */
async function measured(name: string, wanted: number): Promise<void> {
    await waitUntil(
        async () => {
            const { status } = scaleSchema.parse(JSON.parse(await kubectl(["-n", namespace, "get", `hpa/${name}`, "-o", "json"])));
            expect(status.conditions).toContainEqual({ type: "ScalingActive", status: "True" });
            expect(status.desiredReplicas).toBe(wanted);
        },
        { what: `${String(wanted)} pods of ${name}`, withinMs: 60_000, everyMs: 500 },
    );
}

beforeAll(async () => {
    environment = labEnvironment(labLayout(), await startLab());
    await kubectl(["create", "namespace", namespace]);
    const objects = [...scaled("busy", "2m"), ...scaled("calm", "1")];
    await kubectl(["apply", "-f", "-"], objects.map((object) => stringify(object)).join("---\n"));
});

afterAll(async () => {
    await kubectl(["delete", "namespace", namespace, "--wait=false", "--ignore-not-found"]);
});

describe("an autoscaler in the lab", () => {
    it("adds pods to a Deployment whose processes use more than they asked for, up to its maximum", async () => {
        await measured("busy", 4);
        await kubectl(["-n", namespace, "wait", "deployment/busy", "--for=jsonpath={.status.readyReplicas}=4", "--timeout=60s"]);
    });

    it("leaves one alone whose processes have enough", async () => {
        await measured("calm", 1);
    });

    it("is followed by kubectl top, which shows the use of each pod", async () => {
        const line = (await kubectl(["-n", namespace, "top", "pods", "-l", "app.kubernetes.io/name=calm", "--no-headers"])).trim().split(/\s+/);
        expect(line[0]).toMatch(/^calm-/);
        expect(line[1]).toMatch(/^[1-9]\d*m$/);
        expect(line[2]).toMatch(/^[1-9]\d*Mi$/);
    });

    it("leaves the number of pods alone while Prometheus does not answer", async () => {
        await stopLabService("prometheus");
        try {
            await waitUntil(
                async () => {
                    const { status } = scaleSchema.parse(JSON.parse(await kubectl(["-n", namespace, "get", "hpa/busy", "-o", "json"])));
                    expect(status.conditions).toContainEqual({ type: "ScalingActive", status: "False" });
                    expect(status.desiredReplicas).toBe(4);
                },
                { what: "an autoscaler that says it has no metrics", withinMs: 60_000, everyMs: 500 },
            );
        } finally {
            await startLabService("prometheus");
        }
    });
});
