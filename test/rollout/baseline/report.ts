import { type BaselineReport, baselineForm } from "../../../rollout/baseline/report.ts";
import { profile } from "../../../service/profile.ts";

export const imageDigest = `sha256:${"a".repeat(64)}`;
const part = (from: number, to: number): BaselineReport["parts"][number] => ({
    from: hour(from),
    to: hour(to),
    requests: 250_000,
    errorRatio: 0.0005,
    latencyP95Seconds: 0.09,
});

/** Hours after the window began. */
export function hour(hours: number): string {
    return new Date(Date.UTC(2026, 2, 8) + hours * 3_600_000).toISOString();
}

/** A baseline of a day in which all went well. */
export const goodBaseline: BaselineReport = {
    schema: baselineForm,
    queriedAt: hour(24),
    environment: "staging",
    namespace: "shop-staging",
    service: "checkout",
    revision: "v1-1-0",
    image: `registry.example.com/shop/checkout@${imageDigest}`,
    window: { from: hour(0), to: hour(24), hours: 24 },
    coverage: { stepSeconds: 300, ratio: 1, longestGapSeconds: 0, newestAgeSeconds: 4 },
    requests: 1_000_000,
    requestsPerSecond: 11.6,
    errorRatio: 0.0005,
    timeoutRatio: 0,
    latencyP50Seconds: 0.02,
    latencyP95Seconds: 0.09,
    latencyP99Seconds: 0.2,
    latencyP95HitSeconds: 0.09,
    latencyP95MissSeconds: 0.28,
    cacheHitRatio: 0.96,
    cpuUtilisationRatio: 0.4,
    memoryBytes: 250 * 2 ** 20,
    memoryGrowthBytesPerHour: 0,
    restarts: 0,
    probes: Object.fromEntries(Object.keys(profile.probes ?? {}).map((name) => [name, "passed"])),
    parts: [part(0, 6), part(6, 12), part(12, 18), part(18, 24)],
};
