import { minutes, select } from "../rollout/gate/gateway-series/promql.ts";
import type { RuleGroup } from "./rule.ts";
import { type Scope, ofService } from "./scope.ts";

/** How old the watcher's latest look may be, in seconds. It looks several times a minute, and the rollout may be blind for minutes before it is rolled back. */
export const silenceSeconds = minutes(2);

/** The watcher's metrics that alerts read, and the label that tells their series apart, where there is one. */
const watched = {
    rollout_step_weight_percent: undefined,
    rollout_observed_share_ratio: undefined,
    rollout_verdict: "verdict",
    rollout_soak_seconds: undefined,
    rollout_soak_required_seconds: undefined,
    rollout_hold_seconds: undefined,
    rollout_hold_limit_seconds: undefined,
    rollout_blind_seconds: undefined,
    rollout_blind_limit_seconds: undefined,
    rollout_alarm_blind_seconds: undefined,
    rollout_rollback_failed: undefined,
    rollout_approvals_missing: undefined,
    rollout_ledger_valid: undefined,
    rollout_status_update_timestamp_seconds: undefined,
} as const;

/** A metric of the watcher that is recorded. */
export type WatchedMetric = keyof typeof watched;

/** Name of what the watcher at work says, without what tells watchers apart. */
export function live(metric: WatchedMetric): string {
    return `rollout:${metric.replace(/^rollout_/, "")}:live`;
}

/** What the watcher at work says. Several may run and one watches: a word counts only of one that has looked lately. */
export function rolloutRecordings(scope: Scope): RuleGroup {
    const own = ofService(scope);
    const atWork = `time() - ${select("rollout_watch_heartbeat_timestamp_seconds", own)} <= ${String(silenceSeconds)}`;
    return {
        name: "rollout-recordings",
        title: "What the watcher at work says",
        intervalSeconds: 15,
        recordings: Object.entries(watched).map(([metric, label]) => ({
            record: live(metric as WatchedMetric),
            expression: `max by (namespace, service${label === undefined ? "" : `, ${label}`}) (${select(metric, own)} and on (job, instance) (${atWork}))`,
        })),
        alerts: [],
    };
}
