import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import { restrictedContainer, restrictedPodSpec } from "../../rollout/pulumi/restricted.ts";
import { resourcesOf } from "../../rollout/pulumi/workload.ts";

/** What the migration's job is made of. */
export interface MigrationJobArgs {
    readonly labels: Record<string, string>;
    readonly image: Input<string>;
    readonly serviceAccountName: Input<string>;
    /** ConfigMap with the migrations and the script. */
    readonly migrationsName: Input<string>;
    /** Secret with `client.xml`. */
    readonly clientName: Input<string>;
    /** Secret with the certificate of the servers, of which the job sees only `ca.crt`. Defaults to no TLS. */
    readonly certificateName?: Input<string>;
    /** How long the job may take in all, in seconds. */
    readonly deadlineSeconds: number;
}

/**
 * A job that brings the schema up to date and can be repeated.
 *
 * It stays after it has finished: if Kubernetes cleared it away, the next refresh would find it gone, and the next `up` would run it again.
 */
export function migrationJob(args: MigrationJobArgs): types.input.batch.v1.JobSpec {
    const certificate = args.certificateName;
    return {
        backoffLimit: 6,
        activeDeadlineSeconds: args.deadlineSeconds,
        template: {
            metadata: { labels: args.labels },
            spec: {
                restartPolicy: "Never",
                ...restrictedPodSpec(args.serviceAccountName),
                terminationGracePeriodSeconds: 30,
                containers: [
                    {
                        name: "migration",
                        image: args.image,
                        imagePullPolicy: "IfNotPresent",
                        command: ["sh", "/migrations/migrate.sh"],
                        env: [{ name: "HOME", value: "/tmp" }],
                        resources: resourcesOf("50m", { requestMi: 256, limitMi: 512 }),
                        securityContext: restrictedContainer,
                        volumeMounts: [
                            { name: "client", mountPath: "/credentials", readOnly: true },
                            { name: "migrations", mountPath: "/migrations", readOnly: true },
                            { name: "scratch", mountPath: "/tmp" },
                            ...(certificate === undefined ? [] : [{ name: "tls", mountPath: "/tls", readOnly: true }]),
                        ],
                    },
                ],
                volumes: [
                    { name: "client", secret: { secretName: args.clientName, defaultMode: 0o440 } },
                    { name: "migrations", configMap: { name: args.migrationsName } },
                    { name: "scratch", emptyDir: { sizeLimit: "16Mi" } },
                    ...(certificate === undefined
                        ? []
                        : [{ name: "tls", secret: { secretName: certificate, defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] } }]),
                ],
            },
        },
    };
}
