import { describe, expect, it } from "vitest";

import { judgeLoadTest } from "../../../../../rollout/preflight/reports/load-test/judge.ts";
import { loadTestIn } from "../../../../../rollout/preflight/reports/load-test/read.ts";
import type { LoadTestReading } from "../../../../../rollout/preflight/reports/load-test/reading.ts";
import { profile } from "../../../../../service/profile.ts";
import { jmeterLog, jmeterStatistics, k6HandleSummary, k6SummaryExport, locustJson, locustTable, wrk2 } from "./outputs.ts";

const wanted = { profile, requestsPerSecond: 600, minutes: 15 };

describe("the report of a load test", () => {
    it.each([
        { what: "k6's summary export", content: JSON.stringify(k6SummaryExport), tool: "k6" },
        { what: "k6's handleSummary", content: JSON.stringify(k6HandleSummary, undefined, 2), tool: "k6" },
        { what: "Locust's table", content: locustTable, tool: "Locust" },
        { what: "Locust's table with a mark of its encoding and Windows' lines", content: `\uFEFF${locustTable.replaceAll("\n", "\r\n")}`, tool: "Locust" },
        { what: "Locust's JSON", content: JSON.stringify(locustJson), tool: "Locust", endedAt: new Date(1_772_956_910_000).toISOString() },
        { what: "JMeter's statistics", content: JSON.stringify(jmeterStatistics), tool: "JMeter" },
        { what: "wrk2's output", content: wrk2, tool: "wrk2" },
    ])("is told by its content, and means the same: $what", ({ content, tool, endedAt }) => {
        const reading = loadTestIn("reports/load-test", content);
        expect(reading).toMatchObject({ tool, requests: 546_000, failed: 54, latencyP95Seconds: 0.084 });
        expect(reading.seconds).toBeCloseTo(910, 6);
        expect(reading.endedAt).toBe(endedAt);
        expect(judgeLoadTest(reading, wanted)).toMatchObject({
            state: "passed",
            text: `${tool}: 600.0 requests a second for 15.2 min, errors and latency within the plan`,
        });
    });

    it("may be JMeter's log, with commas and quotes in it", () => {
        const reading = loadTestIn("reports/load-test.jtl", jmeterLog);
        expect(reading).toMatchObject({
            tool: "JMeter",
            requests: 9_100,
            failed: 1,
            latencyP95Seconds: 0.084,
            endedAt: new Date(1_772_956_909_984).toISOString(),
        });
        expect(reading.seconds).toBeCloseTo(909.984, 6);
    });

    const without = (key: string, from: object): object => Object.fromEntries(Object.entries(from).filter(([name]) => name !== key));
    it.each([
        { what: "it is empty", content: "", says: /it is empty/ },
        { what: "it is another JSON", content: `{"passed": true}`, says: /it is JSON with passed/ },
        { what: "it is a list of nothing", content: "[]", says: /it is JSON with nothing in it/ },
        { what: "it is one number", content: "7", says: /it is JSON with one value/ },
        { what: "it is a table of another tool", content: "date,rps\n2026-03-08,600\n", says: /it begins with 'date,rps'/ },
        { what: "it is JMeter's log as XML", content: '<?xml version="1.0"?><testResults version="1.2"/>', says: /it begins with '<\?xml/ },
    ])("is refused with what was found and what is accepted, where $what", ({ content, says }) => {
        const read = () => loadTestIn("reports/load-test", content);
        expect(read).toThrow(says);
        expect(read).toThrow(/^reports\/load-test is no report .* Accepted are k6: .*; Locust: .*; JMeter: .*; wrk2: /);
    });

    it.each([
        {
            what: "k6's trends have no 95th percentile",
            content: JSON.stringify({ metrics: { ...k6SummaryExport.metrics, http_req_duration: { avg: 1 } } }),
            says: /can't be read as k6.*--summary-trend-stats/,
        },
        {
            what: "k6 made no requests",
            content: JSON.stringify({ metrics: { ...k6SummaryExport.metrics, http_reqs: { count: 0, rate: 0 } } }),
            says: /says nothing: it has 0 requests/,
        },
        { what: "k6's counts are gone", content: JSON.stringify({ metrics: without("http_req_failed", k6SummaryExport.metrics) }), says: /http_req_failed/ },
        {
            what: "k6's numbers are words",
            content: JSON.stringify({ metrics: { ...k6SummaryExport.metrics, http_reqs: { count: "many", rate: 1 } } }),
            says: /number/,
        },
        { what: "k6's run has no length", content: JSON.stringify(without("state", k6HandleSummary)), says: /state/ },
        { what: "Locust's table has no sum", content: locustTable.split("\n").slice(0, 3).join("\n"), says: /no row 'Aggregated'/ },
        { what: "Locust's table is cut off", content: locustTable.slice(0, -60), says: /it is cut off/ },
        { what: "Locust has no percentiles", content: locustTable.replace(",84,122,", ",N/A,122,"), says: /'95%' is 'N\/A'/ },
        {
            what: "Locust's run never ended",
            content: JSON.stringify(locustJson.map((entry) => ({ ...entry, last_request_timestamp: null }))),
            says: /says nothing: it lasted NaN s/,
        },
        { what: "JMeter's sum has no rate", content: JSON.stringify({ Total: without("throughput", jmeterStatistics.Total) }), says: /throughput/ },
        { what: "JMeter's sum is of nothing", content: JSON.stringify({ Total: { ...jmeterStatistics.Total, sampleCount: 0 } }), says: /says nothing/ },
        { what: "JMeter's log has its head alone", content: jmeterLog.split("\n")[0] ?? "", says: /says nothing: it has 0 requests/ },
        { what: "JMeter's log does not say what failed", content: jmeterLog.replaceAll(",true,", ",yes,"), says: /'success' is 'yes'/ },
        { what: "JMeter's log ends in a quote", content: `${jmeterLog}\n1,2,"GET`, says: /cut off/ },
        { what: "wrk prints no percentiles", content: wrk2.replace(/ {2}Detailed[\s\S]*?inf\n/, ""), says: /run wrk2 \(not wrk\) with --latency/ },
        { what: "wrk2's output is cut off", content: wrk2.split("Requests/sec")[0] ?? "", says: /cut off/ },
        { what: "wrk2 got no answer", content: wrk2.replace("546000 requests in", "0 requests in"), says: /says nothing/ },
    ])("is refused by its tool's name where $what", ({ content, says }) => {
        expect(() => loadTestIn("reports/load-test", content)).toThrow(says);
    });

    const good: LoadTestReading = { tool: "k6", requests: 546_000, failed: 54, seconds: 910, latencyP95Seconds: 0.084 };
    it.each([
        {
            what: "the load was not made",
            change: { requests: 500_000 },
            says: /549\.5 requests a second were made, not 600 \(preflight\.loadTestRequestsPerSecond\)/,
        },
        { what: "three requests were made", change: { requests: 3, failed: 0, seconds: 3_000 }, says: /0\.0 requests a second were made/ },
        { what: "it was too short", change: { requests: 300_000, seconds: 500 }, says: /it lasted 8\.3 min, not 15 \(preflight\.loadTestMinutes\)/ },
        { what: "requests failed", change: { failed: 546 }, says: /errors: 0\.100 %, bound 0\.100 %/ },
        { what: "it was slow", change: { latencyP95Seconds: 0.301 }, says: /the 95th percentile: 301 ms, bound 300 ms/ },
    ])("fails where $what", ({ change, says }) => {
        expect(judgeLoadTest({ ...good, ...change }, wanted)).toMatchObject({ state: "failed", text: expect.stringMatching(says) as string });
    });

    it("fails where the profile bounds nothing", () => {
        const [first] = profile.successCriteria;
        const restartsAlone = [{ ...first, measure: { kind: "restarts", atMost: 0 } }] as const;
        const unbounded = { ...profile, successCriteria: restartsAlone, criteria: profile.criteria.map((step) => ({ ...step, gate: restartsAlone })) };
        expect(judgeLoadTest(good, { ...wanted, profile: unbounded }).text).toMatch(/no bound on errors; .*no bound on the 95th percentile/);
    });
});
