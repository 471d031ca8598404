import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { recommendedLabels } from "../rollout/pulumi/labels.ts";
import { restrictedContainer, restrictedPodSpec } from "../rollout/pulumi/restricted.ts";
import { resourcesOf, timeoutsOf } from "../rollout/pulumi/workload.ts";
import { passfileLine } from "./backup/scripts.ts";
import type { BackupServer } from "./database-backup.ts";

/** The component of the pods that migrate: its flow leads to the database. */
export const migrationComponent = "migration";

export interface DatabaseMigrationArgs {
    readonly namespace: pulumi.Input<string>;
    /** Name of the service: prefix of the job's name. */
    readonly service: string;
    readonly serviceAccountName: pulumi.Input<string>;
    /** Image by digest that holds the migrations: mostly the service's own. */
    readonly image: string;
    /** What applies them: it can run again, and skips what was applied. */
    readonly command: readonly string[];
    readonly server: Pick<BackupServer, "host" | "port" | "sslMode">;
    /** Database to migrate. Take it from PostgresDatabase, so that it is there. */
    readonly database: pulumi.Input<string>;
    /** The database's owner: the only role that may change the schema. */
    readonly owner: { readonly username: string; readonly password: pulumi.Input<string> };
    /** How long it may take, in seconds. */
    readonly awaitTimeoutSeconds: number;
}

/**
 * Brings the database's schema up to date, as its owner, by a job whose name carries the image and the command: another one is a new job. An `up` fails if the job does.
 *
 * It runs beside the first pods of a candidate, which get no user before a later `up`: a schema must suit the revision that serves and the one that comes.
 * The job finds the login in libpq's `PGPASSFILE`, and `PGSSLMODE`.
 */
export class DatabaseMigration extends pulumi.ComponentResource {
    /** Name of the job. */
    public readonly jobName: pulumi.Output<string>;

    constructor(name: string, args: DatabaseMigrationArgs, opts?: pulumi.ComponentResourceOptions) {
        const { service, server, owner, image, command } = args;
        const password = pulumi.secret(owner.password);
        super("nova:postgres:DatabaseMigration", name, { ...args, owner: { ...owner, password } }, opts);
        const labels = recommendedLabels({ service, component: migrationComponent });
        const metadata = { namespace: args.namespace, labels };
        const passfile = pulumi
            .all([args.database, password])
            .apply(([database, word]) => passfileLine({ host: server.host, port: server.port, database, username: owner.username, password: word }));
        const credentials = new k8s.core.v1.Secret(
            `${name}-credentials`,
            { metadata, immutable: true, type: "Opaque", stringData: { passfile: pulumi.secret(passfile) } },
            { parent: this },
        );
        const version = createHash("sha256")
            .update(JSON.stringify([image, command]))
            .digest("hex")
            .slice(0, 12);
        const job = new k8s.batch.v1.Job(
            `${name}-job`,
            {
                metadata: { ...metadata, name: `${service}-migration-${version}` },
                spec: {
                    backoffLimit: 6,
                    activeDeadlineSeconds: args.awaitTimeoutSeconds,
                    template: {
                        metadata: { labels },
                        spec: {
                            restartPolicy: "Never",
                            ...restrictedPodSpec(args.serviceAccountName),
                            containers: [
                                {
                                    name: "migration",
                                    image,
                                    imagePullPolicy: "IfNotPresent",
                                    command: [...command],
                                    env: [
                                        { name: "PGPASSFILE", value: "/credentials/passfile" },
                                        { name: "PGSSLMODE", value: server.sslMode },
                                    ],
                                    resources: resourcesOf("50m", { requestMi: 128, limitMi: 256 }),
                                    securityContext: restrictedContainer,
                                    volumeMounts: [
                                        { name: "credentials", mountPath: "/credentials", readOnly: true },
                                        { name: "scratch", mountPath: "/tmp" },
                                    ],
                                },
                            ],
                            volumes: [
                                { name: "credentials", secret: { secretName: credentials.metadata.name, defaultMode: 0o440 } },
                                { name: "scratch", emptyDir: { sizeLimit: "16Mi" } },
                            ],
                        },
                    },
                },
            },
            // A password that changes makes another Secret; a job that has done its work keeps the one that it had.
            { parent: this, customTimeouts: timeoutsOf(args.awaitTimeoutSeconds), ignoreChanges: ["spec.template"] },
        );
        this.jobName = job.metadata.name;
        this.registerOutputs({ jobName: this.jobName });
    }
}
