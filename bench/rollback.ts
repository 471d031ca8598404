import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { type Benchmark, type Figure, median, quantile } from "./benchmark.ts";
import { type Fault, faults } from "./rollback/fault.ts";
import { flaggerReactions } from "./rollback/flagger.ts";
import { falseRollbacks } from "./rollback/healthy.ts";
import type { Reaction } from "./rollback/reaction.ts";
import { watchedReactions } from "./rollback/watched.ts";

/** Bad releases of each kind unless asked otherwise. */
const defaultRuns = 10;
/** Healthy releases at each scrape interval unless asked otherwise. */
const defaultHealthy = 50;
/** Bad releases of each kind with Flagger, at the most: each takes a minute. */
const mostFlaggerRuns = 4;
/** Fewest for Flagger, however many runs our own has. */
const fewestFlaggerRuns = 3;

/** At most this share of Flagger's fastest median. */
const highestRatio = 0.1;
/** Median of the time until the candidate has lost its last user, in seconds. */
const highestSeconds = 2;

/** Scrape intervals at which healthy releases are watched, and how long each weight lasts. */
const healthyRuns = [
    { scrapeIntervalSeconds: 1, secondsAtWeight: 15 },
    { scrapeIntervalSeconds: 15, secondsAtWeight: 60 },
] as const;

/**
 * How fast a release that turns bad loses its users, beside Flagger on the same gateway, workload, fault and bound; and how often a healthy one is rolled back.
 *
 * At weight 25, with 100 requests a second in all, half of the candidate's requests end badly: in each of the ways of {@link faults}.
 */
export const rollback: Benchmark = {
    name: "rollback",
    description: "seconds and failed requests until a bad release has lost its users, as a ratio to Flagger; false rollbacks of healthy releases",
    run: async (say, { runs = defaultRuns, healthy = defaultHealthy, scrapes, flagger = true }) => {
        const watchedHealthy = healthyRuns.filter((one) => scrapes === undefined || one.scrapeIntervalSeconds === scrapes);
        if (watchedHealthy.length === 0) {
            const known = healthyRuns.map((one) => String(one.scrapeIntervalSeconds)).join(" or ");
            throw new RangeError(`healthy releases are not watched at scrapes of ${String(scrapes)} s: use ${known}`);
        }
        const load = [loadavg()[0] ?? Number.NaN];
        const watched = runs === 0 ? undefined : await watchedReactions(faults, runs, say);
        const flaggerRuns = Math.min(mostFlaggerRuns, Math.max(fewestFlaggerRuns, runs));
        const beside = watched === undefined || !flagger ? undefined : await flaggerReactions(faults, flaggerRuns, say);
        const folder = mkdtempSync(join(tmpdir(), "nova-bench-"));
        const kept: Figure[] = [];
        try {
            for (const { scrapeIntervalSeconds, secondsAtWeight } of watchedHealthy) {
                if (healthy > 0) {
                    const reasons = await falseRollbacks({ releases: healthy, scrapeIntervalSeconds, secondsAtWeight, folder }, say);
                    kept.push({
                        name: `false rollbacks of ${String(healthy)} healthy releases, scrapes of ${String(scrapeIntervalSeconds)} s`,
                        value: reasons.length,
                        unit: "count",
                        samples: Array.from({ length: healthy }, (_, index) => (index < reasons.length ? 1 : 0)),
                        highestValue: 0,
                    });
                }
            }
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
        load.push(loadavg()[0] ?? Number.NaN);
        return [
            ...[...(watched ?? [])].flatMap(([fault, reactions]) => reactionFigures(fault, reactions, beside?.get(fault) ?? [])),
            ...kept,
            { name: "load average of the machine over a minute, at the end and at the start", value: load.at(-1) ?? Number.NaN, unit: "count", samples: load },
        ];
    },
};

function reactionFigures(fault: Fault, watched: readonly Reaction[], beside: readonly Reaction[]): readonly Figure[] {
    const zero = (reactions: readonly Reaction[]) => reactions.map(({ faultToZeroSeconds }) => faultToZeroSeconds);
    const failed = (reactions: readonly Reaction[]) => reactions.map(({ failedRequests }) => failedRequests);
    const against = (name: string, samples: readonly number[]): Pick<Figure, "reference" | "highestRatio"> =>
        samples.length === 0 ? {} : { reference: { name: `Flagger, ${name} of ${String(samples.length)}`, value: median(samples) }, highestRatio };
    const pair = (name: string, unit: Figure["unit"], samples: readonly number[]): readonly Figure[] => [
        { name: `${fault.name}: ${name}, p50`, value: median(samples), unit, samples },
        { name: `${fault.name}: ${name}, p95`, value: quantile(samples, 0.95), unit, samples },
    ];
    const [zero50, zero95] = pair("fault to 0 % at the gateway", "s", zero(watched));
    const [failed50, failed95] = pair("failed requests of users", "count", failed(watched));
    return [
        ...pair(
            "fault to verdict",
            "s",
            watched.map(({ faultToVerdictSeconds }) => faultToVerdictSeconds),
        ),
        ...pair(
            "verdict to 0 % at the gateway",
            "s",
            watched.map(({ faultToVerdictSeconds, faultToZeroSeconds }) => faultToZeroSeconds - faultToVerdictSeconds),
        ),
        ...(zero50 === undefined ? [] : [{ ...zero50, highestValue: highestSeconds, ...against("p50", zero(beside)) }]),
        ...(zero95 === undefined ? [] : [zero95]),
        ...(failed50 === undefined ? [] : [{ ...failed50, ...against("p50", failed(beside)) }]),
        ...(failed95 === undefined ? [] : [failed95]),
        ...(beside.length === 0
            ? []
            : [...pair("Flagger, fault to 0 % at the gateway", "s", zero(beside)), ...pair("Flagger, failed requests of users", "count", failed(beside))]),
    ];
}
