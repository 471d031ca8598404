import type { Weight } from "../../rollout/plan/plan.ts";
import { type CaseSeries, growing, ofBackend, ofObject, ofPod, steady } from "../cases.ts";
import { exampleCandidate } from "../example.ts";
import { answered, got, lookups, ofCandidatePod, slowRequests, waited } from "./traffic-cases.ts";

/** Two histories at one step: one that breaks the bound of its gate, one that just keeps it. */
export interface GateCase {
    readonly weightPercent: Weight;
    /** How long the histories are. */
    readonly minutes: number;
    readonly broken: CaseSeries;
    /** Continues 'when'. */
    readonly brokenWhen: string;
    /** The value of the broken history, as it is written. */
    readonly measured: string;
    readonly kept: CaseSeries;
    readonly keptWhen: string;
    /** A history that keeps the bound by the pods' counts and breaks it by the gateway's, where both measure it. */
    readonly atGateway?: Pick<GateCase, "broken" | "brokenWhen" | "measured">;
}

const candidate = exampleCandidate;
const mebibyte = 2 ** 20;

/** By the alert that they are for. */
export const gateCases = {
    errors: {
        weightPercent: 10,
        minutes: 18,
        broken: answered(candidate, 992, 8, 20),
        brokenWhen: "8 of 1000 requests fail at 10 %",
        measured: "0.8%",
        kept: { ...answered(candidate, 996, 4, 20), ...got(candidate, { "200": 996, "503": 4 }, 20) },
        keptWhen: "4 of 1000 fail at 10 %, by either view",
        atGateway: {
            broken: { ...answered(candidate, 992, 0, 20), ...got(candidate, { "200": 992, "504": 8 }, 20) },
            brokenWhen: "users get 8 of 1000 answers from no pod at 10 %",
            measured: "0.8%",
        },
    },
    latency: {
        weightPercent: 25,
        minutes: 18,
        broken: slowRequests(candidate, { "0.3": 90, "0.4": 10 }, 20),
        brokenWhen: "a tenth takes between 300 and 400 ms at 25 %",
        measured: "350ms",
        // The gateway has one bucket for all between 250 and 500 ms.
        kept: { ...slowRequests(candidate, { "0.25": 90, "0.3": 10 }, 20), ...waited(candidate, { "250": 90, "500": 10 }, 20) },
        keptWhen: "a tenth takes between 250 and 300 ms at 25 %",
        atGateway: {
            broken: { ...slowRequests(candidate, { "0.1": 100 }, 20), ...waited(candidate, { "500": 90, "1000": 10 }, 20) },
            brokenWhen: "users wait more than 500 ms for a tenth of the answers at 25 %",
            measured: "750ms",
        },
    },
    cachedLatency: {
        weightPercent: 50,
        minutes: 18,
        broken: slowRequests(candidate, { "0.1": 90, "0.15": 10 }, 20, "hit"),
        brokenWhen: "a tenth of the hits takes between 100 and 150 ms at 50 %",
        measured: "125ms",
        kept: slowRequests(candidate, { "0.075": 90, "0.1": 10 }, 20, "hit"),
        keptWhen: "a tenth of the hits takes between 75 and 100 ms at 50 %",
    },
    uncachedLatency: {
        weightPercent: 50,
        minutes: 18,
        broken: slowRequests(candidate, { "0.3": 90, "0.4": 10 }, 20),
        brokenWhen: "a tenth of the misses takes between 300 and 400 ms at 50 %",
        measured: "350ms",
        kept: slowRequests(candidate, { "0.25": 90, "0.3": 10 }, 20),
        keptWhen: "a tenth of the misses takes between 250 and 300 ms at 50 %",
    },
    cacheHits: {
        weightPercent: 25,
        minutes: 18,
        broken: lookups(candidate, 88, 12, 20),
        brokenWhen: "88 of 100 lookups find something at 25 %",
        measured: "88%",
        kept: lookups(candidate, 92, 8, 20),
        keptWhen: "92 of 100 find something at 25 %",
    },
    cpu: {
        weightPercent: 25,
        minutes: 18,
        broken: cpu(9),
        brokenWhen: "a pod uses 60 % of the CPU it requests at 25 %",
        measured: "60%",
        kept: cpu(6),
        keptWhen: "it uses 40 % at 25 %",
    },
    memory: {
        weightPercent: 25,
        minutes: 18,
        broken: memory(steady(320 * mebibyte, 20)),
        brokenWhen: "a pod uses 320 MiB at 25 %",
        measured: "320Mi",
        kept: memory(steady(290 * mebibyte, 20)),
        keptWhen: "it uses 290 MiB at 25 %",
    },
    memoryGrowth: {
        weightPercent: 25,
        minutes: 70,
        broken: memory(`${String(150 * mebibyte)}+${String(mebibyte / 4)}x80`),
        brokenWhen: "a pod grows by 15 MiB an hour at 25 %",
        measured: "15Mi",
        kept: memory(`${String(150 * mebibyte)}+${String(mebibyte / 32)}x80`),
        keptWhen: "it grows by less than 2 MiB an hour at 25 %",
    },
    pool: {
        weightPercent: 25,
        minutes: 18,
        broken: pool(18),
        brokenWhen: "18 of 20 connections are in use at 25 %",
        measured: "90%",
        kept: pool(15),
        keptWhen: "15 of 20 are in use at 25 %",
    },
    timeouts: {
        weightPercent: 100,
        minutes: 18,
        broken: { ...answered(candidate, 1_000, 0, 20), [ofPod("http_request_timeouts_total", candidate, { route: "feed" })]: growing(5, 20) },
        brokenWhen: "5 of 1000 requests run into a time limit at 100 %",
        measured: "0.5%",
        kept: { ...answered(candidate, 10_000, 0, 20), [ofPod("http_request_timeouts_total", candidate, { route: "feed" })]: growing(5, 20) },
        keptWhen: "5 of 10,000 do at 100 %",
        atGateway: {
            broken: {
                ...answered(candidate, 1_000, 0, 20),
                ...got(candidate, { "200": 995, "504": 5 }, 20),
                [ofBackend("envoy_cluster_upstream_rq_timeout", candidate)]: growing(5, 20),
            },
            brokenWhen: "5 of 1000 requests run into the gateway's time limit at 100 %",
            measured: "0.5%",
        },
    },
    events: {
        weightPercent: 25,
        minutes: 18,
        broken: events(95),
        brokenWhen: "95 of 100 events are recorded at 25 %",
        measured: "95%",
        kept: events(100),
        keptWhen: "all are recorded at 25 %",
    },
} as const satisfies Readonly<Record<string, GateCase>>;

/** @param cpuSeconds seconds of CPU in each minute, of a pod that requests a quarter of a core: 15 seconds a minute. */
function cpu(cpuSeconds: number): CaseSeries {
    const pod = ofCandidatePod("a");
    return {
        [ofPod("process_cpu_seconds_total", candidate)]: growing(cpuSeconds, 20),
        [ofPod("service_info", candidate, { version: "1.1.0" })]: steady(1, 20),
        [ofObject("kube_pod_container_resource_requests", { pod, container: "api", resource: "cpu", unit: "core", uid: "u1", node: "n1" })]: steady(0.25, 20),
    };
}

function memory(values: string): CaseSeries {
    return { [ofPod("process_resident_memory_bytes", candidate)]: values };
}

function pool(inUse: number): CaseSeries {
    return {
        [ofPod("database_pool_connections", candidate, { state: "in_use" })]: steady(inUse, 20),
        [ofPod("database_pool_connections_max", candidate)]: steady(20, 20),
    };
}

/** @param recorded of 100 events in each minute. */
function events(recorded: number): CaseSeries {
    return {
        [ofPod("engagement_events_total", candidate, { result: "accepted" })]: growing(100, 20),
        [ofPod("engagement_events_total", candidate, { result: "recorded" })]: growing(recorded, 20),
    };
}
