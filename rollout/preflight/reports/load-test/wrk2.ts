import { type LoadTestForm, sound } from "./reading.ts";

/**
 * What wrk2 prints with `--latency`: the table of percentiles in milliseconds, and the sums below it. Its own `requests in 2.00m` is rounded, so how long it
 * took is requests over their rate.
 *
 * @see https://github.com/giltene/wrk2
 */
export const wrk2: LoadTestForm = {
    accepted: "wrk2: the output of 'wrk --latency'",
    claims: (text) => /^Running .+ test @ /m.test(text),
    read: (text) => {
        const requests = Number(/^\s*(\d+) requests in /m.exec(text)?.[1] ?? Number.NaN);
        const rate = Number(/^Requests\/sec:\s*([\d.]+)\s*$/m.exec(text)?.[1] ?? Number.NaN);
        const rows = [...text.matchAll(/^\s*([\d.]+)\s+([01]\.\d{6})\s+(\d+)\s+(?:[\d.]+|inf)\s*$/gm)];
        const row = rows.find(([, , percentile]) => Number(percentile) >= 0.95);
        if (row === undefined) {
            throw new Error("it has no percentiles up to the 95th: run wrk2 (not wrk) with --latency");
        }
        if (!Number.isFinite(rate)) {
            throw new Error("it has no 'Requests/sec:': it is cut off");
        }
        return sound({
            tool: "wrk2",
            requests,
            failed: Math.min(requests, badAnswers(text) + socketErrors(text)),
            seconds: requests / rate,
            latencyP95Seconds: Number(row[1]) / 1_000,
        });
    },
};

/** The line is there only where there were some. */
function badAnswers(text: string): number {
    return Number(/^\s*Non-2xx or 3xx responses: (\d+)\s*$/m.exec(text)?.[1] ?? 0);
}

function socketErrors(text: string): number {
    const [, ...counts] = /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)\s*$/m.exec(text) ?? [];
    return counts.reduce((sum, count) => sum + Number(count), 0);
}
