import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { at, has, text } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";

/** A job that overlaps itself, or is silently skipped, or is kept for ever: the defaults allow all three. */
export const cronJob = objectRule({
    name: "cron-job",
    title: "A CronJob forbids overlap, bounds its start and its run, and keeps a short history.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/workloads/controllers/cron-jobs/")],
    kinds: ["batch/CronJob"],
    *check(job) {
        const policy = text(job.body, "spec", "concurrencyPolicy") ?? "Allow";
        if (policy === "Allow") {
            yield (has(job.body, "spec", "concurrencyPolicy") ? wrong : missing)("spec.concurrencyPolicy", "two runs may overlap", "set it to Forbid");
        }
        for (const key of ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"]) {
            if (!has(job.body, "spec", key)) {
                yield missing(`spec.${key}`, `${key} is left to its default`, `set ${key}`);
            }
        }
        const jobSpec = at(job.body, "spec", "jobTemplate", "spec");
        if (!has(jobSpec, "activeDeadlineSeconds") && !has(jobSpec, "ttlSecondsAfterFinished")) {
            yield missing("spec.jobTemplate.spec.activeDeadlineSeconds", "a run that hangs goes on for ever", "set activeDeadlineSeconds");
        }
        const restart = text(jobSpec, "template", "spec", "restartPolicy");
        if (jobSpec !== undefined && restart !== "Never" && restart !== "OnFailure") {
            yield missing("spec.jobTemplate.spec.template.spec.restartPolicy", "a job's pod needs a restart policy", "set it to Never or OnFailure");
        }
    },
});
