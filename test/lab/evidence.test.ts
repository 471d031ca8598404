import { resolve } from "node:path";

import { CoreV1Api } from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { defined } from "../../rollout/defined.ts";
import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { type PodReader, collectEvidence } from "../../rollout/gate/live/evidence.ts";
import { clusterState } from "../../rollout/kubernetes/cluster-state.ts";
import { podMetrics, podPages } from "../../rollout/watch/live/pod-metrics.ts";
import { probeRunner } from "../../rollout/gate/live/probes.ts";
import { podsWithPages } from "../../rollout/gate/live/sources.ts";
import { podSeries } from "../rollout/pod-series.ts";
import { probes as known } from "../../service/probes.ts";
import { prometheusClient } from "../../rollout/gate/live/prometheus.ts";
import { kubeContext, labLayout, labVariables, readLabState } from "../../lab/api.ts";
import type { UserCounts } from "../../lab/load/counts.ts";
import { startLoad } from "../../lab/load/load.ts";
import { enterStep } from "../../lab/trial/step.ts";
import { waitUntil } from "../../lab/wait.ts";
import { switchFault } from "../../lab/workload/fault-switch.ts";
import type { Evidence, Observation, RevisionEvidence } from "../../rollout/gate/evidence.ts";
import { referenceTo } from "../../rollout/route/revision.ts";
import { TrialStack, nextRevision, succeeding } from "../helpers/engine.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** Evidence of a real stack in the lab: what users saw is the yardstick for what is counted. */
describe("evidence of a running service", () => {
    let stack: TrialStack;
    let candidate = "";
    let variables: Readonly<Record<string, string>> = {};
    let pods: PodReader;
    /** When the present test began, by the API server's clock. */
    let enteredAt = "";

    beforeAll(async () => {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        variables = labVariables(labLayout(), state);
        process.env.KUBECONFIG = labLayout().kubeconfig;
        stack = await TrialStack.create("evidence");
        const next = nextRevision(stack.stable);
        candidate = next.name;
        stack.configure({ candidate: next });
        await succeeding(stack.up());
        // Both have users, with one pod of the candidate: what is counted is the same as at any step.
        await enterStep(stack.live, { kind: "rolling", stable: referenceTo(stack.stable), candidate: referenceTo(next), weightPercent: 50 });
        pods = clusterState({ keys: labelKeys, api: apiServer({ kubeContext }), namespace: stack.live.namespace, service: stack.live.service });
    });
    afterAll(() => stack.remove());

    const variable = (name: string): string => variables[name] ?? `${name} is not set`;

    const collect = (probes?: ReturnType<typeof probeRunner>): Promise<Evidence> =>
        collectEvidence(
            {
                namespace: stack.live.namespace,
                service: stack.live.service,
                stable: stack.stable.name,
                candidate,
                enteredAt,
                scrapeIntervalSeconds: 1,
                ...(probes === undefined
                    ? {}
                    : { probes: ["health", "api", "cache", "engagement-events", "search", "trending", "creator-recommendations", "similar-videos"] }),
            },
            { prometheus: prometheusClient({ url: variable("NOVA_LAB_PROMETHEUS_URL") }), pods, podSeries, ...defined({ probes }) },
        );

    /** Enters a step: from here on, and not before, requests count. Every pod has been scraped within it once. */
    const enter = async (): Promise<void> => {
        enteredAt = (await pods.serverNow()).toISOString();
        await waitUntil(
            async () => {
                const evidence = await collect();
                for (const { scrapes, requests } of [evidence.stable, candidateOf(evidence)]) {
                    expect(valueOf(scrapes).fewestDistinct).toBeGreaterThanOrEqual(1);
                    expect(valueOf(requests).total).toBe(0);
                }
            },
            { what: "a scrape of every pod", withinMs: 60_000 },
        );
    };

    /** Load of users on both revisions, as the weights have it, until each has answered `requests`. */
    const loaded = async (requests: number): Promise<Readonly<Record<string, UserCounts>>> => {
        const load = await startLoad({ host: stack.hostname, requestsPerSecond: 120, seed: 11 });
        await waitUntil(
            async () => {
                const { byRevision } = await load.counts();
                for (const name of [stack.stable.name, candidate]) {
                    expect(byRevision[name]?.requests ?? 0).toBeGreaterThanOrEqual(requests);
                }
            },
            { what: "requests", withinMs: 90_000, everyMs: 200 },
        );
        return (await load.stop()).byRevision;
    };

    /** What testers ask of the candidate: as many requests as are asked for, and a few more. */
    const tested = async (requests: number): Promise<UserCounts | undefined> => {
        const load = await startLoad({ host: stack.hostname, requestsPerSecond: 60, seed: 12, headers: await stack.testerHeaders() });
        while ((await load.counts()).total.requests < requests) {
            await sleep(100);
        }
        const { byRevision } = await load.stop();
        expect(Object.keys(byRevision)).toEqual([candidate]);
        return byRevision[candidate];
    };

    /** Evidence once a scrape has seen the last request. */
    const settled = (expected: (evidence: Evidence) => void): Promise<Evidence> =>
        waitUntil(
            async () => {
                const evidence = await collect();
                expected(evidence);
                return evidence;
            },
            { what: "scrapes that show the last request", withinMs: 60_000, everyMs: 500 },
        );

    it("counts exactly the requests that users made, of both revisions", async () => {
        await enter();
        const seen = await loaded(400);
        const evidence = await settled(({ stable, candidate: other }) => {
            for (const [name, revision] of [[stack.stable.name, stable] as const, [candidate, candidateOf({ candidate: other })] as const]) {
                expect(valueOf(revision.requests)).toMatchObject({ total: seen[name]?.requests, failed: failuresOf(seen[name]) });
            }
        });

        for (const revision of [evidence.stable, candidateOf(evidence)]) {
            const { total } = valueOf(revision.requests);
            expect(sum(valueOf(revision.latency).counts)).toBe(total);
            expect(sum(valueOf(revision.latencyOnHit).counts) + sum(valueOf(revision.latencyOnMiss).counts)).toBeLessThanOrEqual(total);
            expect(valueOf(revision.cache).hits).toBeGreaterThan(0);
            expect(valueOf(revision.recentRequests)).toBeLessThanOrEqual(total);
            expect(valueOf(revision.events).recorded).toBe(valueOf(revision.events).accepted);
            expect(valueOf(revision.cpuUtilisation)).toBeGreaterThan(0);
            expect(valueOf(revision.memory)).toHaveLength(valueOf(revision.pods).length);
            expect(valueOf(revision.databasePool).size).toBeGreaterThan(0);
            expect(valueOf(revision.databaseConnectionErrors)).toBe(0);
            expect(valueOf(revision.criticalLogLines)).toBe(0);
            expect(valueOf(revision.scrapes).pods).toBe(valueOf(revision.pods).filter(({ ready }) => ready).length);
        }
        expect(evidence.windowSeconds).toBeLessThanOrEqual(evidence.soakedSeconds);
        expect(evidence.windowSeconds).toBeGreaterThan(0);
    });

    it("counts the failures of a candidate that errs, and those of no other, and nothing from before the step", async () => {
        await switchFault({ service: stack.live.service, revision: candidate, profile: "erroring" });
        try {
            await enter();
            const seen = await loaded(300);
            const failed = failuresOf(seen[candidate]);
            expect(failed).toBeGreaterThan(0);
            await settled(({ stable, candidate: other }) => {
                expect(valueOf(candidateOf({ candidate: other }).requests)).toMatchObject({ total: seen[candidate]?.requests, failed });
                expect(valueOf(stable.requests)).toMatchObject({ total: seen[stack.stable.name]?.requests, failed: failuresOf(seen[stack.stable.name]) });
            });
        } finally {
            await switchFault({ service: stack.live.service, revision: candidate, profile: "healthy" });
        }
    });

    it("adds up the same requests when pods are asked themselves, several times a second", async () => {
        const metrics = podMetrics(podSeries, { proxyUrl: variable("NOVA_LAB_POD_PROXY") });
        try {
            const targets = await pods.pods(candidate);
            const lookAtAll = () => Promise.all(targets.map((target) => metrics.look(target)));
            const looks = [await lookAtAll()];
            const load = await startLoad({ host: stack.hostname, requestsPerSecond: 120, seed: 13 });
            while (((await load.counts()).byRevision[candidate]?.requests ?? 0) < 200) {
                looks.push(await lookAtAll());
            }
            const { byRevision } = await load.stop();
            looks.push(await lookAtAll());
            const counts = looks.slice(1).flatMap((all) => all.map((one) => valueOf(one.counts)));

            expect(looks.length).toBeGreaterThan(5);
            expect({ total: sum(counts.map(({ total }) => total)), failed: sum(counts.map(({ failed }) => failed)) }).toEqual({
                total: byRevision[candidate]?.requests,
                failed: failuresOf(byRevision[candidate]),
            });
        } finally {
            await metrics.close();
        }
    });

    it("counts nothing that testers ask, however much of it fails, and no alarm sees it", async () => {
        const metrics = podMetrics(podSeries, { proxyUrl: variable("NOVA_LAB_POD_PROXY") });
        await switchFault({ service: stack.live.service, revision: candidate, profile: "erroring" });
        try {
            await enter();
            const targets = await pods.pods(candidate);
            const lookAtAll = () => Promise.all(targets.map((target) => metrics.look(target)));
            await lookAtAll();
            expect(failuresOf(await tested(200))).toBeGreaterThan(12);
            const [alarmed] = await lookAtAll();
            expect(valueOf(alarmed?.counts ?? { kind: "missing", reason: "no pod" })).toMatchObject({ total: 0, failed: 0, slow: 0 });
            const seen = await loaded(100);
            const evidence = await settled(({ candidate: other }) => {
                expect(valueOf(candidateOf({ candidate: other }).requests)).toMatchObject({
                    total: seen[candidate]?.requests,
                    failed: failuresOf(seen[candidate]),
                });
            });
            const { latency } = candidateOf(evidence);
            expect(sum(valueOf(latency).counts)).toBe(seen[candidate]?.requests);
        } finally {
            await switchFault({ service: stack.live.service, revision: candidate, profile: "healthy" });
            await metrics.close();
        }
    });

    it("keeps what a pod has counted when it goes away, and counts the next one from its start", async () => {
        await enter();
        const first = await loaded(200);
        await settled(({ candidate: other }) => {
            expect(valueOf(candidateOf({ candidate: other }).requests).total).toBe(first[candidate]?.requests);
        });
        const [gone] = await pods.pods(candidate);
        await stack.live.deletePod(gone?.name ?? "");
        await waitUntil(
            async () => {
                const { items } = await stack.live.client(CoreV1Api).listNamespacedPod({
                    namespace: stack.live.namespace,
                    labelSelector: `nova.example.com/revision=${candidate}`,
                });
                expect(items.map(({ metadata }) => metadata?.name)).not.toContain(gone?.name);
                expect((await stack.live.readyPods())[candidate]).toBe(1);
            },
            { what: "the pod after", withinMs: 90_000 },
        );
        const second = await loaded(200);
        const evidence = await settled(({ candidate: other }) => {
            expect(valueOf(candidateOf({ candidate: other }).requests).total).toBe((first[candidate]?.requests ?? 0) + (second[candidate]?.requests ?? 0));
        });

        expect(valueOf(candidateOf(evidence).scrapes).pods).toBe(1);
        expect(valueOf(candidateOf(evidence).memory).map(({ pod }) => pod)).not.toContain(gone?.name);
    });

    it("holds the probes' results", async () => {
        await enter();
        const pages = podPages({ proxyUrl: variable("NOVA_LAB_POD_PROXY") });
        const runner = probeRunner({
            probes: known,
            folder: resolve(import.meta.dirname, "../.."),
            gatewayUrl: variable("NOVA_LAB_GATEWAY_URL"),
            hostname: stack.hostname,
            testers: () => stack.testerHeaders(),
            pods: async (revision) => podsWithPages(await pods.pods(revision), pages),
        });
        const { probes } = await collect(runner);
        await runner.close();
        await pages.close();

        expect(Object.entries(probes).filter(([, { kind }]) => kind !== "passed")).toEqual([]);
        expect(Object.keys(probes)).toHaveLength(8);
    });
});

function candidateOf({ candidate }: Pick<Evidence, "candidate"> | { readonly candidate: RevisionEvidence | undefined }): RevisionEvidence {
    if (candidate === undefined) {
        throw new Error("the evidence holds no candidate");
    }
    return candidate;
}

function valueOf<T>(observation: Observation<T>): T {
    if (observation.kind === "missing") {
        throw new Error(observation.reason);
    }
    return observation.value;
}

/** Failures that the service itself counts: answers with a status from 500 on. */
function failuresOf(counts: UserCounts | undefined): number {
    return sum(Object.entries(counts?.failuresByReason ?? {}).flatMap(([reason, count]) => (/^5\d\d$/.test(reason) ? [count] : [])));
}

function sum(values: readonly number[]): number {
    return values.reduce((all, value) => all + value, 0);
}
