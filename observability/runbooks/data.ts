import type { Scope } from "../scope.ts";
import { type Runbook, type Runbooks, type Step, commandsFor, rollbackDoesNotHelp } from "./runbook.ts";

/** Volumes, backups and the certificate. */
export function dataRunbooks(scope: Scope): Runbooks {
    return { ...volumes(scope), ...backups(scope), ...certificates(scope) };
}

function volumes(scope: Scope): Runbooks {
    const { kubectl } = commandsFor(scope);
    const enlarge: Step = [
        "Enlarge it: the StorageClass allows it, and the pod need not restart.",
        `${kubectl} patch pvc $CLAIM -p '{"spec":{"resources":{"requests":{"storage":"<size>"}}}}'`,
    ];
    const asProgram = "Put the new size into the program as well, or a new pod of the set gets the old one.";
    return {
        VolumeNearlyFull: {
            meaning: "A volume of a store or of the backups is nearly full.",
            impact: "A store with a full volume refuses writes: Redis loses its role as a primary, ClickHouse stops merging and then inserting, backups fail.",
            diagnosis: [
                ["See whose it is.", `${kubectl} describe pvc $CLAIM | grep -E 'Used By|Capacity'`],
                ["See what fills it.", `${kubectl} exec <pod> -- sh -c 'df -h; du -xh / 2>/dev/null | sort -rh | head -20'`],
            ],
            mitigation: [
                enlarge,
                asProgram,
                "Backups: the next dump makes room by itself, down to the newest good dump. If it fails with 'has no room', enlarge the volume (`stores.postgres.backupVolumeSize`).",
                "ClickHouse: drop the oldest partition of its own query log first, `system.query_log`.",
            ],
            rollback: "A larger volume can't be made smaller again. No revision has to do with it.",
        },
        VolumeFillsUp: {
            meaning: "At the pace of the last hours, a volume will be full within days.",
            impact: "None yet: that is the time to act without haste.",
            diagnosis: [
                [
                    "See its last week: steady growth, or a jump.",
                    `kubelet_volume_stats_available_bytes{namespace="${scope.namespace}",persistentvolumeclaim="$CLAIM"}`,
                ],
                "A jump has a date: compare it with steps and migrations.",
            ],
            mitigation: [enlarge, asProgram, "Steady growth of ClickHouse: shorten the time that events are kept, in a migration."],
            rollback: "A larger volume can't be made smaller again.",
        },
        StoreReplicasMissing: {
            meaning: "A store in the cluster has fewer ready servers than it should, for a quarter of an hour.",
            impact: "It works with what is left. The next loss is felt.",
            diagnosis: [
                ["See which pod is missing.", `${kubectl} get pods -l app.kubernetes.io/name=${scope.service} -o wide | grep -v Running`],
                ["Read why.", `${kubectl} describe pod $POD | tail -20`],
            ],
            mitigation: [
                "A node that is gone for good keeps the pod's volume: delete the Node object, so that the volume is released.",
                "Never two on a node and one in each zone: with a zone down, its pod has to wait.",
            ],
            rollback: rollbackDoesNotHelp,
        },
    };
}

function backups(scope: Scope): Runbooks {
    const { kubectl } = commandsFor(scope);
    const runs: Step = ["See the last runs.", `${kubectl} get jobs -l app.kubernetes.io/name=${scope.service} --sort-by=.status.startTime`];
    const log: Step = ["Read its log.", `${kubectl} logs job/$JOB_NAME --all-containers --tail=100`];
    const runNow: Step = ["Fix the cause, then run it now.", `${kubectl} create job --from=cronjob/$CRONJOB $CRONJOB-by-hand`];
    const late = (meaning: string, impact: string): Runbook => ({
        meaning,
        impact,
        diagnosis: [
            runs,
            ["See whether the CronJob is suspended or refused.", `${kubectl} describe cronjob $CRONJOB | tail -15`],
            "No job at all: the quota of the namespace may be used up, or kube-state-metrics is gone.",
        ],
        mitigation: [runNow, "If it can't be run today, have the store's owners take a snapshot, and write down where it is."],
        rollback: "Nothing to roll back. Begin no migration, and no rollout that needs one, until there is a backup.",
    });
    return {
        BackupFailed: {
            meaning:
                "The newest dump of a store failed, and none has succeeded since. The job's name says which store: PostgreSQL, or ClickHouse with `clickhouse` in it.",
            impact: "Restoring loses what was written since the last dump that worked. Users notice nothing.",
            diagnosis: [
                log,
                "The last line says what is wrong, with its key and value, and what to do: 'is full' or 'has no room': the volume; 'refuses the login': the Secret; 'does not serve': the server.",
            ],
            mitigation: [runNow],
            rollback: "Nothing to roll back. Begin no migration until a dump has succeeded.",
        },
        BackupLate: late("No dump of a store has succeeded for a day and the hours that one may take.", "One day's changes are without a backup."),
        BackupTooOld: late(
            "No dump of a store has succeeded for two days, or none ever has.",
            "A loss of the store now costs two days or more. The restore check refuses a dump of this age.",
        ),
        RestoreCheckFailed: {
            meaning: "The newest dump could not be restored into a scratch server. A dump that can't be restored is no backup.",
            impact: "The loss in a disaster is unknown.",
            diagnosis: [
                log,
                "The last line says why. 'older than': the dumps stopped, see BackupLate. 'cut off or changed', 'can't be restored', 'not what was dumped': the dump is worth nothing. 'is too small': the scratch volume.",
            ],
            mitigation: [
                "Restore the dump before it by hand, to know how far back one has to go.",
                runNow,
                "A scratch volume that is too small: `restoreScratchSize`.",
            ],
            rollback: "Nothing to roll back.",
        },
        RestoreCheckTooOld: {
            meaning: "For more than a week no check has proven that a dump can be restored.",
            impact: "As RestoreCheckFailed: the backups may be worth nothing.",
            diagnosis: [runs, ["See whether its pod can be placed: it needs a volume of its own.", `${kubectl} describe cronjob $CRONJOB | tail -15`]],
            mitigation: [runNow],
            rollback: "Nothing to roll back.",
        },
        BackupSuspended: {
            meaning: "The dumps or their check were switched off, and not on again.",
            impact: "From the next night on there is no new backup.",
            diagnosis: [
                ["See who did it: the manager of the field, and when.", `${kubectl} get cronjob $CRONJOB -o yaml --show-managed-fields | grep -B3 -A3 suspend`],
            ],
            mitigation: [["Switch it on.", `${kubectl} patch cronjob $CRONJOB -p '{"spec":{"suspend":false}}'`]],
            rollback: "Nothing to roll back.",
        },
    };
}

function certificates({ service }: Scope): Runbooks {
    const status: Step = ["See how far the renewal is, and what it waits for.", "cmctl status certificate $NAME -n <its namespace>"];
    const served: Step = [
        `See the certificate that users get, if it is \`${service}-tls\`.`,
        "echo | openssl s_client -connect <hostname>:443 -servername <hostname> 2>/dev/null | openssl x509 -noout -enddate -issuer",
    ];
    const renew: Step = ["Try again at once.", "cmctl renew $NAME -n <its namespace>"];
    const reasons =
        "The usual causes: DNS no longer points here, so the challenge fails; the issuer's account is blocked or over its limit; the issuer was renamed.";
    return {
        CertificateNotRenewed: {
            meaning: "cert-manager renews a month before the end, and has been failing to for more than a week.",
            impact: "None yet: there is time to fix it in working hours.",
            diagnosis: [status, ["Read the challenge's error.", "kubectl get challenges -A"], served],
            mitigation: [reasons, renew],
            rollback: rollbackDoesNotHelp,
        },
        CertificateEndsSoon: {
            meaning: `A certificate ends within days. \`${service}-tls\` is what users see; the others are the stores'.`,
            impact: "When it ends, clients refuse at the same moment: users the service, or the service its store.",
            diagnosis: [status, served],
            mitigation: [
                reasons,
                renew,
                "If it can't be fixed in a day: get a certificate by other means, and put it into the same Secret (`tls.crt`, `tls.key`). The gateway takes it over by itself.",
            ],
            rollback: "A certificate that was put in by hand is replaced at the next renewal that works.",
        },
        CertificateNotReady: {
            meaning: "cert-manager says that the certificate is not ready: it is being issued for the first time, has changed, or can't be renewed.",
            impact: "The present one goes on being served, if there is one. A new host name is not in it yet.",
            diagnosis: [status, ["Read the request's state.", "kubectl get certificaterequests,orders,challenges -A"]],
            mitigation: [reasons, renew],
            rollback: "If it began with a change of the host names, undo that change in the stack's file.",
        },
    };
}
