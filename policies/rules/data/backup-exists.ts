import { missing, stackRule, wrong } from "../../engine/rule.ts";
import { jobsFor, reasonWithoutBackup, storeName, storesIn } from "../../shapes/backup.ts";
import { onEach } from "../../shapes/each.ts";
import { checklist } from "../../shapes/references.ts";

/** Fewest characters of a reason: below that, it gives none. */
const shortestReason = 20;

/** What is not backed up is lost one day, and a backup that was never restored is a hope. A store without one says why, where it is declared. */
export const backupExists = stackRule({
    name: "backup-exists",
    title: "Each store has a scheduled backup of its own, and a scheduled check that it can be restored, or says why it needs none.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Production database backups scheduled")],
    check: (stack) =>
        onEach(storesIn(stack), function* (store) {
            const [name, reason] = [storeName(store), reasonWithoutBackup(store)];
            if (reason !== undefined) {
                if (reason.trim().length < shortestReason) {
                    yield wrong(
                        "metadata.annotations",
                        `it says that ${name} needs no backup, and not why`,
                        `write a reason of at least ${String(shortestReason)} characters into nova.example.com/without-backup`,
                    );
                }
                return;
            }
            if (jobsFor(stack, "backup-of", store).length === 0) {
                yield missing("", `no CronJob is the backup of ${name}`, `declare one that is annotated with nova.example.com/backup-of: ${name}`);
            }
            if (jobsFor(stack, "restore-check-of", store).length === 0) {
                yield missing("", `no CronJob tries to restore ${name}`, `declare one that is annotated with nova.example.com/restore-check-of: ${name}`);
            }
        }),
});
