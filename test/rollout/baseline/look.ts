import type { BaselineLook } from "../../../rollout/baseline/assess.ts";
import type { ViewOverTime } from "../../../rollout/baseline/view-over-time.ts";
import type { Evidence, RevisionEvidence } from "../../../rollout/gate/evidence.ts";
import { profile } from "../../../service/profile.ts";
import { healthyRevision, seen } from "../gate/judge/evidence.ts";

const toSeconds = Date.UTC(2026, 2, 9) / 1_000;
const day = 24 * 3_600;
const fromSeconds = toSeconds - day;
const stepSeconds = 300;
/** A look every five minutes of the day, each with data. */
export const looks = Array.from({ length: day / stepSeconds }, (_, index) => ({ atSeconds: fromSeconds + (index + 1) * stepSeconds, value: 20 }));
/** A number for each quarter of the day. */
export const perPart = (...values: readonly number[]) => seen(values.map((value, index) => ({ atSeconds: fromSeconds + ((index + 1) * day) / 4, value })));
/** What the gateway shows of a day in which all went well. */
export const view = (change: Partial<ViewOverTime> = {}): ViewOverTime => ({
    view: "gateway",
    looks: seen(looks),
    requests: perPart(30_000, 30_000, 30_000, 30_000),
    errorRatio: perPart(0, 0, 0, 0),
    latencyP95Seconds: perPart(0.02, 0.02, 0.02, 0.02),
    ...change,
});
const healthy: RevisionEvidence = healthyRevision("v1-1-0", 3, 120_000);

/** All that was seen of a day in which all went well, but for what `own` and `change` say. */
export function lookAtDay(own: Partial<RevisionEvidence> = {}, change: Partial<BaselineLook> = {}): BaselineLook {
    const evidence: Evidence = {
        takenAt: new Date(toSeconds * 1_000).toISOString(),
        windowSeconds: day,
        soakedSeconds: day,
        stable: { ...healthy, ...own },
        probes: {},
    };
    return {
        about: { environment: "staging", namespace: "shop", service: "checkout", revision: "v1-1-0", image: `x/y@sha256:${"a".repeat(64)}` },
        fromSeconds,
        toSeconds,
        stepSeconds,
        scrapeIntervalSeconds: 15,
        evidence,
        views: [view(), view({ view: "pods" })],
        probes: Object.fromEntries(Object.keys(profile.probes ?? {}).map((name) => [name, { kind: "passed" } as const])),
        ...change,
    };
}
