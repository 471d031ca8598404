import { setTimeout as sleep } from "node:timers/promises";

import { WatchedRollout } from "../lab/trial/watched-rollout.ts";
import type { Benchmark, Figure } from "./benchmark.ts";

/** How long is measured at the least, in milliseconds: several evaluations of most groups. */
const measuredMs = 150_000;
/** How long is waited for the first evaluation of a group, in milliseconds: the longest interval is five minutes. */
const longestMs = 330_000;
/** How often the latest evaluation is read, in milliseconds: more often than the shortest interval, so that none is missed. */
const lookEveryMs = 5_000;
/** Share of their interval that evaluations may take, as a ratio: what is left is for ten times as many series. */
const highestShare = 0.1;

interface Seen {
    readonly intervalSeconds: number;
    /** Seconds of each evaluation that was seen, the same one once. */
    readonly seconds: Set<number>;
}

/** What evaluating all rules costs Prometheus, in a rollout under load. */
export const alerts: Benchmark = {
    name: "alerts",
    description: "time that Prometheus takes for every rule of observability/, over the groups' intervals, in a rollout at 10 % under 200 requests a second",
    run: async (say) => {
        say("making a rollout at 10 % that is watched, with all rules in the lab's Prometheus");
        const rollout = await WatchedRollout.start("bench-alerts", 200);
        try {
            say(`reading evaluations for ${String(measuredMs / 1_000)} s, and until each group was evaluated`);
            return figuresOf(await watch(rollout));
        } finally {
            await rollout.remove();
        }
    },
};

async function watch(rollout: WatchedRollout): Promise<ReadonlyMap<string, Seen>> {
    const seen = new Map<string, Seen>();
    const isOver = (waited: number): boolean => waited >= longestMs || (waited >= measuredMs && [...seen.values()].every(({ seconds }) => seconds.size > 0));
    for (let waited = 0; !isOver(waited); waited += lookEveryMs) {
        for (const { name, intervalSeconds, evaluationSeconds } of await rollout.groups()) {
            const group = seen.get(name) ?? { intervalSeconds, seconds: new Set() };
            seen.set(name, group);
            if (evaluationSeconds > 0) {
                group.seconds.add(evaluationSeconds);
            }
        }
        await sleep(lookEveryMs);
    }
    return seen;
}

function figuresOf(seen: ReadonlyMap<string, Seen>): readonly Figure[] {
    const groups = [...seen].map(([name, { intervalSeconds, seconds }]) => ({
        name,
        intervalMs: intervalSeconds * 1_000,
        samples: [...seconds].map((each) => each * 1_000),
    }));
    const perMinute = groups.reduce((sum, { intervalMs, samples }) => sum + (median(samples) * 60_000) / intervalMs, 0);
    const slowest = groups.toSorted((one, other) => median(other.samples) / other.intervalMs - median(one.samples) / one.intervalMs)[0];
    return [
        {
            name: `all ${String(groups.length)} groups, for each minute`,
            value: perMinute,
            unit: "ms",
            samples: groups.flatMap(({ samples }) => samples),
            reference: { name: "a minute", value: 60_000 },
            highestRatio: highestShare,
        },
        ...(slowest === undefined
            ? []
            : [
                  {
                      name: `slowest group: ${slowest.name.replace(/^trial-bench-alerts-/, "")}`,
                      value: median(slowest.samples),
                      unit: "ms",
                      samples: slowest.samples,
                      reference: { name: "its interval", value: slowest.intervalMs },
                      highestRatio: highestShare,
                  } as const,
              ]),
    ];
}

/** Not a number where there is nothing: a figure without samples keeps no aim. */
function median(samples: readonly number[]): number {
    const sorted = samples.toSorted((one, other) => one - other);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
