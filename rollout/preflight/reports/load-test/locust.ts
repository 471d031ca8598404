import { z } from "zod";

import { fields } from "../../../route/fields.ts";
import { rowsOf } from "./csv.ts";
import { type LoadTestForm, sound } from "./reading.ts";

/**
 * The table that `locust --csv NAME` writes to `NAME_stats.csv`. Its last row, `Aggregated`, has all requests; times are in milliseconds.
 *
 * @see https://docs.locust.io/en/stable/retrieving-stats.html
 */
export const locustTable: LoadTestForm = {
    accepted: "Locust: NAME_stats.csv of 'locust --csv NAME', or 'locust --json'",
    claims: (text) => /^Type,Name,"?Request Count"?,/.test(text),
    read: (text) => {
        const row = rowsOf(text).find(({ Name: name }) => name === "Aggregated");
        if (row === undefined) {
            throw new Error("it has no row 'Aggregated': the run was cut off");
        }
        const requests = numberIn(row, "Request Count");
        return sound({
            tool: "Locust",
            requests,
            failed: numberIn(row, "Failure Count"),
            seconds: requests / numberIn(row, "Requests/s"),
            latencyP95Seconds: numberIn(row, "95%") / 1_000,
        });
    },
};

/** A number of a row; what is empty or `N/A` is none. */
export function numberIn(row: Readonly<Record<string, string>>, name: string): number {
    const text = row[name];
    const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) {
        throw new Error(`its '${name}' is '${text ?? "not there"}', which is no number`);
    }
    return value;
}

/** What `locust --json` prints: an entry for each name, with the time to answer in milliseconds by how many requests took it. */
export const locustJson: LoadTestForm = {
    accepted: locustTable.accepted,
    claims: (_, json) => Array.isArray(json) && json.some((entry) => "num_requests" in fields(entry)),
    read: (_, json) => {
        const entries = entriesSchema.parse(json);
        const sum = (read: (entry: (typeof entries)[number]) => number): number => entries.reduce((all, entry) => all + read(entry), 0);
        const [start, end] = [
            Math.min(...entries.map((entry) => entry.start_time)),
            Math.max(...entries.map((entry) => entry.last_request_timestamp ?? Number.NaN)),
        ];
        const times = entries
            .flatMap((entry) => Object.entries(entry.response_times).map(([milliseconds, count]) => ({ milliseconds: Number(milliseconds), count })))
            .toSorted((left, right) => left.milliseconds - right.milliseconds);
        const counted = times.reduce((all, { count }) => all + count, 0);
        let before = 0;
        const at = times.find(({ count }) => (before += count) >= 0.95 * counted);
        return sound({
            tool: "Locust",
            requests: sum((entry) => entry.num_requests),
            failed: sum((entry) => entry.num_failures),
            seconds: end - start,
            latencyP95Seconds: (at?.milliseconds ?? Number.NaN) / 1_000,
            ...(Number.isFinite(end) ? { endedAt: new Date(end * 1_000).toISOString() } : {}),
        });
    },
};

const entriesSchema = z
    .array(
        z.object({
            num_requests: z.int().min(0),
            num_failures: z.int().min(0),
            /** Seconds since the epoch. */
            start_time: z.number(),
            last_request_timestamp: z.number().nullable(),
            response_times: z.record(z.string().regex(/^\d+(\.\d+)?$/), z.int().min(0)),
        }),
    )
    .min(1);
