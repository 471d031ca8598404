import { z } from "zod";

import { fields } from "../../../route/fields.ts";
import { type LoadTestForm, type LoadTestReading, sound } from "./reading.ts";

/**
 * The summary of k6, in milliseconds: what `--summary-export` writes, or `handleSummary` gives.
 *
 * @see https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/
 */
export const k6: LoadTestForm = {
    accepted: "k6: 'k6 run --summary-export FILE', or handleSummary's data as JSON",
    claims: (_, json) => "http_reqs" in fields(fields(json).metrics) || "http_req_duration" in fields(fields(json).metrics),
    read: (_, json) => ("values" in fields(fields(fields(json).metrics).http_reqs) ? ofHandleSummary(json) : ofSummaryExport(json)),
};

const number = z.number();
const noPercentile = "has no p(95): run k6 with --summary-trend-stats='avg,min,med,max,p(90),p(95)'";
const percentile = z.number({ error: noPercentile });

/** With the length of the run. */
const handleSummarySchema = z.object({
    state: z.object({ testRunDurationMs: number }),
    metrics: z.object({
        http_reqs: z.object({ values: z.object({ count: number }) }),
        http_req_failed: z.object({ values: z.object({ rate: number }) }),
        http_req_duration: z.object({ values: z.object({ "p(95)": percentile }) }),
    }),
});

function ofHandleSummary(json: unknown): LoadTestReading {
    const { state, metrics } = handleSummarySchema.parse(json);
    const requests = metrics.http_reqs.values.count;
    return sound({
        tool: "k6",
        requests,
        failed: Math.round(metrics.http_req_failed.values.rate * requests),
        seconds: state.testRunDurationMs / 1_000,
        latencyP95Seconds: metrics.http_req_duration.values["p(95)"] / 1_000,
    });
}

/** Without it: requests over their rate. */
const summaryExportSchema = z.object({
    metrics: z.object({
        http_reqs: z.object({ count: number, rate: number }),
        http_req_failed: z.object({ value: number }),
        http_req_duration: z.object({ "p(95)": percentile }),
    }),
});

function ofSummaryExport(json: unknown): LoadTestReading {
    const { http_reqs: all, http_req_failed: failed, http_req_duration: duration } = summaryExportSchema.parse(json).metrics;
    return sound({
        tool: "k6",
        requests: all.count,
        failed: Math.round(failed.value * all.count),
        seconds: all.count / all.rate,
        latencyP95Seconds: duration["p(95)"] / 1_000,
    });
}
