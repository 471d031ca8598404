import * as kubernetes from "@kubernetes/client-node";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { approvalStore } from "../../rollout/consent/live/approval-store.ts";
import { type ConfigMaps, configMaps } from "../../rollout/kubernetes/config-maps.ts";
import { ledgerFile } from "../../rollout/ledger/live/file.ts";
import { type LedgerStore, ledgerStore } from "../../rollout/ledger/live/store.ts";
import { watchLeaseName, watchdogRules } from "../../rollout/pulumi/watchdog-rights.ts";
import { serviceAccountContext, serviceAccountKubeconfig } from "../../lab/trial/service-account.ts";
import type { LedgerDraft } from "../../rollout/ledger/ledger-record.ts";
import { draftOf, evidence } from "../rollout/ledger/arbitraries.ts";
import { TrialNamespace } from "./trial-namespace.ts";

/** The ledger, approvals and overrides on a real API server. */
describe("a ledger on a real API server", () => {
    let trial: TrialNamespace;
    let folder: string;
    let count = 0;
    const core = () => trial.config.makeApiClient(kubernetes.CoreV1Api);
    const maps = (): ConfigMaps => configMaps({ namespace: trial.name, api: apiServer({ kubeContext: trial.kubeContext }) });
    const said = (text: string): LedgerDraft => ({ ...draftOf("note"), text });
    const objectOf = (service: string, sequence: number) => ({ namespace: trial.name, name: `${service}-ledger-${String(sequence).padStart(6, "0")}` });

    /** A service of its own with a ledger of three records. */
    async function threeRecords(copy?: string): Promise<{ readonly service: string; readonly ledger: LedgerStore }> {
        count += 1;
        const service = `api-${String(count)}`;
        const ledger = ledgerStore({ maps: maps(), service, ...(copy === undefined ? {} : { copy: ledgerFile(copy) }) });
        for (const text of ["first", "second", "third"]) {
            await ledger.append(said(text));
        }
        return { service, ledger };
    }

    beforeAll(async () => {
        trial = await TrialNamespace.create("ledger");
        folder = mkdtempSync(join(tmpdir(), "ledger-"));
    });
    afterAll(async () => {
        await trial.remove();
        rmSync(folder, { recursive: true });
    });

    it("begins empty", async () => {
        expect(await ledgerStore({ maps: maps(), service: "nobody" }).read()).toEqual({ intact: true, records: [], counting: [], uncounted: [], findings: [] });
    });

    it("is read whole by a second machine that has no copy", async () => {
        const { service } = await threeRecords(join(folder, "first.jsonl"));
        const elsewhere = ledgerStore({ maps: maps(), service, copy: ledgerFile(join(folder, "second.jsonl")) });
        const { intact, records } = await elsewhere.read();
        expect(intact).toBe(true);
        expect(records.map(({ sequence, text }) => [sequence, text])).toEqual([
            [1, "first"],
            [2, "second"],
            [3, "third"],
        ]);
        expect((await ledgerFile(join(folder, "second.jsonl")).heads()).length).toBe(3);
    });

    it("has the API server's time in it, which fits that of the objects", async () => {
        const { service, ledger } = await threeRecords();
        const [first] = (await ledger.read()).records;
        const object = await core().readNamespacedConfigMap(objectOf(service, 1));
        const apartMs = (object.metadata?.creationTimestamp?.getTime() ?? Number.NaN) - Date.parse(first?.at ?? "");
        expect(Math.abs(apartMs)).toBeLessThan(10_000);
    });

    it("can't be edited", async () => {
        const { service } = await threeRecords();
        const body = [{ op: "replace", path: "/data/record", value: "{}" }];
        await expect(core().patchNamespacedConfigMap({ ...objectOf(service, 2), body })).rejects.toThrow(/immutable/);
    });

    it("that many write to at once has one chain", async () => {
        const { service } = await threeRecords();
        const writers = Array.from({ length: 6 }, () => ledgerStore({ maps: maps(), service }));
        const written = await Promise.all(writers.map(async (writer, index) => writer.append(said(`writer ${String(index)}`))));
        expect(written.map(({ record }) => record.sequence).toSorted()).toEqual([4, 5, 6, 7, 8, 9]);
        expect(await ledgerStore({ maps: maps(), service }).read()).toMatchObject({ intact: true, head: { sequence: 9 } });
    });

    it("is read in pages", async () => {
        const service = "paged";
        const ledger = ledgerStore({ maps: maps(), service });
        for (let index = 0; index < 205; index++) {
            await ledger.append(said(String(index)));
        }
        expect(await ledger.read()).toMatchObject({ intact: true, head: { sequence: 205 } });
    });

    it("keeps evidence as it was, the infinite bound of a histogram too", async () => {
        const { ledger } = await threeRecords();
        await ledger.append({ ...draftOf("watch"), kind: "watch", evidence: { kind: "whole", evidence } });
        expect((await ledger.read()).records.at(-1)).toMatchObject({ evidence: { kind: "whole", evidence } });
    });

    describe("that somebody tampered with", () => {
        it("shows a record that was deleted", async () => {
            const { service, ledger } = await threeRecords();
            await core().deleteNamespacedConfigMap(objectOf(service, 2));
            expect((await ledger.read()).findings).toMatchObject([{ kind: "missing", sequence: 2 }]);
        });

        it("shows a record that was deleted and made again with other words", async () => {
            const { service, ledger } = await threeRecords();
            const place = objectOf(service, 2);
            const object = await core().readNamespacedConfigMap(place);
            await core().deleteNamespacedConfigMap(place);
            const record = object.data?.record ?? "";
            const forged = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: place.name, labels: object.metadata?.labels }, immutable: true };
            await trial.apply("mallory", { ...forged, data: { record: record.replace("second", "nothing") } });
            expect((await ledger.read()).findings).toMatchObject([{ kind: "changed", sequence: 2 }]);
        });

        it("shows an end that was cut off, on the machine that wrote it", async () => {
            const { service, ledger } = await threeRecords(join(folder, "cut.jsonl"));
            await core().deleteNamespacedConfigMap(objectOf(service, 3));
            expect((await ledger.read()).findings).toMatchObject([{ kind: "cut-off", sequence: 3 }]);
            // Another machine sees two records that fit together: docs/ledger.md says so.
            expect((await ledgerStore({ maps: maps(), service }).read()).intact).toBe(true);
        });
    });

    it("is written and read with the rights of the watchdog", async () => {
        const metadata = { name: "api-watchdog" };
        await trial.apply(
            "test",
            { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
            {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "Role",
                metadata,
                rules: watchdogRules({ routeName: "api", leaseName: watchLeaseName("api") }),
            },
            {
                apiVersion: "rbac.authorization.k8s.io/v1",
                kind: "RoleBinding",
                metadata,
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
                subjects: [{ kind: "ServiceAccount", name: metadata.name, namespace: trial.name }],
            },
        );
        const kubeconfig = join(folder, "kubeconfig");
        const account = { namespace: trial.name, serviceAccount: metadata.name };
        writeFileSync(kubeconfig, await serviceAccountKubeconfig(trial.kubeconfigFile, account), { mode: 0o600 });
        const { service } = await threeRecords();
        const before = process.env.KUBECONFIG;
        process.env.KUBECONFIG = kubeconfig;
        try {
            const ledger = ledgerStore({ maps: configMaps({ namespace: trial.name, api: apiServer({ kubeContext: serviceAccountContext }) }), service });
            expect((await ledger.append(said("by the watchdog"))).record.sequence).toBe(4);
            expect((await ledger.read()).intact).toBe(true);
        } finally {
            process.env.KUBECONFIG = before;
        }
    });

    it("fails in time when the API server does not answer, and says so", async () => {
        const nowhere = configMaps({ namespace: trial.name, api: apiServer({ kubeContext: trial.kubeContext, timeoutMs: 1 }) });
        await expect(ledgerStore({ maps: nowhere, service: "slow", timeoutMs: 100 }).append(said("never"))).rejects.toThrow(
            "the API server gave no answer within 1 ms",
        );
    });
});

describe("approvals and overrides on a real API server", () => {
    let trial: TrialNamespace;
    beforeAll(async () => {
        trial = await TrialNamespace.create("consents");
    });
    afterAll(async () => {
        await trial.remove();
    });

    it("are read back as they were given, and can't be edited", async () => {
        const store = approvalStore({ maps: configMaps({ namespace: trial.name, api: apiServer({ kubeContext: trial.kubeContext }) }), service: "api" });
        const digest = `sha256:${"a".repeat(64)}`;
        const approval = await store.approve({ role: "tech-lead", identity: "tess", verified: false, digest, note: "fine" }, 60);
        const override = await store.override(
            { role: "operations-lead", lifts: ["soak"], reason: "the fix of an outage can't wait", identity: "olga", verified: false, digest },
            60,
        );
        expect(await store.read()).toMatchObject({ approvals: [approval], overrides: [override], problems: [] });
        const core = trial.config.makeApiClient(kubernetes.CoreV1Api);
        const { items } = await core.listNamespacedConfigMap({ namespace: trial.name, labelSelector: "app.kubernetes.io/component=approval" });
        const name = items[0]?.metadata?.name ?? "";
        await expect(
            core.patchNamespacedConfigMap({ namespace: trial.name, name, body: [{ op: "replace", path: "/data/approval", value: "{}" }] }),
        ).rejects.toThrow(/immutable/);
    });

    it("of another namespace count for nothing here", async () => {
        const other = await TrialNamespace.create("consents-other");
        try {
            const elsewhere = approvalStore({
                maps: configMaps({ namespace: other.name, api: apiServer({ kubeContext: other.kubeContext }) }),
                service: "api",
            });
            expect(await elsewhere.read()).toMatchObject({ approvals: [], overrides: [] });
        } finally {
            await other.remove();
        }
    });
});
