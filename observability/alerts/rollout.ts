import { everyCriterion } from "../bounds.ts";
import { type CaseSeries, fires, ofWatcher, quiet, steady } from "../cases.ts";
import { minutes } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";
import { said, step, underWay, verdict } from "./rollout-series.ts";
import { atWeight } from "./traffic-cases.ts";

/** How much longer than its soak a step may last, as a factor, before an alert asks why it does not go on. */
const overrunFactor = 3;
/** How late a status update may be, in seconds, besides its interval. */
const updateGraceSeconds = minutes(5);

/** How a rollout goes on, by what its watcher says. docs/service-contract.md, 'Metrics of the watcher'. */
export function rolloutAlerts(scope: Scope): RuleGroup {
    return {
        name: "rollout",
        title: "How the rollout goes on",
        intervalSeconds: 15,
        recordings: [],
        alerts: [inProgress(scope), gateHolds(scope), holdEndsSoon(scope), overruns(scope), approvalWaits(scope), updateOverdue(scope)],
    };
}

function inProgress(scope: Scope): Alert {
    return {
        name: "RolloutInProgress",
        severity: "info",
        expression: `${said(scope, "rollout_step_weight_percent")} > 0`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "A rollout is under way.",
        description: "The candidate gets {{ $value }} % of the requests. Pods that come and go are expected; nothing about users' requests is muted.",
        dashboard: "rollouts",
        cases: [
            fires("when the candidate has a quarter of the traffic", atWeight(25, 10), minutes(5), [
                {
                    labels: {},
                    description: "The candidate gets 25 % of the requests. Pods that come and go are expected; nothing about users' requests is muted.",
                },
            ]),
            quiet("when the candidate runs dark", atWeight(0, 10), minutes(5)),
        ],
    };
}

function gateHolds(scope: Scope): Alert {
    const overSoak = `${said(scope, "rollout_soak_seconds")} >= ${said(scope, "rollout_soak_required_seconds")}`;
    return {
        name: "RolloutGateHolds",
        severity: "warning",
        expression: `${said(scope, "rollout_verdict", { verdict: "hold" })} == 1 ${underWay(scope)} and on (namespace, service) (${overSoak})`,
        forSeconds: minutes(5),
        labels: { rollout_scope: "canary" },
        summary: "The soak is over, and the gate does not pass.",
        description: "The step has lasted its soak, and the gate holds: `rollout status` says which criteria, and what was measured.",
        dashboard: "rollouts",
        criteria: watchedByTheGateAlone(scope),
        cases: [
            fires("when it holds for ten minutes after the soak", step(10, { hold: "1x30", soakSeconds: "900+60x30", required: 900 }), minutes(10), [
                { labels: {} },
            ]),
            quiet("when it holds during the soak", step(10, { hold: "1x30", soakSeconds: "0+20x30", required: 900 }), minutes(10)),
            quiet("when it passes", step(10, { hold: "0x30", soakSeconds: "900+60x30", required: 900 }), minutes(10)),
        ],
    };
}

function holdEndsSoon(scope: Scope): Alert {
    const text = (measured: string): string =>
        `The gate has held for ${measured}, more than three quarters of what the plan allows. Then the watcher rolls back.`;
    return {
        name: "RolloutHoldEndsSoon",
        severity: "critical",
        expression: `${said(scope, "rollout_hold_seconds")} > 0.75 * ${said(scope, "rollout_hold_limit_seconds")} ${underWay(scope)}`,
        forSeconds: minutes(0.5),
        labels: { rollout_scope: "canary" },
        summary: "The watcher will roll back soon because the gate holds.",
        description: text("{{ $value | humanizeDuration }}"),
        dashboard: "rollouts",
        cases: [
            fires(
                "when it has held for 25 of 30 minutes",
                { ...atWeight(25, 30), [ofWatcher("rollout_hold_seconds")]: "0+60x30", ...holdLimit(scope) },
                minutes(25),
                [{ labels: {}, description: text("25m 0s") }],
            ),
            quiet(
                "when it has held for 20 of 30 minutes",
                { ...atWeight(25, 30), [ofWatcher("rollout_hold_seconds")]: "0+60x30", ...holdLimit(scope) },
                minutes(20),
            ),
        ],
    };
}

function overruns(scope: Scope): Alert {
    const text = (measured: string): string =>
        `The step has lasted ${measured}, more than ${String(overrunFactor)} times its soak. Go on, or roll back: two revisions in production are twice the work.`;
    return {
        name: "RolloutStuck",
        severity: "warning",
        expression: `${said(scope, "rollout_soak_seconds")} > ${String(overrunFactor)} * ${said(scope, "rollout_soak_required_seconds")} ${underWay(scope)}`,
        forSeconds: minutes(15),
        labels: { rollout_scope: "canary" },
        summary: "The rollout does not go on.",
        description: text("{{ $value | humanizeDuration }}"),
        dashboard: "rollouts",
        cases: [
            fires("when a step of half an hour lasts two hours", step(50, { hold: "0x120", soakSeconds: "0+60x120", required: 1_800 }), minutes(110), [
                { labels: {}, description: text("1h 50m 0s") },
            ]),
            quiet("when it lasts an hour", step(50, { hold: "0x120", soakSeconds: "0+60x120", required: 1_800 }), minutes(60)),
        ],
    };
}

function approvalWaits(scope: Scope): Alert {
    const text = (measured: string): string => `The gate passes, and ${measured} approvals are missing for the next step: \`rollout status\` names the roles.`;
    return {
        name: "RolloutApprovalWaits",
        severity: "warning",
        expression: `${said(scope, "rollout_approvals_missing")} > 0 and on (namespace, service) ${said(scope, "rollout_verdict", { verdict: "pass" })} == 1 ${underWay(scope)}`,
        forSeconds: minutes(scope.profile.plan.watchLimits.statusUpdateMinutes),
        labels: { rollout_scope: "canary" },
        summary: "The rollout waits for approvals.",
        description: text("{{ $value }}"),
        dashboard: "rollouts",
        cases: [
            fires(
                "when two are missing for half an hour",
                { ...atWeight(25, 40), [verdict("pass")]: steady(1, 40), [ofWatcher("rollout_approvals_missing")]: steady(2, 40) },
                minutes(30),
                [{ labels: {}, description: text("2") }],
            ),
            quiet(
                "when they come within ten minutes",
                { ...atWeight(25, 40), [verdict("pass")]: steady(1, 40), [ofWatcher("rollout_approvals_missing")]: "2x10 0x30" },
                minutes(30),
            ),
        ],
    };
}

function updateOverdue(scope: Scope): Alert {
    const limitSeconds = minutes(scope.profile.plan.watchLimits.statusUpdateMinutes) + updateGraceSeconds;
    const text = (measured: string): string =>
        `People last heard ${measured} ago how the rollout stands; they should every ${String(scope.profile.plan.watchLimits.statusUpdateMinutes)} minutes.`;
    return {
        name: "RolloutStatusUpdateOverdue",
        severity: "warning",
        expression: `time() - ${said(scope, "rollout_status_update_timestamp_seconds")} > ${String(limitSeconds)} ${underWay(scope)}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "No message has said how the rollout stands.",
        description: text("{{ $value | humanizeDuration }}"),
        dashboard: "rollouts",
        cases: [
            fires(
                "when the latest update was half an hour ago",
                { ...atWeight(10, 40), [ofWatcher("rollout_status_update_timestamp_seconds")]: steady(0, 40) },
                minutes(30),
                [{ labels: {}, description: text("30m 0s") }],
            ),
            quiet(
                "when it was a quarter of an hour ago",
                { ...atWeight(10, 40), [ofWatcher("rollout_status_update_timestamp_seconds")]: steady(0, 40) },
                minutes(15),
            ),
        ],
    };
}

/** Criteria that no series in Prometheus shows: only the watcher's verdict does. */
function watchedByTheGateAlone(scope: Scope): readonly string[] {
    return everyCriterion(scope)
        .filter(({ measure }) => measure.kind === "probe")
        .map(({ id }) => id);
}

function holdLimit({ profile }: Scope): CaseSeries {
    return { [ofWatcher("rollout_hold_limit_seconds")]: steady(minutes(profile.plan.watchLimits.holdMinutes), 30) };
}
