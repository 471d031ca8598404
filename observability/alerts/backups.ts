import { fires, ofObject, quiet, steady } from "../cases.ts";
import { days, hours, inWords, like, minutes, select } from "../promql.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** When a dump is late, in seconds: a day, an hour that it may start late, four that it may take, and one for luck. components/backup/pods.ts has the limits. */
const lateSeconds = hours(24 + 1 + 4 + 1);
/** When the newest dump is too old, in seconds: also what the restore check refuses. */
const tooOldSeconds = hours(48);
/** When the newest restore check is too old, in seconds: a week, and a day for a run that failed and was repeated. */
const restoreCheckTooOldSeconds = days(8);

/** Backups of PostgreSQL by their CronJobs, as kube-state-metrics sees them. */
export function backupAlerts(scope: Scope): RuleGroup {
    const dump = `${scope.service}-backup`;
    const restoreCheck = `${scope.service}-restore-check`;
    const jobs = { namespace: scope.namespace, cronjob: like(`${dump}|${restoreCheck}`) };
    return {
        name: "backups",
        title: "Backups and their proof",
        intervalSeconds: 60,
        recordings: [],
        alerts: [
            failed(scope, dump, { name: "BackupFailed", summary: "A backup failed.", what: "The dump" }),
            failed(scope, restoreCheck, { name: "RestoreCheckFailed", summary: "A backup could not be restored.", what: "Restoring the newest dump" }),
            tooOld(scope, dump, { name: "BackupLate", severity: "warning", limitSeconds: lateSeconds, summary: "A backup is late.", what: "dump" }),
            tooOld(scope, dump, {
                name: "BackupTooOld",
                severity: "critical",
                limitSeconds: tooOldSeconds,
                summary: "The newest backup is too old.",
                what: "dump",
            }),
            tooOld(scope, restoreCheck, {
                name: "RestoreCheckTooOld",
                severity: "warning",
                limitSeconds: restoreCheckTooOldSeconds,
                summary: "It is not known whether the backups can be restored.",
                what: "restore check",
            }),
            {
                name: "BackupSuspended",
                severity: "warning",
                expression: `max by (cronjob) (${select("kube_cronjob_spec_suspend", jobs)}) == 1`,
                forSeconds: hours(1),
                summary: "Backups are switched off.",
                description: "The CronJob {{ $labels.cronjob }} is suspended: no run starts.",
                dashboard: "postgres",
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
function failed(scope: Scope, cronjob: string, { name, summary, what }: { readonly name: string; readonly summary: string; readonly what: string }): Alert {
    const runs = { namespace: scope.namespace, job_name: like(`${cronjob}-[0-9]+`) };
    const started = `max by (job_name) (${select("kube_job_status_start_time", runs)})`;
    const broken = `max by (job_name) (${select("kube_job_failed", { ...runs, condition: "true" })}) == 1`;
    const succeeded = `max(${select("kube_cronjob_status_last_successful_time", { namespace: scope.namespace, cronjob })})`;
    const run = { job_name: `${cronjob}-29384777` };
    const text = (job: string): string => `${what} failed: job ${job}. Its pod's log says why.`;
    const history = (successfulAtSeconds: string): Record<string, string> => ({
        [ofObject("kube_job_status_start_time", run)]: "600x60",
        [ofObject("kube_job_failed", { ...run, condition: "true" })]: "0x15 1x45",
        [ofObject("kube_cronjob_status_last_successful_time", { cronjob })]: successfulAtSeconds,
    });
    return {
        name,
        severity: "warning",
        expression: `(${started} and ${broken}) unless on () (vector(scalar(${succeeded})) > scalar(max(${started} and ${broken})))`,
        forSeconds: minutes(5),
        summary,
        description: text("{{ $labels.job_name }}"),
        dashboard: "postgres",
        cases: [
            fires("when its latest run failed", history("100x60"), minutes(30), [{ labels: run, description: text(run.job_name) }]),
            fires(
                "when its first run failed",
                { [ofObject("kube_job_status_start_time", run)]: "600x60", [ofObject("kube_job_failed", { ...run, condition: "true" })]: "0x15 1x45" },
                minutes(30),
                [{ labels: run, description: text(run.job_name) }],
            ),
            quiet("when a later run succeeded", history("100x20 1500x40"), minutes(40)),
        ],
    };
}

function tooOld(
    scope: Scope,
    cronjob: string,
    {
        name,
        severity,
        limitSeconds,
        summary,
        what,
    }: { readonly name: string; readonly severity: Alert["severity"]; readonly limitSeconds: number; readonly summary: string; readonly what: string },
): Alert {
    const succeeded = `max(${select("kube_cronjob_status_last_successful_time", { namespace: scope.namespace, cronjob })})`;
    const description = `No ${what} has succeeded for more than ${inWords(limitSeconds)}, or none ever has.`;
    const pace = { intervalSeconds: hours(1) };
    const series = ofObject("kube_cronjob_status_last_successful_time", { cronjob });
    const limitHours = limitSeconds / hours(1);
    return {
        name,
        severity,
        expression: `time() - ${succeeded} > ${String(limitSeconds)} or absent(${succeeded})`,
        forSeconds: hours(1),
        summary,
        description,
        dashboard: "postgres",
        onAbsence: true,
        cases: [
            fires("when the latest success is too long ago", { [series]: steady(0, limitHours + 5) }, hours(limitHours + 3), [{ labels: {} }], pace),
            fires("when there never was one", {}, hours(3), [{ labels: {} }], pace),
            quiet("when one run was missed by less than that", { [series]: steady(0, limitHours + 5) }, hours(limitHours), pace),
        ],
    };
}
