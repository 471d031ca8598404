import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";

import { ClickHouseBackup, type ClickHouseBackupArgs } from "../../components/clickhouse-backup.ts";
import { type RegisteredStack, buildStack, isSecretAt, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "../helpers/mocks.ts";

const args: ClickHouseBackupArgs = {
    namespace: "shelf-prod",
    service: "shelf",
    serviceAccountName: "shelf-backup",
    image: `registry.example.com/clickhouse@sha256:${"1".repeat(64)}`,
    host: "clickhouse.shelf-prod.svc",
    port: 9440,
    certificateName: "clickhouse-tls",
    database: "shelf",
    table: "events",
    password: "copy-word",
    volumeSize: "100Gi",
    storageClassName: "encrypted-retain",
    protect: true,
};

const jobs = ["dump", "restore-check"] as const;
const pod = "spec.jobTemplate.spec.template.spec";

async function build(change: Partial<ClickHouseBackupArgs> = {}): Promise<RegisteredStack<ClickHouseBackup>> {
    return buildStack(() => new ClickHouseBackup("events-backup", { ...args, ...change }, { provider: new k8s.Provider("cluster") }));
}

describe("ClickHouseBackup", () => {
    it("says which store it is the backup of, and the restore check of", async () => {
        const stack = await build();
        expect(valueAt(stack.named("events-backup-dump").inputs, "metadata")).toMatchObject({
            name: "shelf-clickhouse-backup",
            annotations: { "nova.example.com/backup-of": "clickhouse" },
        });
        expect(valueAt(stack.named("events-backup-restore-check").inputs, "metadata")).toMatchObject({
            name: "shelf-clickhouse-check",
            annotations: { "nova.example.com/restore-check-of": "clickhouse" },
        });
    });

    it.each(jobs)("runs one %s at a time, with no rights but those on its folders", async (job) => {
        const { inputs } = (await build()).named(`events-backup-${job}`);
        expect(inputs.spec).toMatchObject({ timeZone: "Etc/UTC", concurrencyPolicy: "Forbid", startingDeadlineSeconds: 3_600 });
        expect(valueAt(inputs, pod)).toMatchObject({ serviceAccountName: "shelf-backup", automountServiceAccountToken: false });
        expect(valueAt(inputs, `${pod}.containers.0`)).toMatchObject({
            command: ["sh", `/scripts/${job}.sh`],
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        });
    });

    it("dumps over TLS, trusts the store's authority alone, and keeps the password in a file", async () => {
        const stack = await build();
        const client = stack.named("events-backup-client").inputs;
        expect(isSecretAt(client, "stringData[client.xml]")).toBe(true);
        expect(String(valueAt(client, "stringData[client.xml]"))).toMatch(
            /<port>9440<\/port><user>backup<\/user>.*<secure>1<\/secure>.*<verificationMode>strict</,
        );
        expect(JSON.stringify(stack.resources.map(({ inputs }) => withoutSecrets(inputs)))).not.toContain("copy-word");
        expect(valueAt(stack.named("events-backup-dump").inputs, `${pod}.volumes`)).toContainEqual({
            name: "tls",
            secret: { secretName: "clickhouse-tls", defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
        });
    });

    it("gives the restore check the dumps to read, and neither password nor server", async () => {
        const { inputs } = (await build()).named("events-backup-restore-check");
        expect(JSON.stringify(valueAt(inputs, `${pod}.volumes`))).not.toContain("secret");
        expect(valueAt(inputs, `${pod}.volumes`)).toContainEqual({
            name: "dumps",
            persistentVolumeClaim: { claimName: "shelf-clickhouse-backup", readOnly: true },
        });
        expect(valueAt(inputs, `${pod}.containers.0.env`)).not.toContainEqual(expect.objectContaining({ value: "clickhouse.shelf-prod.svc" }));
    });

    it("keeps dumps as long as the table keeps events, by their time to live", async () => {
        expect(valueAt((await build()).named("events-backup-dump").inputs, `${pod}.containers.0.env`)).toContainEqual({ name: "RETENTION_DAYS", value: "90" });
    });

    it.each([true, false])("keeps the volume when protect is %s, and never waits for it", async (protect) => {
        const volume = (await build({ protect })).named("events-backup-volume");
        expect(volume).toMatchObject({ protect, retainOnDelete: protect });
        expect(volume.inputs).toMatchObject({
            metadata: { annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { resources: { requests: { storage: "100Gi" } }, storageClassName: "encrypted-retain" },
        });
    });

    it("gives every child its name, and hands the CronJobs' names on", async () => {
        const stack = await build();
        expect(misnamedChildren(stack)).toEqual([]);
        expect([await promiseOf(stack.result.dumpJobName), await promiseOf(stack.result.restoreCheckJobName)]).toEqual([
            "shelf-clickhouse-backup",
            "shelf-clickhouse-check",
        ]);
    });
});
