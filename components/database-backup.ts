import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defined } from "../rollout/defined.ts";
import { cronJobSpec } from "./backup/pods.ts";
import { backupAnnotations } from "./backup/reference.ts";
import { backupScripts, folders, passfileLine } from "./backup/scripts.ts";
import { recommendedLabels } from "../rollout/pulumi/labels.ts";

/** The server that the database is on, as a dump reaches it. */
export interface BackupServer {
    readonly host: string;
    readonly port: number;
    /** How the connection is secured; `verify-full` in production. */
    readonly sslMode: "disable" | "require" | "verify-ca" | "verify-full";
    /**
     * Certificate of the authority that signed the server's, PEM.
     *
     * @default with `verify-full` the authorities that the image trusts; `verify-ca` needs one
     */
    readonly certificateAuthority?: pulumi.Input<string>;
}

export interface DatabaseBackupArgs {
    /** Namespace of everything, with a flow from `backup` to the server. */
    readonly namespace: pulumi.Input<string>;
    /** Name of the service: prefix of the objects' names, at most 30 characters. */
    readonly service: string;
    readonly serviceAccountName: pulumi.Input<string>;
    /** PostgreSQL's official image by digest, of the server's major version or newer. */
    readonly image: pulumi.Input<string>;
    readonly server: BackupServer;
    /** Database to dump. Take it from PostgresDatabase, so that the first dump finds roles and privileges. */
    readonly database: pulumi.Input<string>;
    /** A role that may read everything, and need not write. */
    readonly login: { readonly username: string; readonly password: pulumi.Input<string> };
    /** Size of the volume with the dumps, such as `20Gi`. `retentionDays` times the size of one and a half more keeps all of them; at least two and a half are needed. */
    readonly volumeSize: string;
    /**
     * StorageClass of the volume. Production wants one with reclaim policy Retain and encryption.
     *
     * @default the cluster's default class
     */
    readonly storageClassName?: string;
    /**
     * When to dump, as a cron schedule in UTC.
     *
     * @default `17 2 * * *`: at night, and not on the hour, when other jobs run
     */
    readonly schedule?: string;
    /**
     * How long dumps are kept, in days.
     *
     * @default 14
     */
    readonly retentionDays?: number;
    /**
     * When the newest dump is restored, as a cron schedule in UTC.
     *
     * @default `47 5 * * 0`: on Sundays, well after the dump
     */
    readonly restoreCheckSchedule?: string;
    /**
     * Size of the volume that a dump is restored into, such as `20Gi`. It is there only while the check runs.
     *
     * @default `volumeSize`
     */
    readonly restoreScratchSize?: string;
    /** Refuse to delete or replace the volume, and keep it when it is taken out of the program: true in production. */
    readonly protect: boolean;
}

/** Oldest that the newest dump may be, in hours: a day, and a run that was missed. */
const maximumAgeHours = 48;

/**
 * Dumps of a PostgreSQL database onto a volume, and the proof that they can be restored.
 *
 * One CronJob dumps, and counts rows and checksums of the same snapshot; another restores the newest dump into a scratch server inside its own pod, without a password or a way to the
 * real one, and compares. Either fails as a Job with one line that says what to do, which is what an alert watches.
 *
 * The volume can't fill up: before each dump, what is older than `retentionDays` goes, then the oldest until half as much again as the newest dump is free. The newest good dump stays.
 *
 * The volume is in the cluster: it survives the database's server, not the cluster. Copy it elsewhere where that matters.
 *
 * @throws {RangeError} when `retentionDays` is no whole number from 1, or `verify-ca` has no authority.
 * @see https://www.postgresql.org/docs/current/app-pgdump.html
 */
export class DatabaseBackup extends pulumi.ComponentResource {
    /** Name of the CronJob that dumps. */
    public readonly dumpJobName: pulumi.Output<string>;
    /** Name of the CronJob that restores. */
    public readonly restoreCheckJobName: pulumi.Output<string>;

    constructor(name: string, args: DatabaseBackupArgs, opts?: pulumi.ComponentResourceOptions) {
        const retentionDays = args.retentionDays ?? 14;
        refuseImpossible(args, retentionDays);
        const { login, server, service } = args;
        const password = pulumi.secret(login.password);
        super("nova:postgres:DatabaseBackup", name, { ...args, login: { ...login, password } }, opts);
        const child = { parent: this };
        const metadataOf = (component: string, fixedName?: string): k8s.types.input.meta.v1.ObjectMeta => ({
            namespace: args.namespace,
            labels: recommendedLabels({ service, component }),
            ...defined({ name: fixedName }),
        });

        const scripts = new k8s.core.v1.ConfigMap(
            `${name}-scripts`,
            {
                metadata: metadataOf("backup"),
                immutable: true,
                data: { ...backupScripts, ...defined({ "ca.crt": server.certificateAuthority }) },
            },
            child,
        );
        const passfile = pulumi
            .all([args.database, password])
            .apply(([database, word]) => passfileLine({ host: server.host, port: server.port, database, username: login.username, password: word }));
        const credentials = new k8s.core.v1.Secret(
            `${name}-credentials`,
            { metadata: metadataOf("backup"), immutable: true, type: "Opaque", stringData: { passfile: pulumi.secret(passfile) } },
            child,
        );
        const metadata = metadataOf("backup", `${service}-backup`);
        const storageClass = defined({ storageClassName: args.storageClassName });
        const volume = new k8s.core.v1.PersistentVolumeClaim(
            `${name}-volume`,
            {
                // Many classes bind a volume when a pod first wants it: waiting for that here would wait until the night's dump.
                metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    resources: { requests: { storage: args.volumeSize } },
                    ...storageClass,
                },
            },
            { parent: this, protect: args.protect, retainOnDelete: args.protect },
        );

        const shared = { image: args.image, serviceAccountName: args.serviceAccountName, scriptsName: scripts.metadata.name, claimName: volume.metadata.name };
        const store = pulumi.interpolate`postgres/${args.database}`;
        const dump = new k8s.batch.v1.CronJob(
            `${name}-dump`,
            {
                metadata: { ...metadata, annotations: { [backupAnnotations.backupOf]: store } },
                spec: cronJobSpec({
                    ...shared,
                    purpose: "dump",
                    labels: recommendedLabels({ service, component: "backup" }),
                    credentialsName: credentials.metadata.name,
                    environment: { ...connection(args), PGDATABASE: args.database, RETENTION_DAYS: String(retentionDays) },
                    schedule: args.schedule ?? "17 2 * * *",
                }),
            },
            child,
        );
        const restoreCheck = new k8s.batch.v1.CronJob(
            `${name}-restore-check`,
            {
                metadata: { ...metadataOf("restore-check", `${service}-restore-check`), annotations: { [backupAnnotations.restoreCheckOf]: store } },
                spec: cronJobSpec({
                    ...shared,
                    purpose: "restore-check",
                    // No flow names this component, so that its pods reach nothing.
                    labels: recommendedLabels({ service, component: "restore-check" }),
                    environment: { MAXIMUM_AGE_HOURS: String(maximumAgeHours), PGDATABASE: args.database },
                    schedule: args.restoreCheckSchedule ?? "47 5 * * 0",
                    scratchVolume: { size: args.restoreScratchSize ?? args.volumeSize, ...storageClass },
                }),
            },
            child,
        );

        this.dumpJobName = dump.metadata.name;
        this.restoreCheckJobName = restoreCheck.metadata.name;
        this.registerOutputs({ dumpJobName: this.dumpJobName, restoreCheckJobName: this.restoreCheckJobName });
    }
}

/** The server as libpq knows it. */
function connection({ server, login }: DatabaseBackupArgs): Record<string, string> {
    const authority = server.certificateAuthority === undefined ? "system" : `${folders.scripts}/ca.crt`;
    return {
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGSSLMODE: server.sslMode,
        PGUSER: login.username,
        ...(server.sslMode.startsWith("verify") ? { PGSSLROOTCERT: authority } : {}),
    };
}

function refuseImpossible({ server }: DatabaseBackupArgs, retentionDays: number): void {
    if (!Number.isInteger(retentionDays) || retentionDays < 1) {
        throw new RangeError(`retentionDays is ${String(retentionDays)}: use a whole number of at least 1`);
    }
    if (server.sslMode === "verify-ca" && server.certificateAuthority === undefined) {
        throw new RangeError("server.sslMode is 'verify-ca' without server.certificateAuthority: give the authority, or use 'verify-full'");
    }
}
