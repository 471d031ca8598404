import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pc from "picocolors";

import { defined } from "../rollout/defined.ts";
import { type LoadCounts, unknownRevision } from "./load/counts.ts";
import { startLoad } from "./load/load.ts";
import { type Pace, type PaceLook, firstPace, isMachineTheLimit, paceAfter } from "./load/pace.ts";

/** Users of the lab's service, as `lab traffic` brings them. */
export interface TrafficOptions {
    readonly host: string;
    /** Requests a second. @default as many as this machine bears, at most 500 */
    readonly rate?: number;
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
    let pace: Pace = rate === undefined ? firstPace : { rate, most: rate };
    const load = await startLoad({ host, requestsPerSecond: pace.rate, forSeconds: seconds, ...defined({ paths }) });
    const until = AbortSignal.any([stopped.signal, AbortSignal.timeout(seconds * 1_000)]);
    const found = rate === undefined ? `as many requests a second as this machine bears, at first ${String(pace.rate)},` : `${String(rate)} requests a second`;
    console.log(json ? JSON.stringify({ host, rate: pace.rate, seconds }) : `${found} to ${host}. Ctrl-C ends them.`);
    let before: LoadCounts | undefined;
    let processors = processorTimes();
    while (!until.aborted) {
        await sleep(lookEveryMs, undefined, { signal: until }).catch(() => undefined);
        const now = await load.counts();
        console.log(json ? JSON.stringify({ ...now, rate: pace.rate, seconds: undefined }) : lineOf(now, before));
        const times = processorTimes();
        const look = paceLook(now, before, busyShare(processors, times));
        const isLimit = isMachineTheLimit(look);
        const next = rate === undefined ? paceAfter(pace, look) : pace;
        if (isLimit && !json) {
            const answer = `${String(Math.round((100 * look.unanswered) / look.due))} % got no answer`;
            console.log(
                pc.yellow(
                    `This machine is the limit, and not the service: its processors are full, and ${answer}. ` +
                        (next.rate < pace.rate ? `From here on ${String(next.rate)} requests a second.` : "Fewer requests a second would do: RATE=."),
                ),
            );
        } else if (next.rate !== pace.rate && !json) {
            console.log(pc.dim(`${String(next.rate)} requests a second from here on`));
        }
        if (next.rate !== pace.rate) {
            await load.setRate(next.rate);
        }
        [before, processors, pace] = [now, times, next];
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

/** How requests end that no revision got to in time, by the user's or the gateway's clock. A refused connection, and an address that is not there (404), are answers. */
const outOfTime = ["timeout", "503", "504"];

/** What became of the requests that were due between two counts. */
function paceLook(now: LoadCounts, before: LoadCounts | undefined, busy: number): PaceLook {
    const notSent = now.notSent - (before?.notSent ?? 0);
    const late = (counts: LoadCounts | undefined): number => {
        const reasons = counts?.byRevision[unknownRevision]?.failuresByReason ?? {};
        return outOfTime.reduce((sum, reason) => sum + (reasons[reason] ?? 0), 0);
    };
    return { due: now.sent - (before?.sent ?? 0) + notSent, unanswered: notSent + late(now) - late(before), busy };
}

/** Milliseconds of all processors until now, those at work and all. */
function processorTimes(): { readonly busyMs: number; readonly allMs: number } {
    const all = cpus().map(({ times }) => times);
    const allMs = all.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
    return { busyMs: allMs - all.reduce((sum, { idle }) => sum + idle, 0), allMs };
}

function busyShare(before: ReturnType<typeof processorTimes>, now: ReturnType<typeof processorTimes>): number {
    return now.allMs > before.allMs ? (now.busyMs - before.busyMs) / (now.allMs - before.allMs) : 0;
}
