import { setTimeout as sleep } from "node:timers/promises";
import pc from "picocolors";

import { defined } from "../rollout/defined.ts";
import type { LoadCounts } from "./load/counts.ts";
import { startLoad } from "./load/load.ts";

/** Users of the lab's service, as `lab traffic` brings them. */
export interface TrafficOptions {
    readonly host: string;
    /** Requests a second. */
    readonly rate: number;
    /** Ends by itself after so long. */
    readonly seconds: number;
    /** Paths that they call. @default those of the video ranking service */
    readonly paths?: readonly string[];
    readonly json?: true;
}

/** Sends users through the gateway, and prints every five seconds what they saw since the last line. Ends with Ctrl-C, or when its time is over. */
export async function showTraffic({ host, rate, seconds, paths, json }: TrafficOptions): Promise<void> {
    const stopped = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.once(signal, () => {
            stopped.abort();
        });
    }
    const load = await startLoad({ host, requestsPerSecond: rate, forSeconds: seconds, ...defined({ paths }) });
    const until = AbortSignal.any([stopped.signal, AbortSignal.timeout(seconds * 1_000)]);
    console.log(json ? JSON.stringify({ host, rate, seconds }) : `${String(rate)} requests a second to ${host}. Ctrl-C ends them.`);
    let before: LoadCounts | undefined;
    while (!until.aborted) {
        await sleep(lookEveryMs, undefined, { signal: until }).catch(() => undefined);
        const now = await load.counts();
        console.log(json ? JSON.stringify({ ...now, seconds: undefined }) : lineOf(now, before));
        before = now;
    }
    const all = await load.stop();
    console.log(
        json
            ? JSON.stringify({ ...all, seconds: undefined })
            : `In all ${all.total.requests.toLocaleString("en-US")} requests, ${String(all.total.failures)} failed.`,
    );
}

/** What users saw between two counts: who answered them, and how many requests failed. */
export function lineOf(now: LoadCounts, before: LoadCounts | undefined): string {
    const requests = now.total.requests - (before?.total.requests ?? 0);
    const failures = now.total.failures - (before?.total.failures ?? 0);
    const shares = Object.entries(now.byRevision)
        .map(([revision, counts]) => ({ revision, own: counts.requests - (before?.byRevision[revision]?.requests ?? 0) }))
        .filter(({ own }) => own > 0)
        .map(({ revision, own }) => `${revision} ${((100 * own) / requests).toFixed(1)} %`);
    const failed = `${String(failures)} failed`;
    return `${String(requests)} requests, ${failures > 0 ? pc.red(failed) : failed}: ${shares.join(", ")}`;
}

const lookEveryMs = 5_000;
