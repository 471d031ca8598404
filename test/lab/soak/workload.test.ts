import { resolve } from "node:path";

import { setTimeout as sleep } from "node:timers/promises";

import { CoreV1Api, type V1ContainerStatus } from "@kubernetes/client-node";
import { Consumer } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { defined } from "../../../rollout/defined.ts";
import { probeRunner } from "../../../rollout/gate/live/probes.ts";
import { podsWithPages } from "../../../rollout/gate/live/sources.ts";
import { probes as known } from "../../../service/probes.ts";
import { apiServer } from "../../../rollout/kubernetes/cluster-reader.ts";
import { clusterState } from "../../../rollout/kubernetes/cluster-state.ts";
import { podPages } from "../../../rollout/watch/live/pod-metrics.ts";
import { kubeContext, labLayout, labVariables, readLabState } from "../../../lab/api.ts";
import { getOk } from "../../../lab/http.ts";
import { type Load, startLoad } from "../../../lab/load/load.ts";
import { switchFault } from "../../../lab/workload/fault-switch.ts";
import type { ProfileName } from "../../../lab/workload/profile.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { TrialStack, nextRevision, succeeding } from "../../helpers/engine.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const upSchema = z.object({ data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }) });

/**
 * One trial stack: a stable revision that users have, and a candidate at 0 % that is reached by header. The candidate's fault is switched from test to test.
 *
 * The pods are real objects in a real API server, and the traffic goes through the real gateway; the service behind it is the simulator.
 */
describe("the simulated workload", () => {
    let stack: TrialStack;
    let stable = "";
    let candidate = "";
    let variables: Readonly<Record<string, string>> = {};
    let candidateLoad: Load;

    beforeAll(async () => {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        variables = labVariables(labLayout(), state);
        process.env.KUBECONFIG = labLayout().kubeconfig;
        stack = await TrialStack.create("workload");
        const next = nextRevision(stack.stable);
        stack.configure({ candidate: { ...next, config: { ...next.config, FAULT_PROFILE: "cache-cold" } } });
        await succeeding(stack.up());
        stable = stack.stable.name;
        candidate = next.name;
        candidateLoad = await startLoad({ host: stack.hostname, requestsPerSecond: 200, headers: await stack.testerHeaders(), seed: 2 });
    });
    afterAll(async () => {
        await candidateLoad.stop();
        await stack.remove();
    });

    /** Samples of a revision's only or first pod, added up over the labels that are not named. */
    const total = async (revision: string, metric: string, labels = ""): Promise<number> => {
        const text = await getOk(`http://${await addressOf(revision)}:9090/metrics`, { proxy: variables.NOVA_LAB_POD_PROXY ?? "" });
        const wanted = new RegExp(`^${metric}(\\{.*${labels}.*\\})? (\\S+)$`, "gm");
        return [...text.matchAll(wanted)].reduce((sum, [, , value]) => sum + Number(value), 0);
    };

    const podsOf = async (revision: string) => {
        const { namespace } = stack.live;
        const { items } = await stack.live
            .client(CoreV1Api)
            .listNamespacedPod({ namespace, labelSelector: `nova.example.com/revision=${revision}`, fieldSelector: "status.phase=Running" });
        return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    };
    const addressOf = async (revision: string): Promise<string> => (await podsOf(revision))[0]?.status?.podIP ?? "no pod";
    const containerOf = async (revision: string): Promise<V1ContainerStatus | undefined> => (await podsOf(revision))[0]?.status?.containerStatuses?.[0];

    /** Engagement events that Kafka has kept. */
    const recordsInTopic = async (): Promise<bigint> => {
        const topic = `${stack.live.service}.engagement-events`;
        const consumer = new Consumer({ clientId: "test", groupId: "test", bootstrapBrokers: [variables.NOVA_LAB_KAFKA_BOOTSTRAP ?? ""] });
        try {
            const ends = (await consumer.listOffsets({ topics: [topic], timestamp: -1n })).get(topic) ?? [];
            return ends.reduce((sum, end) => sum + end, 0n);
        } finally {
            await consumer.close(true);
        }
    };

    const fault = (profile: ProfileName, leakFactor?: number) =>
        switchFault({ service: stack.live.service, revision: candidate, profile, ...defined({ leakFactor }) });

    /** Growth of the counters over at least `requests` more requests. */
    const growth = async <Name extends string>(
        metrics: Readonly<Record<Name, readonly [metric: string, labels?: string]>>,
        requests = 300,
    ): Promise<Readonly<Record<Name | "requests", number>>> => {
        const all: Readonly<Record<string, readonly [string, string?]>> = { ...metrics, requests: ["http_requests_total"] };
        const look = async (): Promise<Readonly<Record<string, number>>> =>
            Object.fromEntries(
                await Promise.all(Object.entries(all).map(async ([name, [metric, labels]]) => [name, await total(candidate, metric, labels)] as const)),
            );
        const before = await look();
        const after = await waitUntil(
            async () => {
                const now = await look();
                if ((now.requests ?? 0) - (before.requests ?? 0) < requests) {
                    throw new Error(`${String(now.requests)} requests after ${String(before.requests)}`);
                }
                return now;
            },
            { what: `${String(requests)} requests to ${candidate}`, withinMs: 60_000, everyMs: 200 },
        );
        const names = Object.keys(all) as (Name | "requests")[];
        return Object.fromEntries(names.map((name) => [name, (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN)])) as Record<Name | "requests", number>;
    };

    it("takes its profile from the setting of the revision, and keeps it from the others", async () => {
        const { hits, misses } = await growth({ hits: ["cache_requests_total", 'result="hit"'], misses: ["cache_requests_total", 'result="miss"'] }, 500);
        expect(hits / (hits + misses)).toBeGreaterThan(0.5);
        expect(hits / (hits + misses)).toBeLessThan(0.7);
        expect(await total(stable, "http_requests_total")).toBe(0);
    });

    it("passes every functional probe through the gateway", async () => {
        const pods = clusterState({ keys: labelKeys, api: apiServer({ kubeContext }), namespace: stack.live.namespace, service: stack.live.service });
        const pages = podPages({ proxyUrl: variables.NOVA_LAB_POD_PROXY ?? "" });
        const probes = probeRunner({
            probes: known,
            folder: resolve(import.meta.dirname, "../.."),
            gatewayUrl: variables.NOVA_LAB_GATEWAY_URL ?? "",
            hostname: stack.hostname,
            testers: () => stack.testerHeaders(),
            pods: async (revision) => podsWithPages(await pods.pods(revision), pages),
        });
        const names = ["health", "api", "engagement-events", "search", "trending", "creator-recommendations", "similar-videos"] as const;
        try {
            await fault("healthy");
            expect(await probes.run(candidate, names)).toEqual(Object.fromEntries(names.map((name) => [name, { kind: "passed" }])));
            await fault("silent");
            expect(await probes.run(candidate, ["engagement-events"])).toMatchObject({ "engagement-events": { kind: "failed" } });
        } finally {
            await probes.close();
            await pages.close();
        }
    });

    it("is found by Prometheus, with the labels of its pods", async () => {
        const query = `sum by (service, revision, namespace) (up{namespace="${stack.live.namespace}"})`;
        await waitUntil(
            async () => {
                const answer = await getOk(`${variables.NOVA_LAB_PROMETHEUS_URL ?? ""}/api/v1/query?query=${encodeURIComponent(query)}`);
                const labels = upSchema.parse(JSON.parse(answer)).data.result.map(({ metric }) => metric);
                for (const revision of [stable, candidate]) {
                    expect(labels).toContainEqual({ service: stack.live.service, revision, namespace: stack.live.namespace });
                }
            },
            { what: "the pods in Prometheus", withinMs: 60_000 },
        );
    });

    it("shows no fault while it is healthy", async () => {
        await fault("healthy");
        const seen = await growth({
            failed: ["http_requests_total", 'code="5..",'],
            slow: ["http_request_duration_seconds_bucket", 'le="\\+Inf"'],
            within: ["http_request_duration_seconds_bucket", 'le="0.4"'],
            hits: ["cache_requests_total", 'result="hit"'],
            lookups: ["cache_requests_total"],
            critical: ["log_messages_total", 'level="critical"'],
            connectionErrors: ["database_connection_errors_total"],
        });
        expect(seen.failed / seen.requests).toBeLessThan(0.01);
        expect(seen.within / seen.slow).toBeGreaterThan(0.95);
        expect(seen.hits / seen.lookups).toBeGreaterThan(0.9);
        expect(seen).toMatchObject({ critical: 0, connectionErrors: 0 });
    });

    const all = ["http_request_duration_seconds_bucket", 'le="\\+Inf"'] as const;
    it.each([
        { profile: "slow", part: ["http_request_duration_seconds_bucket", 'le="1"'], of: all, from: 0.4, to: 0.9, requests: 300 },
        { profile: "slightly-slow", part: ["http_request_duration_seconds_bucket", 'le="0.3"'], of: all, from: 0.2, to: 0.8, requests: 300 },
        { profile: "erroring", part: ["http_requests_total", 'code="500"'], of: ["http_requests_total"], from: 0.35, to: 0.65, requests: 300 },
        { profile: "slightly-erroring", part: ["http_requests_total", 'code="500"'], of: ["http_requests_total"], from: 0, to: 0.02, requests: 2_500 },
        { profile: "cache-cold", part: ["cache_requests_total", 'result="miss"'], of: ["cache_requests_total"], from: 0.25, to: 0.55, requests: 300 },
        { profile: "database-starved", part: ["database_connection_errors_total"], of: ["http_requests_total"], from: 0, to: 0.2, requests: 600 },
        { profile: "log-noisy", part: ["log_messages_total", 'level="critical"'], of: ["http_requests_total"], from: 0, to: 0.05, requests: 1_000 },
    ] as const)("shows the profile '$profile' in $part.0", async ({ profile, part, of, from, to, requests }) => {
        await fault(profile);
        const seen = await growth({ part, of }, requests);
        expect(seen.part / seen.of).toBeGreaterThan(from);
        expect(seen.part / seen.of).toBeLessThan(to);
    });

    it("records the events that it accepts in their topic, and none while it is silent", async () => {
        const counters = { accepted: ["engagement_events_total", 'result="accepted"'], recorded: ["engagement_events_total", 'result="recorded"'] } as const;
        await fault("healthy");
        const before = await recordsInTopic();
        const healthy = await growth(counters);
        expect(await recordsInTopic()).toBeGreaterThanOrEqual(before + BigInt(healthy.recorded));
        expect(healthy.recorded).toBeGreaterThan(0);

        await fault("silent");
        // Those that were accepted before are recorded by then.
        await sleep(500);
        const left = await recordsInTopic();
        const silent = await growth(counters);
        expect(silent.accepted).toBeGreaterThan(0);
        expect(silent.recorded).toBe(0);
        expect(await recordsInTopic()).toBe(left);
    });

    it("shows users the failures of the revision that was switched, and of no other", async () => {
        await fault("healthy");
        const { startsAtMs } = await fault("erroring");
        const before = await candidateLoad.counts();
        await growth({}, 300);
        const { seconds, byRevision } = await candidateLoad.counts();
        const failing = seconds.filter(({ atMs, byRevision: seen }) => atMs >= startsAtMs && (seen[candidate]?.failuresByReason["500"] ?? 0) > 0);
        expect(failing.length).toBeGreaterThan(0);
        expect(byRevision[candidate]?.failures).toBeGreaterThan(before.byRevision[candidate]?.failures ?? Number.NaN);
        expect(byRevision[stable]).toBeUndefined();
    });

    it("becomes not ready in a crash loop, restarts again and again, and counts from 0 when it is back", async () => {
        await fault("healthy");
        const before = await total(candidate, "http_requests_total");
        await fault("crash-looping");
        await waitUntil(
            async () => {
                const status = await containerOf(candidate);
                expect(status?.restartCount).toBeGreaterThanOrEqual(2);
                expect(status).toMatchObject({
                    ready: false,
                    state: { waiting: { reason: "CrashLoopBackOff" } },
                    lastState: { terminated: { reason: "Error", exitCode: 1 } },
                });
                expect((await stack.live.readyPods())[candidate]).toBe(0);
            },
            { what: "the crash loop", withinMs: 60_000 },
        );
        await waitUntil(
            async () => {
                const { total: seen } = await candidateLoad.counts();
                expect(seen.failuresByReason["503"]).toBeGreaterThan(0);
            },
            { what: "a gateway without a ready pod", withinMs: 60_000 },
        );

        await fault("healthy");
        await waitUntil(
            async () => {
                expect((await stack.live.readyPods())[candidate]).toBe(1);
            },
            { what: "the end of the crash loop", withinMs: 60_000 },
        );
        const after = await total(candidate, "http_requests_total");
        expect(after).toBeLessThan(before);
        expect((await containerOf(candidate))?.restartCount).toBeGreaterThanOrEqual(2);
    });

    it("leaks memory until it is killed for it", async () => {
        const usual = await total(candidate, "process_resident_memory_bytes");
        const restarts = (await containerOf(candidate))?.restartCount ?? Number.NaN;
        await fault("leaking", 60);
        await waitUntil(
            async () => {
                expect(await total(candidate, "process_resident_memory_bytes")).toBeGreaterThan(usual + 50 * 2 ** 20);
            },
            { what: "a leak", withinMs: 60_000 },
        );
        await waitUntil(
            async () => {
                const status = await containerOf(candidate);
                expect(status?.restartCount).toBeGreaterThan(restarts);
                expect(status?.lastState?.terminated).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
            },
            { what: "an end by the kernel", withinMs: 60_000 },
        );
        await fault("healthy");
    });

    it("drops nobody's request when a pod of the stable revision is deleted, since it drains", async () => {
        const users = await startLoad({ host: stack.hostname, requestsPerSecond: 100, seed: 3 });
        try {
            const [pod] = await podsOf(stable);
            await waitUntil(
                async () => {
                    expect((await users.counts()).total.requests).toBeGreaterThan(100);
                },
                { what: "users", withinMs: 60_000 },
            );
            await stack.live.deletePod(pod?.metadata?.name ?? "");
            const { sent } = await users.counts();
            await waitUntil(
                async () => {
                    expect((await users.counts()).total.requests).toBeGreaterThan(sent + 300);
                },
                { what: "users after the deletion", withinMs: 60_000 },
            );
        } finally {
            const { total: seen, byRevision } = await users.stop();
            expect(seen.failuresByReason["503"]).toBeUndefined();
            expect(seen.failuresByReason.connection).toBeUndefined();
            expect(Object.keys(byRevision)).toEqual([stable]);
        }
    });
});
