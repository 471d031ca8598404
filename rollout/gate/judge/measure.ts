import type { Criterion } from "../criterion.ts";
import type { Evidence } from "../evidence.ts";
import { judgeCacheAgainstStable, judgeClientErrorsAgainstStable, judgeErrorsAgainstStable, judgeLatencyAgainstStable } from "./against-stable.ts";
import { judgeCpu, judgeCriticalLogLines, judgeDatabaseConnections, judgePool } from "./figures.ts";
import type { JudgeFinding } from "./finding.ts";
import { judgeLatency } from "./latency.ts";
import type { JudgeLimits } from "./limits.ts";
import { judgeMemory, judgeMemoryGrowth } from "./memory.ts";
import { judgeAutoscaling, judgeCrashLoop, judgeReadyPods, judgeRestarts } from "./pods.ts";
import { judgeProbe } from "./probe.ts";
import { judgeAvailability, judgeCacheHits, judgeErrors, judgeRecordedEvents, judgeTimeouts } from "./requests.ts";
import { judgeSplit } from "./split.ts";

/** What the figures of `evidence` say about `criterion`, before the check whether they are fit to let it pass. */
export function judgeMeasure(criterion: Criterion, evidence: Evidence, limits: JudgeLimits): JudgeFinding {
    const { measure } = criterion;
    switch (measure.kind) {
        case "error-ratio":
            return judgeErrors(criterion, measure.below, evidence);
        case "availability":
            return judgeAvailability(criterion, measure.atLeast, evidence);
        case "latency-p95":
            return judgeLatency(criterion, measure, evidence);
        case "cache-hit-ratio":
            return judgeCacheHits(criterion, measure.above ?? measure.atLeast ?? Number.NaN, evidence);
        case "cpu-utilisation":
            return judgeCpu(criterion, measure.below, evidence);
        case "memory":
            return judgeMemory(criterion, measure.below, evidence);
        case "memory-growth":
            return judgeMemoryGrowth(criterion, measure.below, evidence, limits);
        case "restarts":
            return judgeRestarts(criterion, evidence);
        case "crash-loop":
            return judgeCrashLoop(criterion, evidence);
        case "database-connection-errors":
            return judgeDatabaseConnections(criterion, measure, evidence);
        case "database-pool-utilisation":
            return judgePool(criterion, measure.below, evidence);
        case "critical-log-lines":
            return judgeCriticalLogLines(criterion, evidence);
        case "timeout-ratio":
            return judgeTimeouts(criterion, measure.below, evidence);
        case "events-recorded":
            return judgeRecordedEvents(criterion, measure.atLeast, evidence);
        case "autoscaling":
            return judgeAutoscaling(criterion, evidence);
        case "ready-pods":
            return judgeReadyPods(criterion, measure.atLeast, evidence);
        case "observed-split":
            return judgeSplit(measure.weightPercent, evidence);
        case "error-ratio-against-stable":
            return judgeErrorsAgainstStable(evidence);
        case "client-errors-against-stable":
            return judgeClientErrorsAgainstStable(evidence);
        case "latency-against-stable":
            return judgeLatencyAgainstStable(evidence);
        case "cache-against-stable":
            return judgeCacheAgainstStable(evidence);
        case "probe":
            return judgeProbe(criterion, measure.probe, evidence);
    }
}
