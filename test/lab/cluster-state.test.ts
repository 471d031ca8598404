import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { clusterState } from "../../rollout/kubernetes/cluster-state.ts";
import type { PodReader } from "../../rollout/gate/live/evidence.ts";
import { TrialNamespace } from "./trial-namespace.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** Pods and autoscalers of a revision, as a real API server and its controllers report them. */
describe("the state of a revision", () => {
    let trial: TrialNamespace;
    let state: PodReader;
    const labels = (revision: string) => ({ "app.kubernetes.io/name": "api", [labelKeys.revision]: revision });

    beforeAll(async () => {
        trial = await TrialNamespace.create("cluster-state");
        state = clusterState({ keys: labelKeys, api: apiServer({ kubeContext: trial.kubeContext }), namespace: trial.name, service: "api" });
        const container = { name: "api", image: "registry.example.com/api:1", resources: { requests: { cpu: "250m" } } };
        const deployment = (revision: string) => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: `api-${revision}` },
            spec: {
                selector: { matchLabels: labels(revision) },
                template: { metadata: { labels: labels(revision) }, spec: { containers: [container] } },
            },
        });
        const autoscaler = {
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata: { name: "api-v2" },
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "api-v2" },
                minReplicas: 2,
                maxReplicas: 4,
                // Nothing in the lab serves external metrics, so it is known what the autoscaler has to complain about.
                metrics: [{ type: "External", external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "10" } } }],
            },
        };
        await trial.apply("test", deployment("v1"), deployment("v2"), autoscaler);
    });
    afterAll(async () => {
        await trial.remove();
    });

    it("has the ready pods of that revision alone, with address and request", async () => {
        const pods = await until(
            async () => state.pods("v2", new Date(0).toISOString()),
            (found) => found.length === 2 && found.every(({ ready }) => ready),
        );
        for (const pod of pods) {
            expect(pod).toMatchObject({ ready: true, restarts: 0, recentRestarts: 0, restartsInStep: 0, cpuRequestCores: 0.25 });
            expect(pod.name).toMatch(/^api-v2-/);
            expect(pod.address).toMatch(/^10\.244\./);
            expect(pod).not.toHaveProperty("waitingReason");
            const readyForSeconds = (await state.serverNow()).getTime() / 1_000 - (pod.readySinceSeconds ?? Number.NaN);
            expect(readyForSeconds).toBeGreaterThanOrEqual(0);
        }
    });

    it("has an autoscaler with what its controller says of it", async () => {
        const found = await until(
            async () => state.autoscaler("v2"),
            (autoscaler) => autoscaler?.desired === 2 && !autoscaler.problems.some((problem) => problem.includes("not known yet")),
        );
        expect(found).toMatchObject({ minimum: 2, maximum: 4, current: 2, desired: 2 });
        expect(found?.problems).toEqual([expect.stringMatching(/^ScalingActive is False \(FailedGetExternalMetric/)]);
        expect(await state.autoscaler("v1")).toBeUndefined();
    });

    async function until<T>(look: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
        let found = await look();
        while (!wanted(found)) {
            await sleep(250);
            found = await look();
        }
        return found;
    }
});
