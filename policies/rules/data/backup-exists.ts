import { missing, stackRule } from "../../engine/rule.ts";
import { backupsIn, componentOf, storesIn, withoutBackup } from "../../shapes/backup.ts";
import { onEach } from "../../shapes/each.ts";
import { checklist } from "../../shapes/references.ts";

/** What is not backed up is lost one day, and a backup that was never restored is a hope. */
export const backupExists = stackRule({
    name: "backup-exists",
    title: "Each store has a scheduled backup, and a scheduled check that it can be restored.",
    severity: "critical",
    level: "mandatory",
    rows: ["D5"],
    references: [checklist("Production database backups scheduled")],
    settings: withoutBackup,
    check: (stack, { settings }) =>
        onEach(storesIn(stack, settings.withoutBackup), function* (store) {
            const jobs = backupsIn(stack);
            if (jobs.length === 0) {
                yield missing("", `no CronJob backs up ${componentOf(store)}`, "declare one");
            } else if (!stack.ofKind("batch/CronJob").some((job) => job.name.includes("restore"))) {
                yield missing("", `no CronJob tries to restore the backup of ${componentOf(store)}`, "declare one");
            }
        }),
});
