import { describe, expect, it } from "vitest";

import { podSeries } from "../../../pod-series.ts";
import { collectEvidence } from "../../../../../rollout/gate/live/evidence.ts";
import { prometheusClient } from "../../../../../rollout/gate/live/prometheus.ts";
import { Setup, candidateOf, now, pod, processes, scope, valueOf } from "./setup.ts";
import { every, seriesOf } from "./world.ts";

const setup = new Setup();

describe("evidence from sound metrics", () => {
    it("counts exactly what happened between the scrapes within the window", async () => {
        const evidence = await setup.collect();

        // v2-a is scraped 596 s before now for the first time within the step, and 11 s before now for the last time.
        const seconds = 585;
        expect(candidateOf(evidence)).toMatchObject({
            requests: { kind: "observed", value: { total: 10 * seconds, failed: 2 * seconds, timedOut: seconds } },
            latency: { kind: "observed", value: { boundsSeconds: [0.05, 0.3, 1, Infinity], counts: [5 * seconds, 5 * seconds, 0, 0] } },
            latencyOnHit: { kind: "observed", value: { counts: [5 * seconds, 0, 0, 0] } },
            latencyOnMiss: { kind: "observed", value: { counts: [0, 5 * seconds, 0, 0] } },
            cache: { kind: "observed", value: { hits: 5 * seconds, misses: 4 * seconds, errors: seconds } },
            databaseConnectionErrors: { kind: "observed", value: 2 * seconds },
            criticalLogLines: { kind: "observed", value: seconds },
            events: { kind: "observed", value: { accepted: 3 * seconds, recorded: 2 * seconds, failed: seconds } },
            cpuUtilisation: { kind: "observed", value: 0.5 },
            databasePool: { kind: "observed", value: { inUse: 4, size: 10, waiting: 0 } },
            scrapes: { kind: "observed", value: { newestAgeSeconds: 11, fewestDistinct: 40, pods: 1 } },
        });
    });

    it("adds up the pods of a revision, and keeps the revisions apart", async () => {
        const { stable } = await setup.collect();

        expect(valueOf(stable.requests)).toMatchObject({ total: 10 * (570 + 585), failed: 570 + 585, timedOut: 570 + 585 });
        expect(valueOf(stable.scrapes)).toMatchObject({ pods: 2, fewestDistinct: 39 });
    });

    it("counts the last minute apart", async () => {
        expect(valueOf((await setup.candidate()).recentRequests)).toBe(10 * 45);
    });

    it("takes a shorter window where it is asked to", async () => {
        const evidence = await setup.collect({ windowSeconds: 100 });

        expect(evidence.windowSeconds).toBe(100);
        expect(valueOf(candidateOf(evidence).requests).total).toBe(10 * 75);
    });

    it("never reaches before the step, however long a window is asked for", async () => {
        const evidence = await setup.collect({ windowSeconds: 5_000 });

        expect(evidence.soakedSeconds).toBe(599);
        expect(evidence.windowSeconds).toBe(599);
        expect(valueOf(candidateOf(evidence).requests).total).toBe(10 * 585);
    });

    it("ignores a sample from before the step, which Prometheus 2 gives where it lies on the edge", async () => {
        const [edge, first] = [`[${String(now - 600)},"${String(now - 900)}"]`, `[${String(now - 596)},`];
        setup.player.tamper = (query, answer) =>
            query.includes("process_start_time_seconds") ? { body: JSON.stringify(answer).replace(`[${first}`, `[${edge},${first}`) } : undefined;

        expect(valueOf((await setup.candidate()).scrapes).fewestDistinct).toBe(40);
    });

    it("asks the same few questions for many pods as for few", async () => {
        await setup.collect();
        const few = setup.player.queries.length;
        setup.player.series = Array.from({ length: 20 }, (_, index) => ({ ...processes[0], pod: `v1-${String(index)}`, revision: "v1" })).flatMap((process) =>
            seriesOf({ startedAtSeconds: now - 5_000, scrapes: every(15, now - 590, now), ...process }),
        );
        setup.player.queries.length = 0;
        await setup.collect();

        expect(few).toBeLessThanOrEqual(7);
        expect(setup.player.queries.length).toBeLessThanOrEqual(few);
    });

    it("shows zero requests as zero, not as missing", async () => {
        setup.player.series = processes.flatMap((process) => seriesOf({ ...process, requestsPerSecond: 0, failuresPerSecond: 0 }));
        const { requests, recentRequests, latency } = await setup.candidate();

        expect(valueOf(requests)).toMatchObject({ total: 0, failed: 0 });
        expect(valueOf(recentRequests)).toBe(0);
        expect(valueOf(latency).counts).toEqual([0, 0, 0, 0]);
    });

    it("counts a pod that started within the window from its start on", async () => {
        setup.player.series = [...processes, { pod: "v2-b", revision: "v2", startedAtSeconds: now - 100, scrapes: [now - 90, now - 5] }].flatMap(seriesOf);
        setup.pods.byRevision = { ...setup.pods.byRevision, v2: [pod("v2-a"), pod("v2-b", { readySinceSeconds: now - 98 })] };

        expect(valueOf((await setup.candidate()).requests).total).toBe(10 * 585 + 10 * 95);
    });

    it("keeps what a pod counted that has gone away since", async () => {
        setup.player.series = [...processes, { pod: "v2-gone", revision: "v2", startedAtSeconds: now - 900, scrapes: every(15, now - 890, now - 290) }].flatMap(
            seriesOf,
        );
        const candidate = await setup.candidate();

        expect(valueOf(candidate.requests).total).toBe(10 * 585 + 10 * 300);
        expect(valueOf(candidate.scrapes).pods).toBe(1);
        expect(valueOf(candidate.memory).map((series) => series.pod)).toEqual(["v2-a"]);
    });

    it("counts a first error, whose series did not exist before", async () => {
        setup.resample(
            ({ code, revision }) => code === "503" && revision === "v2",
            (samples) => samples.flatMap(([at]) => (at > now - 100 ? [[at, "3"] as const] : [])),
        );

        expect(valueOf((await setup.candidate()).requests).failed).toBe(3);
    });

    it("says nothing of a candidate when there is none", async () => {
        const { stable, namespace, service, enteredAt } = scope;
        const evidence = await collectEvidence(
            { stable, namespace, service, enteredAt },
            { prometheus: prometheusClient({ url: setup.url }), pods: setup.pods, podSeries },
        );

        expect(evidence.candidate).toBeUndefined();
        expect(setup.player.queries.every((query) => !query.includes("v2"))).toBe(true);
    });
});
