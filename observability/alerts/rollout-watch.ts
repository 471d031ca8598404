import { everyCriterion } from "../bounds.ts";
import { type CaseSeries, fires, ofWatcher, quiet, steady } from "../cases.ts";
import { inWords, minutes, number, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import { silenceSeconds } from "../rollout-recordings.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofService } from "../scope.ts";
import { requestsInAll, said, underWay, verdict } from "./rollout-series.ts";
import { atWeight, watched } from "./traffic-cases.ts";

/** How long the alarm may read nothing, in seconds: a new one needs ten, and pods that come and go a few more. */
const alarmBlindSeconds = minutes(1);
/** How many standard errors the observed share may lie from the weight. */
const shareSignificance = 4;
/** How far it may lie from the weight at the least, as a ratio: a percentage point. */
const shareMargin = 0.01;

/** Whether a watcher watches the rollout, and what is done is what was decided. */
export function rolloutWatchAlerts(scope: Scope): RuleGroup {
    return {
        name: "rollout-watch",
        title: "Whether the rollout is watched",
        intervalSeconds: 15,
        recordings: [],
        alerts: [
            watcherSilent(scope),
            watcherBlind(scope),
            alarmBlind(scope),
            rollbackOverdue(scope),
            rollbackFailed(scope),
            shareDiffers(scope),
            ledgerBroken(scope),
        ],
    };
}

function watcherSilent(scope: Scope): Alert {
    const heartbeat = `max by (namespace, service) (${select("rollout_watch_heartbeat_timestamp_seconds", ofService(scope))})`;
    // Where no step was seen lately there was no rollout to watch, and the silence does no harm.
    const lately = `max by (namespace, service) (max_over_time(${select("rollout_step_weight_percent", ofService(scope), minutes(30))})) > 0`;
    const description = `No watcher has looked at the rollout for more than ${inWords(silenceSeconds)}, so nothing would roll a bad candidate back. Watch it by hand, or roll it back.`;
    return {
        name: "RolloutWatcherSilent",
        severity: "critical",
        expression: `(${lately}) unless on (namespace, service) (time() - ${heartbeat} <= ${String(silenceSeconds)})`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "The rollout is not watched.",
        description,
        dashboard: "rollouts",
        cases: [
            fires("when the latest look was five minutes ago", { ...atWeight(10, 12), [heartbeatSeries]: "0+60x4 240x8" }, minutes(9), [{ labels: {} }]),
            fires("when the watcher is gone", { [ofWatcher("rollout_step_weight_percent")]: "10x4 stale", [heartbeatSeries]: "0+60x4 stale" }, minutes(9), [
                { labels: {} },
            ]),
            quiet("when it looks each minute", { ...atWeight(10, 12), [heartbeatSeries]: "0+60x12" }, minutes(9)),
            quiet("when there is no rollout", { ...atWeight(0, 12), [heartbeatSeries]: "0x12" }, minutes(9)),
        ],
    };
}

function watcherBlind(scope: Scope): Alert {
    const text = (measured: string): string => `The watcher has seen nothing of the candidate's traffic for ${measured}. At its limit the watcher rolls back.`;
    return {
        name: "RolloutWatcherBlind",
        severity: "critical",
        expression: `${said(scope, "rollout_blind_seconds")} > ${said(scope, "rollout_blind_limit_seconds")} / 2 ${underWay(scope)}`,
        forSeconds: minutes(0.5),
        labels: { rollout_scope: "canary" },
        summary: "The watcher sees nothing of the candidate.",
        description: text("{{ $value | humanizeDuration }}"),
        dashboard: "rollouts",
        cases: [
            fires(
                "when it was blind for more than half of its limit",
                { ...atWeight(10, 8), [ofWatcher("rollout_blind_seconds")]: "0x3 60+60x6", ...blindLimit(scope) },
                minutes(7),
                [{ labels: {}, description: text("4m 0s") }],
            ),
            quiet("when one look failed", { ...atWeight(10, 8), [ofWatcher("rollout_blind_seconds")]: "0x3 60 0x6", ...blindLimit(scope) }, minutes(7)),
        ],
    };
}

/** The looks may see all the same: then a bad candidate is rolled back by a look, in half a minute and not in a second. */
function alarmBlind(scope: Scope): Alert {
    const text = (measured: string): string =>
        `The alarm has read neither the candidate's pods nor the gateway for ${measured}. A bad candidate would not be rolled back within a second, and the step is not left.`;
    return {
        name: "RolloutAlarmBlind",
        severity: "critical",
        expression: `${said(scope, "rollout_alarm_blind_seconds")} > ${String(alarmBlindSeconds)} ${underWay(scope)}`,
        forSeconds: minutes(0.5),
        labels: { rollout_scope: "canary" },
        summary: "The alarm that rolls back at once reads nothing.",
        description: text("{{ $value | humanizeDuration }}"),
        dashboard: "rollouts",
        cases: [
            fires("when it has read nothing for minutes", { ...atWeight(10, 8), [ofWatcher("rollout_alarm_blind_seconds")]: "0x3 60+60x6" }, minutes(7), [
                { labels: {}, description: text("4m 0s") },
            ]),
            quiet("when it reads again within a minute", { ...atWeight(10, 8), [ofWatcher("rollout_alarm_blind_seconds")]: "0x3 60 0x6" }, minutes(7)),
            quiet("when no candidate has traffic", { ...atWeight(0, 8), [ofWatcher("rollout_alarm_blind_seconds")]: "0x3 60+60x6" }, minutes(7)),
            quiet(
                "when it is the word of a watcher that is gone",
                {
                    [ofWatcher("rollout_step_weight_percent")]: steady(10, 8),
                    [ofWatcher("rollout_alarm_blind_seconds")]: "0x3 60+60x6",
                    [heartbeatSeries]: "0x8",
                },
                minutes(7),
            ),
        ],
    };
}

/** A watch that ended as failed with a rollback due. The engineer on call does it by hand. */
function rollbackFailed(scope: Scope): Alert {
    return {
        name: "RolloutRollbackFailed",
        severity: "critical",
        expression: `${said(scope, "rollout_rollback_failed")} == 1`,
        forSeconds: minutes(0.25),
        labels: { rollout_scope: "canary" },
        summary: "The watcher could not roll the candidate back.",
        description:
            "The watcher decided to roll the candidate back and could not: the candidate still has its traffic, or the route can't be read. Roll it back by hand.",
        dashboard: "rollouts",
        cases: [
            fires(
                "when a watch has ended with a rollback that is due",
                { ...atWeight(25, 10), [ofWatcher("rollout_rollback_failed")]: "0x3 1x7" },
                minutes(6),
                [{ labels: {} }],
            ),
            fires(
                "when the route can't be read, so that the weight is unknown",
                { ...watched(10), [ofWatcher("rollout_rollback_failed")]: "0x3 1x7" },
                minutes(6),
                [{ labels: {} }],
            ),
            quiet(
                "when a later look does not call for a rollback, or it is done",
                { ...atWeight(25, 10), [ofWatcher("rollout_rollback_failed")]: "0x3 1 0x6" },
                minutes(6),
            ),
        ],
    };
}

function rollbackOverdue(scope: Scope): Alert {
    // Checklist: a rollback is done within five minutes, which is also how long a watcher may be blind.
    const rollbackSeconds = minutes(scope.profile.plan.watchLimits.blindMinutes);
    return {
        name: "RolloutRollbackOverdue",
        severity: "critical",
        expression: `${said(scope, "rollout_verdict", { verdict: "rollback" })} == 1 ${underWay(scope)}`,
        forSeconds: rollbackSeconds / 5,
        labels: { rollout_scope: "canary" },
        summary: "The candidate must be rolled back, and still has traffic.",
        description: `The watcher's verdict is to roll back, and the candidate still has traffic. It must be gone within ${inWords(rollbackSeconds)}: roll it back by hand.`,
        dashboard: "rollouts",
        cases: [
            fires("when the weight stays for two minutes after the verdict", { ...atWeight(25, 10), [verdict("rollback")]: "0x3 1x10" }, minutes(6), [
                { labels: {} },
            ]),
            quiet(
                "when the weight is gone after half a minute",
                { ...watched(14), [ofWatcher("rollout_step_weight_percent")]: "25x4 0x10", [verdict("rollback")]: "0x3 1x10" },
                minutes(6),
            ),
        ],
    };
}

function shareDiffers(scope: Scope): Alert {
    const share = said(scope, "rollout_observed_share_ratio");
    const weight = `(${said(scope, "rollout_step_weight_percent")} / 100)`;
    const requests = `sum by (namespace, service) (${select(recorded.requestCount, { ...ofService(scope), view: "pods" })})`;
    const text = (measured: string): string =>
        `The share of requests that reaches the candidate lies ${measured} from the weight on the route, more than chance explains.`;
    return {
        name: "RolloutShareDiffersFromWeight",
        severity: "warning",
        expression: [
            `abs(${share} - ${weight}) > ${number(shareMargin)}`,
            `and abs(${share} - ${weight}) > ${String(shareSignificance)} * sqrt(${weight} * (1 - ${weight}) / ${requests})`,
            underWay(scope),
        ].join(" "),
        forSeconds: minutes(5),
        labels: { rollout_scope: "canary" },
        summary: "The candidate does not get the share of traffic that the route says.",
        description: text("{{ $value | humanizePercentage }}"),
        dashboard: "rollouts",
        criteria: everyCriterion(scope)
            .filter(({ measure }) => measure.kind === "observed-split")
            .map(({ id }) => id),
        cases: [
            fires(
                "when 25 % are promised and 19 % arrive",
                { ...atWeight(25, 20), ...requestsInAll(6_000), [ofWatcher("rollout_observed_share_ratio")]: steady(0.19, 20) },
                minutes(18),
                [{ labels: {}, description: text("6%") }],
            ),
            quiet(
                "when 24.5 % arrive",
                { ...atWeight(25, 20), ...requestsInAll(6_000), [ofWatcher("rollout_observed_share_ratio")]: steady(0.245, 20) },
                minutes(18),
            ),
            quiet(
                "when few requests make it a matter of chance",
                { ...atWeight(25, 20), ...requestsInAll(10), [ofWatcher("rollout_observed_share_ratio")]: steady(0.19, 20) },
                minutes(18),
            ),
        ],
    };
}

function ledgerBroken(scope: Scope): Alert {
    return {
        name: "RolloutLedgerBroken",
        severity: "critical",
        expression: `${said(scope, "rollout_ledger_valid")} == 0`,
        forSeconds: minutes(2),
        labels: { rollout_scope: "service" },
        summary: "The record of what was decided does not hold.",
        description:
            "A record of the ledger does not follow from the one before it, or the ledger can't be read. No step forward is taken; find out who wrote to it.",
        dashboard: "rollouts",
        cases: [
            fires("when a record was changed", { ...watched(14), [ofWatcher("rollout_ledger_valid")]: "1x3 0x10" }, minutes(8), [{ labels: {} }]),
            quiet("when one reading failed", { ...watched(14), [ofWatcher("rollout_ledger_valid")]: "1x3 0 1x10" }, minutes(8)),
        ],
    };
}

const heartbeatSeries = ofWatcher("rollout_watch_heartbeat_timestamp_seconds");
function blindLimit({ profile }: Scope): CaseSeries {
    return { [ofWatcher("rollout_blind_limit_seconds")]: steady(minutes(profile.plan.watchLimits.blindMinutes), 30) };
}
