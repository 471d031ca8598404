import { criteriaAt } from "../gate/criteria.ts";
import type { Criterion, Measure } from "../gate/criterion.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import type { BaselineReport } from "./report.ts";

/** The criteria that a baseline is judged by: those of the first step's gate and of the success of a rollout, each measure once. Pods that are ready are of now. */
export function baselineCriteria(profile: ServiceProfile): readonly Criterion[] {
    const all = [...criteriaAt(profile, 0).gate, ...profile.successCriteria].filter(({ measure }) => measure.kind !== "ready-pods");
    const keys = all.map(({ measure }) => JSON.stringify(measure));
    return all.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

/** What a report has of a measure; undefined where it has nothing. */
export function measuredIn(report: BaselineReport, measure: Measure): number | undefined {
    switch (measure.kind) {
        case "availability":
            return 1 - report.errorRatio;
        case "error-ratio":
            return report.errorRatio;
        case "timeout-ratio":
            return report.timeoutRatio;
        case "latency-p95":
            return measure.cache === "hit" ? report.latencyP95HitSeconds : measure.cache === "miss" ? report.latencyP95MissSeconds : report.latencyP95Seconds;
        case "cache-hit-ratio":
            return report.cacheHitRatio;
        case "cpu-utilisation":
            return report.cpuUtilisationRatio;
        case "memory":
            return report.memoryBytes;
        case "memory-growth":
            return report.memoryGrowthBytesPerHour;
        case "restarts":
            return report.restarts;
        default:
            return undefined;
    }
}
