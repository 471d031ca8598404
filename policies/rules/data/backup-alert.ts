import { missing, stackRule } from "../../engine/rule.ts";
import { list, text } from "../../engine/value.ts";
import { backupsIn } from "../../shapes/backup.ts";
import { onEach } from "../../shapes/each.ts";
import { alertsIn } from "../../shapes/alerts.ts";
import { checklist } from "../../shapes/references.ts";

/** A backup that stopped last month looks like one that works. A stack without any alerting rules is not judged: its alerts live elsewhere. */
export const backupAlert = stackRule({
    name: "backup-alert",
    title: "An alert watches the age of the backups.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Production database backups scheduled")],
    check: (stack) => {
        const rules = stack.ofKind("monitoring.coreos.com/PrometheusRule");
        const watched = rules.some((rule) =>
            alertsIn(rule).some(({ alert }) => /backup|dump|cronjob/i.test(`${text(alert, "alert") ?? ""} ${text(alert, "expr") ?? ""}`)),
        );
        return onEach(rules.length === 0 || watched ? [] : backupsIn(stack), function* (job) {
            if (list(job.body, "metadata", "ownerReferences").length === 0) {
                yield missing("", "no alert watches when it last succeeded", "alert on kube_cronjob_status_last_successful_time");
            }
        });
    },
});
