import type { DashboardSpec, PanelSpec } from "./panel.ts";
import { own } from "./queries.ts";
import { serviceVariables } from "./variables.ts";
import { verdict, verdictWords } from "./verdict.ts";

/** Rollouts over days and weeks: how they went, what held them, whether they were watched. */
export const rollouts: DashboardSpec = {
    name: "rollouts",
    title: "rollouts",
    description: "How rollouts went over days: steps, verdicts, holds, approvals, and whether it was watched. The ledger has the details of each.",
    from: "now-7d",
    variables: serviceVariables("rollout_info"),
    marksSteps: true,
    rows: [
        {
            title: "Steps",
            panels: [
                {
                    kind: "timeseries",
                    title: "Weight, and the share that arrived",
                    description:
                        "Weight on the live route, and the share of requests that reached the candidate. They lie on each other where the gateway does what the route says.",
                    unit: "percentunit",
                    width: 24,
                    queries: [
                        { expression: `max(${own("rollout_step_weight_percent")}) / 100`, legend: "weight" },
                        { expression: `max(${own("rollout_observed_share_ratio")})`, legend: "share that arrived" },
                    ],
                    runbook: "RolloutShareDiffersFromWeight",
                },
                {
                    kind: "state-timeline",
                    title: "Revisions",
                    description: "Which candidate was rolled out on which stable revision.",
                    unit: "none",
                    width: 24,
                    queries: [
                        {
                            expression: `max by (stable, candidate) (${own("rollout_info", { candidate: { operator: "!=", value: "none" } })})`,
                            legend: "{{candidate}} on {{stable}}",
                        },
                    ],
                    words: { "1": { text: "declared", meaning: "well" } },
                },
                {
                    kind: "state-timeline",
                    title: "Verdicts",
                    description: "What the watcher's looks led to. Gaps are times without a watcher.",
                    unit: "none",
                    width: 24,
                    queries: [verdict],
                    words: verdictWords,
                    runbook: "RolloutRollbackOverdue",
                },
            ],
        },
        {
            title: "What held it",
            panels: [
                overTime("Soak", "How long the step has lasted, and has to.", ["rollout_soak_seconds", "rollout_soak_required_seconds"], "RolloutStuck"),
                overTime(
                    "Hold",
                    "How long the gate has held after the soak, and may.",
                    ["rollout_hold_seconds", "rollout_hold_limit_seconds"],
                    "RolloutHoldEndsSoon",
                ),
                overTime(
                    "Blind",
                    "How long the watcher has seen nothing, and may.",
                    ["rollout_blind_seconds", "rollout_blind_limit_seconds"],
                    "RolloutWatcherBlind",
                ),
                {
                    kind: "timeseries",
                    title: "Alarm blind",
                    description: "How long the alarm has read neither a pod nor the gateway. Above the line an alert calls the engineer on call.",
                    unit: "s",
                    lines: [{ value: 60, meaning: "limit" }],
                    queries: [{ expression: `max(${own("rollout_alarm_blind_seconds")})`, legend: "alarm blind" }],
                    runbook: "RolloutAlarmBlind",
                },
                {
                    kind: "timeseries",
                    title: "Approvals missing",
                    description: "Roles whose word the next step still needs.",
                    unit: "short",
                    queries: [{ expression: `max(${own("rollout_approvals_missing")})`, legend: "missing" }],
                    runbook: "RolloutApprovalWaits",
                },
            ],
        },
        {
            title: "Whether it was watched",
            panels: [
                {
                    kind: "timeseries",
                    title: "Time since the latest look",
                    description: "Age of the newest look of any watcher. It should be seconds.",
                    unit: "s",
                    lines: [{ value: 120, meaning: "limit" }],
                    queries: [{ expression: `time() - max(${own("rollout_watch_heartbeat_timestamp_seconds")})`, legend: "age" }],
                    runbook: "RolloutWatcherSilent",
                },
                {
                    kind: "stat",
                    title: "Ledger holds",
                    description: "Whether every record follows from the one before it, by the watcher's latest reading.",
                    unit: "bool_yes_no",
                    queries: [{ expression: `max(${own("rollout_ledger_valid")})`, legend: "holds" }],
                    words: { "0": { text: "No", meaning: "limit" }, "1": { text: "Yes", meaning: "well" } },
                    runbook: "RolloutLedgerBroken",
                },
                {
                    kind: "stat",
                    title: "Rollback failed",
                    description: "Whether the latest watch ended with a rollback that is due and not done.",
                    unit: "bool_yes_no",
                    queries: [{ expression: `max(${own("rollout_rollback_failed")})`, legend: "failed" }],
                    words: { "0": { text: "No", meaning: "well" }, "1": { text: "Yes", meaning: "limit" } },
                    runbook: "RolloutRollbackFailed",
                },
                {
                    kind: "stat",
                    title: "Latest status update",
                    description: "When people last heard how the rollout stands.",
                    unit: "dateTimeFromNow",
                    queries: [{ expression: `max(${own("rollout_status_update_timestamp_seconds")}) * 1000`, legend: "update" }],
                    runbook: "RolloutStatusUpdateOverdue",
                },
            ],
        },
    ],
};

/** What is and what may be, on one axis. */
function overTime(title: string, description: string, [is, limit]: readonly [string, string], runbook: string): PanelSpec {
    return {
        kind: "timeseries",
        title,
        description,
        unit: "s",
        queries: [
            { expression: `max(${own(is)})`, legend: title.toLowerCase() },
            { expression: `max(${own(limit)})`, legend: "limit" },
        ],
        runbook,
    };
}
