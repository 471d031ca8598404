import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";

import { backupScripts, passfileLine } from "../../components/backup/scripts.ts";
import { DatabaseBackup, type DatabaseBackupArgs } from "../../components/database-backup.ts";
import { type RegisteredStack, buildStack, isRecord, isSecretAt, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "../helpers/mocks.ts";

const args: DatabaseBackupArgs = {
    namespace: "shop-prod",
    service: "shop",
    serviceAccountName: "shop-backup",
    image: `registry.example.com/postgres@sha256:${"1".repeat(64)}`,
    server: { host: "postgres.example.com", port: 5432, sslMode: "verify-full" },
    database: "shop",
    login: { username: "shop_read_only", password: "look-word" },
    volumeSize: "20Gi",
    storageClassName: "encrypted-retain",
    protect: true,
};

const jobs = ["dump", "restore-check"] as const;

async function build(change: Partial<DatabaseBackupArgs> = {}): Promise<RegisteredStack<DatabaseBackup>> {
    return buildStack(() => new DatabaseBackup("shop-backup", { ...args, ...change }, { provider: new k8s.Provider("cluster") }));
}

const pod = "spec.jobTemplate.spec.template.spec";

function environmentOf(stack: RegisteredStack, job: string): Readonly<Record<string, unknown>> {
    const entries = valueAt(stack.named(`shop-backup-${job}`).inputs, `${pod}.containers.0.env`);
    return Object.fromEntries((Array.isArray(entries) ? entries : []).filter(isRecord).map(({ name, value }) => [String(name), value]));
}

function volumesOf(stack: RegisteredStack, job: string): readonly unknown[] {
    const volumes = valueAt(stack.named(`shop-backup-${job}`).inputs, `${pod}.volumes`);
    return Array.isArray(volumes) ? volumes : [];
}

describe("DatabaseBackup", () => {
    it.each(jobs)("runs one %s at a time, catches up late, and cleans up", async (job) => {
        const { inputs } = (await build()).named(`shop-backup-${job}`);
        expect(inputs.spec).toMatchObject({
            timeZone: "Etc/UTC",
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 3_600,
            successfulJobsHistoryLimit: 3,
            failedJobsHistoryLimit: 3,
            jobTemplate: {
                spec: { backoffLimit: 2, activeDeadlineSeconds: 14_400, ttlSecondsAfterFinished: 345_600, template: { spec: { restartPolicy: "Never" } } },
            },
        });
        expect(valueAt(inputs, "metadata.name")).toBe(job === "dump" ? "shop-backup" : "shop-restore-check");
    });

    it.each(jobs)("ends a %s at once where trying again is of no use, and repeats its last words in the pod's status", async (job) => {
        const { inputs } = (await build()).named(`shop-backup-${job}`);
        expect(valueAt(inputs, "spec.jobTemplate.spec.podFailurePolicy")).toEqual({
            rules: [{ action: "FailJob", onExitCodes: { containerName: job, operator: "In", values: [3] } }],
        });
        expect(valueAt(inputs, `${pod}.containers.0.terminationMessagePolicy`)).toBe("FallbackToLogsOnError");
    });

    it.each(jobs)("runs the %s with no rights but those on its folders", async (job) => {
        const { inputs } = (await build()).named(`shop-backup-${job}`);
        expect(valueAt(inputs, pod)).toMatchObject({
            serviceAccountName: "shop-backup",
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        });
        expect(valueAt(inputs, `${pod}.containers.0`)).toMatchObject({
            image: args.image,
            command: ["sh", `/scripts/${job}.sh`],
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
            resources: { limits: { memory: "512Mi" } },
        });
    });

    it("keeps the password in a file: not in the environment, not in plain text anywhere", async () => {
        const stack = await build();
        const credentials = stack.named("shop-backup-credentials");
        expect(valueAt(credentials.inputs, "stringData.passfile")).toBe("postgres.example.com:5432:shop:shop_read_only:look-word\n");
        expect(isSecretAt(credentials.inputs, "stringData.passfile")).toBe(true);
        expect(JSON.stringify(stack.resources.map(({ inputs }) => withoutSecrets(inputs)))).not.toContain("look-word");
        expect(volumesOf(stack, "dump")).toContainEqual({ name: "credentials", secret: { secretName: "shop-backup-credentials-xxxx", defaultMode: 0o440 } });
    });

    it("gives the restore check the dumps to read and a scratch volume, and neither password nor server", async () => {
        const stack = await build();
        expect(volumesOf(stack, "restore-check")).toEqual([
            { name: "dumps", persistentVolumeClaim: { claimName: "shop-backup", readOnly: true } },
            {
                name: "scratch",
                ephemeral: {
                    volumeClaimTemplate: {
                        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } }, storageClassName: "encrypted-retain" },
                    },
                },
            },
            { name: "scripts", configMap: { name: "shop-backup-scripts-xxxx", defaultMode: 0o440 } },
        ]);
        expect(Object.keys(environmentOf(stack, "restore-check"))).toEqual(["CREDENTIALS", "DUMPS", "HOME", "MAXIMUM_AGE_HOURS", "PGDATABASE", "SCRATCH"]);
        expect(valueAt(stack.named("shop-backup-restore-check").inputs, "spec.jobTemplate.spec.template.metadata.labels[app.kubernetes.io/component]")).toBe(
            "restore-check",
        );
    });

    it.each([
        { what: "the image's authorities", server: args.server, is: { PGSSLMODE: "verify-full", PGSSLROOTCERT: "system" } },
        {
            what: "the authority that is given",
            server: { ...args.server, certificateAuthority: "PEM" },
            is: { PGSSLMODE: "verify-full", PGSSLROOTCERT: "/scripts/ca.crt" },
        },
    ])("proves who the server is with $what", async ({ server, is }) => {
        const stack = await build({ server });
        expect(environmentOf(stack, "dump")).toMatchObject({
            PGHOST: "postgres.example.com",
            PGPORT: "5432",
            PGUSER: "shop_read_only",
            PGDATABASE: "shop",
            ...is,
        });
        expect(valueAt(stack.named("shop-backup-scripts").inputs, "data[ca.crt]")).toBe(server.certificateAuthority);
    });

    it("asks for no proof where the connection is not encrypted", async () => {
        expect(environmentOf(await build({ server: { ...args.server, sslMode: "disable" } }), "dump")).not.toHaveProperty("PGSSLROOTCERT");
    });

    it("has defaults for when and how long, and takes others", async () => {
        const [byDefault, given] = [
            await build(),
            await build({ schedule: "5 1 * * *", restoreCheckSchedule: "5 9 * * *", retentionDays: 30, restoreScratchSize: "40Gi" }),
        ];
        const seen = (stack: RegisteredStack): readonly unknown[] => [
            ...jobs.map((job) => valueAt(stack.named(`shop-backup-${job}`).inputs, "spec.schedule")),
            environmentOf(stack, "dump").RETENTION_DAYS,
        ];
        expect(seen(byDefault)).toEqual(["17 2 * * *", "47 5 * * 0", "14"]);
        expect(seen(given)).toEqual(["5 1 * * *", "5 9 * * *", "30"]);
    });

    it.each([true, false])("keeps the volume when protect is %s, and never waits for it", async (protect) => {
        const volume = (await build({ protect })).named("shop-backup-volume");
        expect(volume).toMatchObject({ protect, retainOnDelete: protect });
        expect(volume.inputs).toMatchObject({
            metadata: { annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { resources: { requests: { storage: "20Gi" } }, storageClassName: "encrypted-retain" },
        });
    });

    it("lets scripts and credentials be new objects when they change", async () => {
        const stack = await build();
        for (const suffix of ["scripts", "credentials"]) {
            const { inputs } = stack.named(`shop-backup-${suffix}`);
            expect([inputs.immutable, valueAt(inputs, "metadata.name")]).toEqual([true, undefined]);
        }
    });

    it("gives every child its name, and hands the CronJobs' names on", async () => {
        const stack = await build();
        expect(misnamedChildren(stack)).toEqual([]);
        expect([await promiseOf(stack.result.dumpJobName), await promiseOf(stack.result.restoreCheckJobName)]).toEqual(["shop-backup", "shop-restore-check"]);
    });

    it.each<{ readonly what: string; readonly change: Partial<DatabaseBackupArgs>; readonly message: string }>([
        { what: "to keep nothing", change: { retentionDays: 0 }, message: "retentionDays is 0: use a whole number of at least 1" },
        {
            what: "to trust an authority that is not given",
            change: { server: { ...args.server, sslMode: "verify-ca" } },
            message: "server.sslMode is 'verify-ca' without server.certificateAuthority: give the authority, or use 'verify-full'",
        },
    ])("refuses $what", async ({ change, message }) => {
        await expect(build(change)).rejects.toThrow(new RangeError(message));
    });
});

describe("a password file's line", () => {
    it("escapes what would end a field", () => {
        expect(passfileLine({ host: "h", port: 1, database: "d", username: "u", password: "a:b\\c" })).toBe("h:1:d:u:a\\:b\\\\c\n");
    });
});

describe("the scripts", () => {
    it("are those that the Jobs run", () => {
        expect(Object.keys(backupScripts)).toEqual(jobs.map((job) => `${job}.sh`));
    });
});
