import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defined } from "../rollout/defined.ts";
import { cronJobSpec } from "./backup/pods.ts";
import { backupAnnotations } from "./backup/reference.ts";
import { backupEnvironment, clickhouseBackupScripts } from "./clickhouse/backup-scripts.ts";
import { identityOf } from "./clickhouse/identity.ts";
import { clientConfiguration, eventDays } from "./clickhouse/migrations.ts";
import type { StorePartArgs } from "./store.ts";

export interface ClickHouseBackupArgs extends Omit<StorePartArgs, "awaitTimeoutSeconds"> {
    /** Image by digest, with clickhouse-client and `clickhouse local`. */
    readonly image: pulumi.Input<string>;
    /** Where the servers listen for the native protocol. */
    readonly host: pulumi.Input<string>;
    readonly port: number;
    /** Database that the table is in. */
    readonly database: string;
    /** Table to dump: rows are never changed, and each has the time at which it was received in `received_at`. */
    readonly table: string;
    /** Password of the account `backup`. */
    readonly password: pulumi.Input<string>;
    /** Size of the volume with the dumps, such as `100Gi`: 90 days of events, compressed. */
    readonly volumeSize: string;
    /**
     * When to dump, as a cron schedule in UTC. The day before is whole by then.
     *
     * @default `37 3 * * *`
     */
    readonly schedule?: string;
    /**
     * When the newest dump is restored, as a cron schedule in UTC.
     *
     * @default `7 6 * * 0`: on Sundays, well after the dump
     */
    readonly restoreCheckSchedule?: string;
}

/** Latest day that the newest dump may be of, in days ago: yesterday, and a run that was missed. */
const maximumAgeDays = 2;

/**
 * Dumps of a table of events onto a volume, a file a day, and the proof that they can be restored.
 *
 * One CronJob dumps the days that are missing and reads each dump back; another restores the newest one into a table in its own pod, without a password or a way to the servers.
 * Either fails as a Job, which is what an alert watches. Replicas protect from a lost server, dumps from a lost table.
 *
 * To restore, let the program make the empty table, then for each file: `INSERT INTO <database>.<table> FROM INFILE '<file>' COMPRESSION 'zstd' FORMAT Native`, with clickhouse-client
 * as `migration`, which may write.
 *
 * The volume is in the cluster: it survives the servers, not the cluster. Copy it elsewhere where that matters.
 *
 * Like ClickHouseCluster it has never run on servers: tests run its scripts with a stand-in for the client.
 */
export class ClickHouseBackup extends pulumi.ComponentResource {
    /** Name of the CronJob that dumps. */
    public readonly dumpJobName: pulumi.Output<string>;
    /** Name of the CronJob that restores. */
    public readonly restoreCheckJobName: pulumi.Output<string>;

    constructor(name: string, args: ClickHouseBackupArgs, opts?: pulumi.ComponentResourceOptions) {
        const password = pulumi.secret(args.password);
        super("nova:clickhouse:ClickHouseBackup", name, { ...args, password }, opts);
        const { namespace, service, table, certificateName, storageClassName } = args;
        const child = { parent: this };
        const [dumping, checking] = [identityOf(service, "clickhouse-backup"), identityOf(service, "clickhouse-restore-check")];
        const metadata = { namespace, labels: dumping.labels };
        const dumpName = `${service}-clickhouse-backup`;
        const storageClass = defined({ storageClassName });

        const scripts = new k8s.core.v1.ConfigMap(`${name}-scripts`, { metadata, immutable: true, data: { ...clickhouseBackupScripts } }, child);
        const client = new k8s.core.v1.Secret(
            `${name}-client`,
            {
                metadata,
                immutable: true,
                stringData: {
                    "client.xml": pulumi
                        .all([args.host, password])
                        .apply(([host, known]) =>
                            clientConfiguration({ host, port: args.port, tls: certificateName !== undefined, account: "backup", password: known }),
                        ),
                },
            },
            child,
        );
        const volume = new k8s.core.v1.PersistentVolumeClaim(
            `${name}-volume`,
            {
                // Many classes bind a volume when a pod first wants it: waiting for that here would wait until the night's dump.
                metadata: { ...metadata, name: dumpName, annotations: { "pulumi.com/skipAwait": "true" } },
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: args.volumeSize } }, ...storageClass },
            },
            { parent: this, protect: args.protect, retainOnDelete: args.protect },
        );

        const shared = { image: args.image, serviceAccountName: args.serviceAccountName, scriptsName: scripts.metadata.name, claimName: volume.metadata.name };
        const dump = new k8s.batch.v1.CronJob(
            `${name}-dump`,
            {
                metadata: { ...metadata, name: dumpName, annotations: { [backupAnnotations.backupOf]: "clickhouse" } },
                spec: cronJobSpec({
                    ...shared,
                    purpose: "dump",
                    labels: dumping.labels,
                    credentialsName: client.metadata.name,
                    ...defined({ authoritySecretName: certificateName }),
                    environment: { ...backupEnvironment(table), DATABASE: args.database, RETENTION_DAYS: String(eventDays) },
                    schedule: args.schedule ?? "37 3 * * *",
                    memoryMi,
                }),
            },
            child,
        );
        const restoreCheck = new k8s.batch.v1.CronJob(
            `${name}-restore-check`,
            {
                metadata: {
                    namespace,
                    labels: checking.labels,
                    name: `${service}-clickhouse-check`,
                    annotations: { [backupAnnotations.restoreCheckOf]: "clickhouse" },
                },
                spec: cronJobSpec({
                    ...shared,
                    purpose: "restore-check",
                    // No flow names this component, so that its pods reach nothing.
                    labels: checking.labels,
                    environment: { ...backupEnvironment(table), MAXIMUM_AGE_DAYS: String(maximumAgeDays) },
                    schedule: args.restoreCheckSchedule ?? "7 6 * * 0",
                    scratchVolume: { size: args.volumeSize, ...storageClass },
                    memoryMi,
                }),
            },
            child,
        );

        this.dumpJobName = dump.metadata.name;
        this.restoreCheckJobName = restoreCheck.metadata.name;
        this.registerOutputs({ dumpJobName: this.dumpJobName, restoreCheckJobName: this.restoreCheckJobName });
    }
}

/** A day is read and written in blocks; sorting nothing, neither job holds more than a few of them. */
const memoryMi = { request: 512, limit: 1_024 };
