import { describe, expect, it } from "vitest";

import { type Measured, Setup, candidateOf, measured, now, otherwise, pod, processes, reasonOf, valueOf } from "./setup.ts";
import type { Tampering } from "./prometheus-player.ts";
import { every, seriesOf } from "./world.ts";

const setup = new Setup();

/** The right answer, with a remark. */
function remarked(where: "warnings" | "infos"): Tampering {
    return (_query, answer) => ({ body: { ...answer, [where]: ["store unreachable"] } });
}

describe("evidence from metrics that can't be trusted", () => {
    it.each([
        {
            what: "Prometheus answers with an error",
            tamper: () => ({ status: 500, body: { status: "error", errorType: "internal", error: "disk" } }),
            reason: /refused \(500\).*disk/,
        },
        { what: "Prometheus answers garbage", tamper: () => ({ body: "<html>" }), reason: /no answer of its API/ },
        { what: "an answer has warnings", tamper: remarked("warnings"), reason: /may be partial: store unreachable/ },
        { what: "an answer has infos", tamper: remarked("infos"), reason: /may be partial: store unreachable/ },
    ])("is missing when $what", async ({ tamper, reason }) => {
        setup.player.tamper = (query, answer) => (query === "time()" ? undefined : tamper(query, answer));
        const evidence = await setup.collect();

        expect([...otherwise(evidence.stable, reason), ...otherwise(candidateOf(evidence), reason)]).toEqual([]);
        expect(evidence.windowSeconds).toBe(0);
    });

    it("is missing when Prometheus is down, and what the API server has is there all the same", async () => {
        await setup.player.stop();
        const evidence = await setup.collect();
        await setup.player.start();

        expect(otherwise(candidateOf(evidence), /Prometheus at .* gave no answer: .*ECONNREFUSED/)).toEqual([]);
        expect(valueOf(candidateOf(evidence).pods).map(({ name }) => name)).toEqual(["v2-a"]);
        expect(evidence.soakedSeconds).toBe(599);
    });

    it("is missing when the API server is down: no soak, no pods, no window", async () => {
        setup.pods.failure = new Error("no answer within 5000 ms");
        const evidence = await setup.collect();

        expect(otherwise(candidateOf(evidence), /the API server could not be asked: no answer/)).toEqual([]);
        expect(candidateOf(evidence).pods.kind).toBe("missing");
        expect([evidence.soakedSeconds, evidence.windowSeconds]).toEqual([0, 0]);
    });

    it.each([-31, 31])("is missing when Prometheus' clock is %d s off", async (skew) => {
        setup.pods.nowSeconds = now + skew;

        expect(reasonOf((await setup.candidate()).requests)).toMatch(/clocks of Prometheus and of the API server are 31 s apart/);
    });

    it("begins later, not earlier, when Prometheus' clock goes ahead", async () => {
        setup.pods.nowSeconds = now - 20;
        const { windowSeconds, soakedSeconds } = await setup.collect();

        expect(windowSeconds).toBeLessThanOrEqual(soakedSeconds);
        expect(windowSeconds).toBe(579);
    });

    it.each(["not a time", ""])("is missing when it is unknown when the step was entered: '%s'", async (enteredAt) => {
        const evidence = await setup.collect({ enteredAt });

        expect(reasonOf(candidateOf(evidence).requests)).toContain("unknown when the step was entered");
        expect(evidence.soakedSeconds).toBe(0);
    });

    it("is missing when the step has only just begun", async () => {
        const evidence = await setup.collect({ enteredAt: new Date(now * 1_000).toISOString() });

        expect(reasonOf(candidateOf(evidence).requests)).toContain("only just begun");
    });

    it("is missing for both revisions when a pod is scraped as one and is of the other", async () => {
        setup.pods.byRevision = { v1: [pod("v1-a"), pod("v1-b"), pod("v2-a")], v2: [] };

        expect((await setup.candidate()).requests).toEqual({
            kind: "missing",
            reason: "pod v2-a is scraped as revision v2, and the API server has it as v1",
        });
    });

    it("is missing when requests of the service name no revision", async () => {
        setup.player.series = [...setup.player.series, ...seriesOf({ pod: "x", revision: "", startedAtSeconds: now - 900, scrapes: [now - 10] })];

        expect(reasonOf((await setup.collect()).stable.requests)).toContain("without a revision, from instance x:9090");
    });

    it.each([
        { label: "pod", without: { pod: "" } },
        { label: "instance", without: { instance: "" } },
    ])("is missing when a series has no label $label", async ({ label, without }) => {
        setup.change(({ labels, samples }) => ({ labels: labels.pod === "v2-a" ? { ...labels, ...without } : labels, samples }));
        const evidence = await setup.collect();

        expect(reasonOf(candidateOf(evidence).requests)).toContain(`without the label ${label}`);
        expect(evidence.stable.requests.kind).toBe("observed");
    });

    it.each([
        { how: "under two jobs", again: { job: "other" } },
        { how: "under two addresses", again: { instance: "10.1.1.1:8080" } },
        { how: "under two jobs, at other moments", again: { job: "other", scrapes: [now - 3] } },
    ])("is missing when a pod is scraped $how", async ({ again }) => {
        setup.player.series = [
            ...processes,
            { pod: "v2-a", revision: "v2", startedAtSeconds: now - 900, scrapes: every(15, now - 600, now), ...again },
        ].flatMap(seriesOf);
        const evidence = await setup.collect();

        expect(otherwise(candidateOf(evidence), /duplicated series: pod v2-a is scraped as job .* and as job/)).toEqual([]);
        expect(evidence.stable.requests.kind).toBe("observed");
    });

    it("is missing when one address is scraped as two pods", async () => {
        setup.player.series = [
            ...processes,
            { pod: "v2-b", revision: "v2", instance: "v1-a:9090", startedAtSeconds: now - 900, scrapes: every(15, now - 600, now) },
        ].flatMap(seriesOf);

        expect(reasonOf((await setup.collect()).stable.requests)).toContain("v1-a:9090 is scraped as pod");
    });

    it.each([
        { name: "http_requests_total", fields: ["requests", "recentRequests"] },
        { name: "http_request_timeouts_total", fields: ["requests"] },
        { name: "http_request_duration_seconds_bucket", fields: ["latency", "latencyOnHit", "latencyOnMiss"] },
        { name: "cache_requests_total", fields: ["cache"] },
        { name: "database_connection_errors_total", fields: ["databaseConnectionErrors"] },
        { name: "engagement_events_total", fields: ["events"] },
        { name: "log_messages_total", fields: ["criticalLogLines"] },
        { name: "process_cpu_seconds_total", fields: ["cpuUtilisation"] },
        { name: "process_resident_memory_bytes", fields: ["memory"] },
        { name: "database_pool_connections", fields: ["databasePool"] },
        { name: "database_pool_connections_max", fields: ["databasePool"] },
        { name: "database_pool_waiting", fields: ["databasePool"] },
        { name: "process_start_time_seconds", fields: [...measured] },
    ] satisfies readonly { readonly name: string; readonly fields: readonly Measured[] }[])(
        "is missing where $name is renamed, and only there",
        async ({ name, fields }) => {
            setup.change(({ labels, samples }) => ({ labels: labels.__name__ === name ? { ...labels, __name__: `${name}_v2` } : labels, samples }));
            const candidate = await setup.candidate();

            expect(measured.filter((field) => candidate[field].kind === "missing")).toEqual(fields);
        },
    );

    it.each([
        { name: "cache_requests_total", label: "result", value: "error", field: "cache" },
        { name: "engagement_events_total", label: "result", value: "recorded", field: "events" },
        { name: "log_messages_total", label: "level", value: "critical", field: "criticalLogLines" },
        { name: "database_pool_connections", label: "state", value: "in_use", field: "databasePool" },
        { name: "http_requests_total", label: "code", value: "503", field: "requests" },
    ] as const)("is missing where $name has $label $value no longer", async ({ name, label, value, field }) => {
        setup.change(({ labels, samples }) => ({
            labels: labels.__name__ === name && labels[label] === value ? { ...labels, [label]: "other" } : labels,
            samples,
        }));

        expect((await setup.candidate())[field].kind).toBe("missing");
    });

    it.each(["NaN", "+Inf", "-Inf", ""])("is missing when a sample is '%s'", async (bad) => {
        setup.resample(
            ({ __name__: name, pod: of }) => name === "http_requests_total" && of === "v2-a",
            (samples) => samples.map(([at]) => [at, bad] as const),
        );
        setup.player.tamper = (query, answer) =>
            bad === "" && query.startsWith("sum by") ? { body: JSON.stringify(answer).replace(/("value":\[\d+,)"[^"]*"/, '$1""') } : undefined;

        expect(reasonOf((await setup.candidate()).requests)).toContain("no finite number");
    });

    it("is missing when a counter falls and no process has started", async () => {
        setup.resample(
            ({ code, pod: of }) => code === "503" && of === "v2-a",
            (samples) => samples.map(([at, value]) => [at, at > now - 100 ? "0" : value] as const),
        );

        expect(reasonOf((await setup.candidate()).requests)).toContain("a counter fell without a restart");
    });

    it("is missing when buckets are no histogram", async () => {
        setup.resample(
            ({ le }) => le === "0.3",
            (samples) => samples.map(([at]) => [at, String(at)] as const),
        );

        expect(reasonOf((await setup.candidate()).latency)).toContain("is no histogram");
    });

    it("is missing when series of a histogram have different bounds", async () => {
        setup.player.series = setup.player.series.filter(({ labels }) => !(labels.le === "0.3" && labels.cache === "none"));
        const candidate = await setup.candidate();

        expect(reasonOf(candidate.latency)).toContain("series with different bounds");
        expect(candidate.latencyOnHit.kind).toBe("observed");
    });

    it("is missing when Prometheus answers for another moment than it was asked for", async () => {
        setup.player.tamper = (query, answer) =>
            query.startsWith("sum by") ? { body: JSON.stringify(answer).replaceAll(String(now), String(now - 60)) } : undefined;

        expect(reasonOf((await setup.candidate()).requests)).toContain("the query was for");
    });
});
