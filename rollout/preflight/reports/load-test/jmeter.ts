import { z } from "zod";

import { fields } from "../../../route/fields.ts";
import { rowsOf } from "./csv.ts";
import { numberIn } from "./locust.ts";
import { type LoadTestForm, sound } from "./reading.ts";

/**
 * `statistics.json` of JMeter's dashboard. Times are in milliseconds; `pct2ResTime` is the 95th percentile unless `aggregate_rpt_pct2` of JMeter's properties
 * says otherwise.
 *
 * @see https://jmeter.apache.org/usermanual/generating-dashboard.html
 */
export const jmeterStatistics: LoadTestForm = {
    accepted: "JMeter: statistics.json of its dashboard, or a JTL as CSV",
    claims: (_, json) => "sampleCount" in fields(fields(json).Total),
    read: (_, json) => {
        const { sampleCount, errorCount, throughput, pct2ResTime } = statisticsSchema.parse(json).Total;
        return sound({ tool: "JMeter", requests: sampleCount, failed: errorCount, seconds: sampleCount / throughput, latencyP95Seconds: pct2ResTime / 1_000 });
    },
};

const statisticsSchema = z.object({
    Total: z.object({ sampleCount: z.int(), errorCount: z.int(), throughput: z.number(), pct2ResTime: z.number() }),
});

/** JMeter's log of samples as CSV, one line each: when it began and how long it took, in milliseconds. */
export const jmeterLog: LoadTestForm = {
    accepted: jmeterStatistics.accepted,
    claims: (text) => text.startsWith("timeStamp,elapsed,label,"),
    read: (text) => {
        const samples = rowsOf(text).map((row) => ({ at: numberIn(row, "timeStamp"), elapsed: numberIn(row, "elapsed"), success: successOf(row.success) }));
        const begun = samples.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
        const ended = samples.reduce((most, { at, elapsed }) => Math.max(most, at + elapsed), Number.NEGATIVE_INFINITY);
        const times = samples.map(({ elapsed }) => elapsed).toSorted((left, right) => left - right);
        return sound({
            tool: "JMeter",
            requests: samples.length,
            failed: samples.filter(({ success }) => !success).length,
            seconds: (ended - begun) / 1_000,
            latencyP95Seconds: (times[Math.ceil(0.95 * times.length) - 1] ?? Number.NaN) / 1_000,
            ...(Number.isFinite(ended) ? { endedAt: new Date(ended).toISOString() } : {}),
        });
    },
};

function successOf(text: string | undefined): boolean {
    if (text !== "true" && text !== "false") {
        throw new Error(`its 'success' is '${text ?? "not there"}', neither true nor false`);
    }
    return text === "true";
}
