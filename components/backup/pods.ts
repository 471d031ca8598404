import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import { defined } from "../../rollout/defined.ts";
import { restrictedContainer, restrictedPodSpec } from "../../rollout/pulumi/restricted.ts";
import { finalExitCode } from "./failure.ts";
import { folders } from "./scripts.ts";
import { resourcesOf } from "../../rollout/pulumi/workload.ts";

/** What the two Jobs of a backup have in common, and in what they differ. */
export interface BackupJobArgs {
    /** Also the container's name. */
    readonly purpose: "dump" | "restore-check";
    readonly image: Input<string>;
    readonly labels: Readonly<Record<string, string>>;
    readonly serviceAccountName: Input<string>;
    /** ConfigMap with the scripts and, where there is one, `ca.crt`. */
    readonly scriptsName: Input<string>;
    /** Secret with the client's login. If omitted, the pod knows no password. */
    readonly credentialsName?: Input<string>;
    /** Secret whose `ca.crt` signed the server's certificate, to be found in /tls. If omitted, none is needed. */
    readonly authoritySecretName?: Input<string>;
    readonly claimName: Input<string>;
    /** Environment of the script: nothing secret. */
    readonly environment: Readonly<Record<string, Input<string>>>;
    /** Schedule of the Job, in UTC. */
    readonly schedule: string;
    /** A volume of its own for temporary files, which goes away with the pod. Defaults to a little memory. */
    readonly scratchVolume?: { readonly size: string; readonly storageClassName?: string };
    /** @default 256 and 512 */
    readonly memoryMi?: { readonly request: number; readonly limit: number };
}

/** How late a Job may still start, in seconds. Beyond, that run is skipped: after a long outage, the next one is near. */
const startingDeadlineSeconds = 60 * 60;
/** How long a Job may run, in seconds. A dump that hangs must not keep the next ones from starting. */
const activeDeadlineSeconds = 4 * 60 * 60;
/** How long a finished Job and its log are kept, in seconds: over a long weekend. */
const ttlSecondsAfterFinished = 4 * 24 * 60 * 60;

/** A CronJob's spec: one run at a time, tried three times unless trying again is of no use. */
export function cronJobSpec(args: BackupJobArgs): types.input.batch.v1.CronJobSpec {
    return {
        schedule: args.schedule,
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        suspend: false,
        jobTemplate: {
            metadata: { labels: { ...args.labels } },
            spec: {
                backoffLimit: 2,
                activeDeadlineSeconds,
                ttlSecondsAfterFinished,
                // A full volume or a wrong password stays: one message of it is enough.
                podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { containerName: args.purpose, operator: "In", values: [finalExitCode] } }] },
                template: podTemplate(args),
            },
        },
    };
}

function podTemplate(args: BackupJobArgs): types.input.core.v1.PodTemplateSpec {
    const writesDumps = args.purpose === "dump";
    const environment = { CREDENTIALS: folders.credentials, DUMPS: folders.dumps, HOME: folders.scratch, SCRATCH: folders.scratch, ...args.environment };
    const { credentialsName: credentials, authoritySecretName: authority } = args;
    const { request, limit } = args.memoryMi ?? { request: 256, limit: 512 };
    return {
        metadata: { labels: { ...args.labels } },
        spec: {
            ...restrictedPodSpec(args.serviceAccountName),
            restartPolicy: "Never",
            containers: [
                {
                    name: args.purpose,
                    image: args.image,
                    imagePullPolicy: "IfNotPresent",
                    command: ["sh", `${folders.scripts}/${args.purpose}.sh`],
                    env: Object.entries(environment)
                        .sort(([left], [right]) => (left < right ? -1 : 1))
                        .map(([name, value]) => ({ name, value })),
                    resources: resourcesOf("100m", { requestMi: request, limitMi: limit }),
                    securityContext: restrictedContainer,
                    // The pod's status repeats the end of its log, which says what went wrong.
                    terminationMessagePolicy: "FallbackToLogsOnError",
                    volumeMounts: [
                        ...(credentials === undefined ? [] : [{ name: "credentials", mountPath: folders.credentials, readOnly: true }]),
                        { name: "dumps", mountPath: folders.dumps, readOnly: !writesDumps },
                        { name: "scratch", mountPath: folders.scratch },
                        { name: "scripts", mountPath: folders.scripts, readOnly: true },
                        ...(authority === undefined ? [] : [{ name: "tls", mountPath: "/tls", readOnly: true }]),
                    ],
                },
            ],
            volumes: [
                ...(credentials === undefined ? [] : [{ name: "credentials", secret: { secretName: credentials, defaultMode: 0o440 } }]),
                { name: "dumps", persistentVolumeClaim: { claimName: args.claimName, readOnly: !writesDumps } },
                scratchOf(args.scratchVolume),
                { name: "scripts", configMap: { name: args.scriptsName, defaultMode: 0o440 } },
                ...(authority === undefined
                    ? []
                    : [{ name: "tls", secret: { secretName: authority, defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] } }]),
            ],
        },
    };
}

function scratchOf(volume: BackupJobArgs["scratchVolume"]): types.input.core.v1.Volume {
    if (volume === undefined) {
        return { name: "scratch", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } };
    }
    const { size, storageClassName } = volume;
    const claim = {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
        ...defined({ storageClassName }),
    };
    // Not an emptyDir: a whole database would fill the node's disk and have the pod evicted.
    return { name: "scratch", ephemeral: { volumeClaimTemplate: { spec: claim } } };
}
