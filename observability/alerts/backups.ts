import { fires, ofObject, quiet, steady } from "../cases.ts";
import { days, hours, inWords, like, minutes, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert, ExpectedAlert, RuleGroup } from "../rule.ts";
import { type Scope, backupJobs } from "../scope.ts";

/** When a dump is late, in seconds: a day, an hour that it may start late, four that it may take, and one for luck. components/backup/pods.ts has the limits. */
const lateSeconds = hours(24 + 1 + 4 + 1);
/** When the newest dump is too old, in seconds: also what the restore check refuses. */
const tooOldSeconds = hours(48);
/** When the newest restore check is too old, in seconds: a week, and a day for a run that failed and was repeated. */
const restoreCheckTooOldSeconds = days(8);

/** Backups of the stores by their CronJobs, as kube-state-metrics sees them. */
export function backupAlerts(scope: Scope): RuleGroup {
    const { dumps, checks } = backupJobs(scope);
    const jobs = { namespace: scope.namespace, cronjob: like([...dumps, ...checks].join("|")) };
    return {
        name: "backups",
        title: "Backups and their proof",
        intervalSeconds: 60,
        recordings: [],
        alerts: [
            failed(scope, dumps, { name: "BackupFailed", summary: "A backup failed.", what: "A dump" }),
            failed(scope, checks, { name: "RestoreCheckFailed", summary: "A backup could not be restored.", what: "Restoring the newest dump" }),
            tooOld(scope, dumps, { name: "BackupLate", severity: "warning", limitSeconds: lateSeconds, summary: "A backup is late." }),
            tooOld(scope, dumps, { name: "BackupTooOld", severity: "critical", limitSeconds: tooOldSeconds, summary: "The newest backup is too old." }),
            tooOld(scope, checks, {
                name: "RestoreCheckTooOld",
                severity: "warning",
                limitSeconds: restoreCheckTooOldSeconds,
                summary: "It is not known whether the backups can be restored.",
            }),
            {
                name: "BackupSuspended",
                severity: "warning",
                expression: `max by (cronjob) (${select("kube_cronjob_spec_suspend", jobs)}) == 1`,
                forSeconds: hours(1),
                summary: "Backups are switched off.",
                description: "The CronJob {{ $labels.cronjob }} is suspended: no run starts.",
                dashboard: "on-call",
                cases: [
                    fires(
                        "when it is suspended for two hours",
                        { [ofObject("kube_cronjob_spec_suspend", { cronjob: "video-ranking-backup" })]: steady(1, 130) },
                        hours(2),
                        [{ labels: { cronjob: "video-ranking-backup" }, description: "The CronJob video-ranking-backup is suspended: no run starts." }],
                    ),
                    quiet(
                        "when it is suspended for half an hour of work",
                        { [ofObject("kube_cronjob_spec_suspend", { cronjob: "video-ranking-backup" })]: "1x30 0x100" },
                        hours(2),
                    ),
                ],
            },
        ],
    };
}

/** A Job that failed, and no later one that succeeded. Its object stays for days, so the failure alone would go on firing. */
function failed(
    scope: Scope,
    cronjobs: readonly string[],
    { name, summary, what }: { readonly name: string; readonly summary: string; readonly what: string },
): Alert {
    const [cronjob = ""] = cronjobs;
    const run = { job_name: `${cronjob}-29384777` };
    const text = (job: string): string => `${what} failed: job ${job}. Its pod's log says why.`;
    const failure = { [ofObject("kube_job_status_start_time", run)]: "600x60", [ofObject("kube_job_failed", { ...run, condition: "true" })]: "0x15 1x45" };
    const success = (atSeconds: string): Record<string, string> => ({ [ofObject("kube_cronjob_status_last_successful_time", { cronjob })]: atSeconds });
    return {
        name,
        severity: "warning",
        expression: cronjobs.map((each) => failedRun(scope, each)).join(" or "),
        forSeconds: minutes(5),
        summary,
        description: text("{{ $labels.job_name }}"),
        dashboard: "on-call",
        cases: [
            fires("when its latest run failed", { ...failure, ...success("100x60") }, minutes(30), [{ labels: run, description: text(run.job_name) }]),
            fires("when its first run failed", failure, minutes(30), [{ labels: run, description: text(run.job_name) }]),
            quiet("when a later run succeeded", { ...failure, ...success("100x20 1500x40") }, minutes(40)),
        ],
    };
}

function failedRun({ namespace }: Scope, cronjob: string): string {
    const runs = { namespace, job_name: like(`${cronjob}-[0-9]+`) };
    const started = `max by (job_name) (${select("kube_job_status_start_time", runs)})`;
    const broken = `max by (job_name) (${select("kube_job_failed", { ...runs, condition: "true" })}) == 1`;
    const succeeded = `max(${select("kube_cronjob_status_last_successful_time", { namespace, cronjob })})`;
    return `((${started} and ${broken}) unless on () (vector(scalar(${succeeded})) > scalar(max(${started} and ${broken}))))`;
}

function tooOld(
    { namespace }: Scope,
    cronjobs: readonly string[],
    {
        name,
        severity,
        limitSeconds,
        summary,
    }: { readonly name: string; readonly severity: Alert["severity"]; readonly limitSeconds: number; readonly summary: string },
): Alert {
    const pace = { intervalSeconds: hours(1) };
    const [cronjob = "", ...others] = cronjobs;
    const limitHours = limitSeconds / hours(1);
    const text = (job: string): string => `No run of ${job} has succeeded for more than ${inWords(limitSeconds)}, or none ever has.`;
    const at = (job: string, values: string): readonly [string, string] => [ofObject("kube_cronjob_status_last_successful_time", { cronjob: job }), values];
    const absent = (job: string): ExpectedAlert => ({ labels: { cronjob: job }, description: text(job) });
    const old = at(cronjob, steady(0, limitHours + 5));
    const fresh = others.map((other) => at(other, `0+3600x${String(limitHours + 5)}`));
    return {
        name,
        severity,
        expression: cronjobs
            .map((each) => {
                const succeeded = select("kube_cronjob_status_last_successful_time", { namespace, cronjob: each });
                return `(time() - max by (namespace, cronjob) (${succeeded}) > ${String(limitSeconds)} or absent(${succeeded}))`;
            })
            .join(" or "),
        forSeconds: hours(1),
        summary,
        description: text("{{ $labels.cronjob }}"),
        dashboard: "on-call",
        onAbsence: [absent(cronjob), ...others.map(absent)],
        cases: [
            fires("when the latest success is too long ago", Object.fromEntries([old, ...fresh]), hours(limitHours + 3), [absent(cronjob)], pace),
            fires("when there never was one", Object.fromEntries(fresh), hours(3), [absent(cronjob)], pace),
            quiet("when one run was missed by less than that", Object.fromEntries([old, ...fresh]), hours(limitHours), pace),
        ],
    };
}
