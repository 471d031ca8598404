import type { Criterion, Measure, Subject } from "../../rollout/gate/criterion.ts";
import type { Weight } from "../../rollout/plan/plan.ts";
import type { ProbeName } from "../probes.ts";

/** Memory that a pod may use, in bytes. Checklist, 'Metrics Validation' and 'Performance Baseline': memory usage < 300Mi per pod. */
export const podMemoryBytes = 300 * 2 ** 20;

/**
 * Growth of a pod's memory that is no leak yet, in bytes an hour: what takes a pod from half of {@link podMemoryBytes} to all of it within 48 h, the time
 * of the last checkpoint. The checklist says 'no memory leaks' and no number.
 */
export const memoryGrowthBytesPerHour = podMemoryBytes / 2 / 48;

/** Share of a connection pool that may be in use. Not in the checklist: above it, a burst makes requests wait for a connection. */
const poolUtilisation = 0.8;

/**
 * Share of accepted engagement events that the broker must have confirmed. Not in the checklist, and below 1 as some are under way whenever counters are
 * read.
 */
const recordedEvents = 0.99;

/**
 * Failed database connections over requests, below which single ones are nothing to hold for. The checklist says 'stable' and no number: one in 10,000 is a
 * tenth of its tightest bound on errors. With so few requests that it can't be shown, one failure holds.
 */
export const rareConnectionErrors = 0.0001;

/** What a criterion of a gate is made with. */
type Entry = readonly [name: string, subject: Subject, measure: Measure, title: string, source: string];

/** Names the criteria of one gate: `canary` and `error-ratio` give `canary-error-ratio`. A breach of a gate holds. */
export class Gate {
    readonly #prefix: string;

    constructor(prefix: string) {
        this.#prefix = prefix;
    }

    /** One criterion. */
    criterion(...[name, subject, measure, title, source]: Entry): Criterion {
        return { id: `${this.#prefix}-${name}`, title, subject, measure, onBreach: "hold", source };
    }

    /** One criterion for each probe. */
    probes(subject: Subject, probes: readonly ProbeName[], source: string): readonly Criterion[] {
        return probes.map((probe) => this.criterion(`probe-${probe}`, subject, { kind: "probe", probe }, `probe '${probe}' passes`, source));
    }

    /** What every step with traffic needs besides: pods on both sides, and the split that the route promises. */
    traffic(weightPercent: Weight, candidatePods: number, source: string): readonly Criterion[] {
        const share = `the candidate really gets ${String(weightPercent)} % of requests`;
        return [
            this.criterion(
                "ready-pods",
                "candidate",
                { kind: "ready-pods", atLeast: candidatePods },
                `at least ${String(candidatePods)} candidate pods are ready`,
                source,
            ),
            this.criterion("observed-split", "service", { kind: "observed-split", weightPercent }, share, source),
        ];
    }

    errorRatio(subject: Subject, below: number, source: string): Criterion {
        return this.criterion("error-ratio", subject, { kind: "error-ratio", below }, `errors below ${percent(below)}`, source);
    }

    /** Latency of answers from the cache and of those that missed it. */
    latencyByCache(subject: Subject, source: string): readonly Criterion[] {
        return [
            this.criterion("latency-p95-hit", subject, { kind: "latency-p95", cache: "hit", atMost: 0.1 }, "p95 at most 100 ms on cache hits", source),
            this.criterion("latency-p95-miss", subject, { kind: "latency-p95", cache: "miss", atMost: 0.3 }, "p95 at most 300 ms on cache misses", source),
        ];
    }

    /** Processor and memory as the staging baseline has them. */
    resources(subject: Subject, source: string): readonly Criterion[] {
        return [
            this.criterion("cpu", subject, { kind: "cpu-utilisation", below: 0.5 }, "CPU below 50 % on average", source),
            this.criterion("memory", subject, { kind: "memory", below: podMemoryBytes }, "memory below 300 Mi in every pod", source),
        ];
    }

    /** @param windowMinutes what the samples must cover at the least, in minutes of the plan. */
    memoryGrowth(subject: Subject, windowMinutes: number, source: string): Criterion {
        const measure = { kind: "memory-growth", below: memoryGrowthBytesPerHour } as const;
        return { ...this.criterion("memory-growth", subject, measure, "no pod's memory grows steadily", source), windowMinutes };
    }

    databasePool(source: string): Criterion {
        const measure = { kind: "database-pool-utilisation", below: poolUtilisation } as const;
        return this.criterion("database-pool", "candidate", measure, `less than ${percent(poolUtilisation)} of the database connections in use`, source);
    }

    databaseConnections(source: string): Criterion {
        const measure = { kind: "database-connection-errors", atMost: 0, shareAbove: rareConnectionErrors } as const;
        return this.criterion("database-connections", "candidate", measure, "no database connection failed, or next to none", source);
    }

    recordedEvents(source: string): Criterion {
        const measure = { kind: "events-recorded", atLeast: recordedEvents } as const;
        return this.criterion("engagement-events", "candidate", measure, `at least ${percent(recordedEvents)} of engagement events recorded`, source);
    }

    restarts(subject: Subject, source: string): Criterion {
        return this.criterion("restarts", subject, { kind: "restarts", atMost: 0 }, "no container restarted", source);
    }

    criticalLogLines(source: string): Criterion {
        return this.criterion("critical-log-lines", "candidate", { kind: "critical-log-lines", atMost: 0 }, "no critical line in the log", source);
    }
}

/** A ratio as people read it: `0.5 %`. */
function percent(ratio: number): string {
    return `${String(Number((ratio * 100).toPrecision(6)))} %`;
}
