import { beforeAll, describe, expect, it } from "vitest";

import { ProcessMetrics } from "../../lab/workload/process-metrics.ts";
import { callOf, routeNames } from "../../lab/workload/route.ts";
import { contractBuckets, contractMetrics, contractRequests, metricsProblems } from "../helpers/contract-page.ts";

describe("the page of the contract", () => {
    it("can be read", () => {
        expect(contractMetrics.length).toBeGreaterThan(10);
        expect(contractMetrics.find(({ name }) => name === "cache_requests_total")).toEqual({
            name: "cache_requests_total",
            type: "counter",
            labels: [
                { label: "result", values: ["hit", "miss", "error"] },
                { label: "audience", values: [] },
            ],
        });
        expect(contractBuckets.length).toBeGreaterThan(10);
        expect(contractRequests.length).toBeGreaterThan(8);
    });
});

describe("the simulator's metrics", () => {
    let text = "";

    beforeAll(async () => {
        const read = () => ({ cpuSeconds: 0, memoryBytes: 0, inFlight: 0, testersInFlight: 1, pool: { inUse: 0, idle: 0, waiting: 0 } });
        const metrics = new ProcessMetrics("v1-0-0", 0, read);
        // What testers ask has series of its own from the first such request on.
        metrics.answered("testers", "feed", 200, "hit", 0.01);
        metrics.timedOut("testers", "feed");
        metrics.lookedUp("testers", "hit");
        metrics.connectionFailed("testers");
        metrics.event("testers", "accepted");
        metrics.line("testers", "error");
        text = await metrics.text();
    });

    it("are exactly those of the contract, with its labels and buckets", () => {
        expect(metricsProblems(text)).toEqual([]);
    });

    it.each([
        {
            what: "a metric is missing",
            change: (page: string) => page.replaceAll(/^.*database_pool_waiting.*\n/gm, ""),
            says: /^database_pool_waiting gauge is missing$/,
        },
        { what: "a metric is too many", change: (page: string) => `${page}# TYPE other gauge\n`, says: /^other gauge is not in the contract$/ },
        {
            what: "a label is another",
            change: (page: string) => page.replaceAll('result="', 'outcome="'),
            says: /cache_requests_total has the labels audience, outcome/,
        },
        { what: "a series is missing", change: (page: string) => page.replaceAll(/^.*result="failed".*\n/gm, ""), says: /has no series with result="failed"/ },
        { what: "a bucket is missing", change: (page: string) => page.replaceAll(/^.*le="0.3".*\n/gm, ""), says: /the buckets are 0.005/ },
    ])("are not, where $what", ({ change, says }) => {
        expect(metricsProblems(change(text)).join("\n")).toMatch(new RegExp(says.source, "m"));
    });
});

describe("the simulator's routes", () => {
    it.each(contractRequests)("serve '$request'", ({ method, path, label }) => {
        const call = callOf(method, path);
        expect("route" in call ? call.route : "not counted").toBe(label);
        expect(call.kind).not.toBe("none");
    });

    it("are all in the contract", () => {
        const labels = new Set(contractRequests.map(({ label }) => label).filter((label) => label !== "not counted"));
        expect([...labels].toSorted()).toEqual([...routeNames].toSorted());
    });
});
