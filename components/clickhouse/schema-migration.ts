import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../rollout/defined.ts";
import type { StorePartArgs } from "../store.ts";
import { identityOf } from "./identity.ts";
import { migrationJob } from "./migration-job.ts";
import { type Migration, checksumOf, clientConfiguration, migrationFiles } from "./migrations.ts";
import { timeoutsOf } from "../../rollout/pulumi/workload.ts";

export interface SchemaMigrationArgs extends Omit<StorePartArgs, "protect" | "storageClassName"> {
    /** Database that the schema is in. */
    readonly database: string;
    /** The schema's changes, oldest first. */
    readonly migrations: readonly Migration[];
    /** Where the servers listen for the native protocol. */
    readonly host: pulumi.Input<string>;
    readonly port: number;
    /** Password of the account `migration`. */
    readonly password: pulumi.Input<string>;
    /** Image by digest, with clickhouse-client. */
    readonly image: pulumi.Input<string>;
}

/**
 * Brings the schema up to date, by a job whose name carries the checksum of all migrations: a new migration is a new job. It can run again, and skips what was applied.
 * An `up` fails if the job does.
 */
export class SchemaMigration extends pulumi.ComponentResource {
    /** Name of the job that applied the schema. */
    public readonly jobName: pulumi.Output<string>;

    constructor(name: string, args: SchemaMigrationArgs, opts?: pulumi.ComponentResourceOptions) {
        const password = pulumi.secret(args.password);
        super("nova:clickhouse:SchemaMigration", name, { ...args, password }, opts);
        const { labels } = identityOf(args.service, "clickhouse-migration");
        const tls = args.certificateName !== undefined;
        const metadata = { namespace: args.namespace, labels };
        const child = { parent: this };

        const files = new k8s.core.v1.ConfigMap(`${name}-files`, { metadata, immutable: true, data: migrationFiles(args.database, args.migrations) }, child);
        const client = new k8s.core.v1.Secret(
            `${name}-client`,
            {
                metadata,
                immutable: true,
                stringData: {
                    "client.xml": pulumi
                        .all([args.host, password])
                        .apply(([host, known]) => clientConfiguration({ host, port: args.port, tls, account: "migration", password: known })),
                },
            },
            child,
        );
        const job = new k8s.batch.v1.Job(
            `${name}-job`,
            {
                metadata: { ...metadata, name: `${name}-${checksumOf(args.migrations).slice(0, 12)}` },
                spec: migrationJob({
                    labels,
                    image: args.image,
                    serviceAccountName: args.serviceAccountName,
                    migrationsName: files.metadata.name,
                    clientName: client.metadata.name,
                    deadlineSeconds: args.awaitTimeoutSeconds,
                    ...defined({ certificateName: args.certificateName }),
                }),
            },
            // What the component waits for, the job does: the engine does not hand it down.
            { parent: this, customTimeouts: timeoutsOf(args.awaitTimeoutSeconds), dependsOn: opts?.dependsOn ?? [] },
        );

        this.jobName = job.metadata.name;
        this.registerOutputs({ jobName: this.jobName });
    }
}
