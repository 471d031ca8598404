import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { openSession } from "../../rollout/cli/session.ts";
import type { WatchEnd, WatchStatus } from "../../rollout/watch/live/watcher.ts";
import { watchRollout } from "../../rollout/watch/live/watch-rollout.ts";
import { labLayout, reloadPrometheus } from "../../lab/api.ts";
import type { LoadCounts } from "../../lab/load/counts.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { enterStep } from "../../lab/trial/step.ts";
import { Release, reference, requestsPerSecond } from "./release.ts";

/** Releases that are under way side by side, each a service of its own: one after another would take hours. */
const sideBySide = 5;

/** What healthy releases are watched with. */
export interface HealthyRun {
    readonly releases: number;
    readonly scrapeIntervalSeconds: number;
    /** How long each weight lasts, in seconds: at least four scrapes. */
    readonly secondsAtWeight: number;
    /** Folder for the targets' files. */
    readonly folder: string;
}

/**
 * Healthy releases with new pods each, from 10 % over 25 to 50, watched all the time. Returns why those that were rolled back were: none should be.
 *
 * The scrape interval is the whole lab's while this runs, and 1 s again afterwards.
 */
export async function falseRollbacks(run: HealthyRun, say: (line: string) => void): Promise<readonly string[]> {
    const lanes = await Promise.all(
        Array.from({ length: Math.min(sideBySide, run.releases) }, async (_, lane) => Release.create(`bench-healthy-${String(lane)}`)),
    );
    const [first] = lanes;
    if (first === undefined) {
        return [];
    }
    const reasons: string[] = [];
    let next = 0;
    try {
        await reloadPrometheus(labLayout(), first.state, { scrapeIntervalSeconds: run.scrapeIntervalSeconds });
        await Promise.all(
            lanes.map(async (lane, index) => {
                await lane.deploy("v0");
                await lane.route({ kind: "steady", stable: reference("v0") });
                await lane.served();
                const load = await startLoad({ host: lane.hostname, requestsPerSecond, seed: 100 + index, forSeconds: 7_200 });
                try {
                    while (next < run.releases) {
                        next += 1;
                        const number = next;
                        const reason = await oneRelease(lane, load, `v${String(number)}`, run);
                        reasons.push(...(reason === undefined ? [] : [reason]));
                        say(
                            `healthy release ${String(number)} of ${String(run.releases)}, scrapes of ${String(run.scrapeIntervalSeconds)} s: ${reason ?? "kept"}`,
                        );
                    }
                } finally {
                    await load.stop();
                }
            }),
        );
        return reasons;
    } finally {
        await reloadPrometheus(labLayout(), first.state);
        await Promise.all(lanes.map(async (lane) => lane.remove()));
    }
}

/** Why the release was rolled back; undefined where it was not. @throws where it was not really watched. */
async function oneRelease(
    lane: Release,
    load: Load,
    revision: string,
    { scrapeIntervalSeconds, secondsAtWeight, folder }: HealthyRun,
): Promise<string | undefined> {
    const [stable, candidate] = [reference("v0"), reference(revision)];
    await lane.deploy(revision);
    await lane.route({ kind: "rolling", stable, candidate, weightPercent: 0 });
    const session = await openSession({ target: lane.targetFile(folder, scrapeIntervalSeconds) });
    const over = new AbortController();
    let watching: Promise<WatchEnd> | undefined;
    const seen = new Set<number>();
    const before = await load.counts();
    try {
        for (const weightPercent of [10, 25, 50] as const) {
            await enterStep(lane.live, { kind: "rolling", stable, candidate, weightPercent });
            watching ??= watchRollout({
                session,
                holder: `bench-${randomUUID()}`,
                report: ({ step, examination }: WatchStatus) => {
                    if (step !== undefined && examination !== undefined) {
                        seen.add(step.weightPercent);
                    }
                },
                warn: () => undefined,
                leaveWhenReady: () => Promise.resolve(false),
                stop: over.signal,
            });
            const end = await Promise.race([watching, sleep(secondsAtWeight * 1_000).then(() => undefined)]);
            if (end !== undefined) {
                const what = end.kind === "rolled-back" ? end.reason : `the watch ended, ${end.kind}`;
                return `at ${String(weightPercent)} %: ${what}; users got ${failuresBetween(before, await load.counts())}`;
            }
        }
    } finally {
        over.abort();
        await watching;
        await lane.route({ kind: "steady", stable });
        await lane.withdraw(revision);
    }
    const answered = (await load.counts()).byRevision[revision]?.requests ?? 0;
    if (seen.size < 3 || before.byRevision[revision] !== undefined || answered === 0) {
        throw new Error(`${revision} was judged at ${[...seen].join(", ")} % only, with ${String(answered)} requests: that shows nothing`);
    }
    return undefined;
}

/** Requests that failed for users, on either revision: a rollback is false where there are none. */
function failuresBetween(before: LoadCounts, after: LoadCounts): string {
    const grown = Object.entries(after.total.failuresByReason).map(([reason, count]) => ({ reason, by: count - (before.total.failuresByReason[reason] ?? 0) }));
    const failed = grown.filter(({ by }) => by > 0).map(({ reason, by }) => `${String(by)} times ${reason}`);
    return failed.length === 0 ? "no failure" : failed.join(", ");
}
