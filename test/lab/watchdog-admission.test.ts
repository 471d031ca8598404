import * as kubernetes from "@kubernetes/client-node";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { apiServer, clusterReader } from "../../rollout/kubernetes/cluster-reader.ts";
import { statusOf } from "../../rollout/kubernetes/api-server.ts";
import { configMaps } from "../../rollout/kubernetes/config-maps.ts";
import { type LedgerStore, ledgerStore } from "../../rollout/ledger/live/store.ts";
import { watchdogIdentity, watchdogKinds } from "../../rollout/ledger/writers.ts";
import { watchdogPolicy } from "../../rollout/pulumi/watchdog-admission.ts";
import { watchLeaseName } from "../../rollout/pulumi/watchdog-rights.ts";
import { routeWriter } from "../../rollout/route/live/writer.ts";
import { watchLease } from "../../rollout/watch/live/lease.ts";
import { labelKeys } from "../../service/label-keys.ts";
import { revision, rolling, steady } from "../rollout/arbitraries.ts";
import { draftOf, drafts } from "../rollout/ledger/arbitraries.ts";
import { design } from "../rollout/route/route.ts";
import { AdmissionTrial } from "./admission-trial.ts";

/**
 * The watchdog takes traffic back, and does nothing else, whoever has its token: on a real API server, where every user has every right in the namespace, so that nothing but the
 * admission policy is in the way.
 */
describe("the watchdog's account", () => {
    let trial: AdmissionTrial;
    let watchdog = "";
    const api = () => apiServer({ kubeContext: trial.namespace.kubeContext, asUser: watchdog });
    const place = () => ({ group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace: trial.namespace.name, name: "api" });
    const writer = () => routeWriter({ api: api(), route: design });
    const rollBack = (reason = "errors 6.2 % of 1,310 requests") =>
        writer().rollBack({ namespace: trial.namespace.name, name: "api", stable: revision("v1"), candidate: revision("v2"), reason });
    const annotation = (key: string) => `/metadata/annotations/${key.replaceAll("/", "~1")}`;

    /** Sends a patch of the route as the watchdog. Undefined where the API server refuses it. */
    async function patched(body: readonly object[], dryRun?: "All"): Promise<unknown> {
        try {
            const query = { ...place(), body, ...(dryRun === undefined ? {} : { dryRun }) };
            return (await api().ask<unknown>(({ custom }, options) => custom.patchNamespacedCustomObject(query, options))).value;
        } catch (error) {
            if ([400, 403, 422].includes(statusOf(error) ?? 0)) {
                return undefined;
            }
            throw error;
        }
    }

    beforeAll(async () => {
        const purpose = "watchdog-admission";
        const namespaceName = `${purpose}-${String(process.pid)}`;
        watchdog = watchdogIdentity(namespaceName, "api");
        trial = await AdmissionTrial.create(purpose, watchdogPolicy({ namespaceName, design }));
    });
    afterAll(() => trial.remove());
    beforeEach(async () => {
        // A new one: what a rollback wrote would stay.
        await trial.namespace.config
            .makeApiClient(kubernetes.CustomObjectsApi)
            .deleteNamespacedCustomObject(place())
            .catch(() => undefined);
        await trial.namespace.applyRoute(rolling(50));
    });

    describe("may roll back", () => {
        it.each([
            { what: "a step", prepare: [] },
            {
                what: "with another revision's mark",
                prepare: [{ op: "add", path: annotation(labelKeys.rolledBack), value: `v0@sha256:${"0".repeat(64)} slow` }],
            },
            {
                what: "with a mark of the same content, and one that can't be read",
                prepare: [
                    { op: "add", path: annotation(labelKeys.rolledBack), value: `v2@${revision("v2").digest} slow\n  odd \n\nv0@sha256:${"0".repeat(64)}` },
                ],
            },
            { what: "where the weights were moved by hand", prepare: [{ op: "replace", path: "/spec/rules/1/backendRefs/1/weight", value: 100 }] },
            { what: "where the host name was changed", prepare: [{ op: "replace", path: "/spec/hostnames", value: ["evil.example.com"] }] },
            { what: "where the filters were removed", prepare: [{ op: "remove", path: "/spec/rules/1/filters" }] },
            { what: "where the rule for testers takes everyone", prepare: [{ op: "remove", path: "/spec/rules/0/matches/0/headers" }] },
            {
                what: "where the record was removed",
                prepare: [labelKeys.record.stable, labelKeys.record.candidate, labelKeys.record.weightPercent].map((key) => ({
                    op: "remove",
                    path: annotation(key),
                })),
            },
            {
                what: "where the weight in the record was damaged",
                prepare: [{ op: "replace", path: annotation(labelKeys.record.weightPercent), value: "fifty" }],
            },
            {
                what: "where the stable revision in the record was damaged",
                prepare: [{ op: "replace", path: annotation(labelKeys.record.stable), value: "v1" }],
            },
            { what: "where the candidate in the record was removed", prepare: [{ op: "remove", path: annotation(labelKeys.record.candidate) }] },
            {
                what: "where the stable revision is gone from the record and the backends",
                prepare: [
                    { op: "remove", path: annotation(labelKeys.record.stable) },
                    { op: "remove", path: "/spec/rules/1/backendRefs/0" },
                ],
            },
        ])("$what", async ({ prepare }) => {
            await trial.namespace.patchRoute(prepare);
            expect(await rollBack()).toMatchObject({ kind: "rolled-back" });
            expect(await trial.namespace.weights()).toEqual({ "api-v1": 100, "api-v2": 0 });
            const read = await clusterReader({ api: api(), route: design }).readStep(trial.namespace.name, "api");
            expect(read).toMatchObject({ kind: "found", present: { record: { kind: "rolling", weightPercent: 0 }, routedPercent: 0 } });
            expect((await trial.namespace.route()).metadata.annotations[labelKeys.rolledBack]).toContain(`v2@${revision("v2").digest} errors 6.2 %`);
        });

        it("by the hand of its account, where the record can't be read", async () => {
            await trial.namespace.patchRoute([{ op: "replace", path: annotation(labelKeys.record.weightPercent), value: "fifty" }]);
            const give = { namespace: trial.namespace.name, name: "api", to: "v1", reason: "errors" };
            expect(await writer().giveAll({ ...give, stable: revision("v1"), candidate: revision("v2") })).toMatchObject({
                kind: "rolled-back",
                repaired: true,
            });
            await trial.namespace.patchRoute([{ op: "replace", path: annotation(labelKeys.record.stable), value: "v1" }]);
            expect(await writer().giveAll(give)).toMatchObject({ kind: "rolled-back", repaired: false });
            expect(await trial.namespace.weights()).toEqual({ "api-v1": 100 });
        });

        it("where a hand changed a route without a candidate", async () => {
            await trial.namespace.applyRoute(steady());
            expect((await trial.namespace.route()).metadata.annotations).not.toHaveProperty(labelKeys.record.candidate);
            await trial.namespace.patchRoute([{ op: "add", path: "/spec/rules/0/backendRefs/-", value: { name: "api-v9", port: 80, weight: 40 } }]);
            const give = { namespace: trial.namespace.name, name: "api", to: "v1", reason: "errors", stable: revision("v1") };
            expect(await writer().giveAll(give)).toMatchObject({ kind: "rolled-back" });
            expect(await trial.namespace.weights()).toEqual({ "api-v1": 100 });
        });
    });

    it("does not let a revision go forward again, nor any weight", async () => {
        expect(await rollBack()).toMatchObject({ kind: "rolled-back" });
        expect(await writer().clearRolledBack({ namespace: trial.namespace.name, name: "api", revision: revision("v2") })).toMatchObject({ kind: "failed" });
        expect(await patched([{ op: "replace", path: "/spec/rules/0/backendRefs/1/weight", value: 100 }])).toBeUndefined();
        expect(await patched([{ op: "replace", path: annotation(labelKeys.record.weightPercent), value: "50" }])).toBeUndefined();
    });

    /** Everything of the route but what a rollback may change. */
    const rest = (route: unknown): unknown => {
        const { metadata, spec } = routeSchema.parse(route);
        const own: readonly string[] = [...Object.values(labelKeys.record), labelKeys.previousPercent, labelKeys.rolledBack];
        const annotations = Object.entries(metadata.annotations).filter(([key]) => !own.includes(key));
        return { annotations, labels: metadata.labels, spec: { ...spec, rules: spec.rules.slice(-1).map((rule) => ({ ...rule, backendRefs: [] })) } };
    };

    it("takes weight from the candidate and changes nothing else, by whatever patch the API server takes", async () => {
        const before: unknown = await trial.namespace.config.makeApiClient(kubernetes.CustomObjectsApi).getNamespacedCustomObject(place());
        const [stableReference, candidateReference] = [`v1@${revision("v1").digest}`, `v2@${revision("v2").digest}`];
        const users = (rule: number) => `/spec/rules/${String(rule)}`;
        const backends = (stable: number, candidate: number, names = ["api-v1", "api-v2"]) =>
            names.map((name, index) => ({ group: "", kind: "Service", name, port: 80, weight: [stable, candidate][index] ?? 0 }));
        /** The parts of a rollback, of which any may be missing, twice there, or in another form. */
        const part = fc.oneof(
            { weight: 6, arbitrary: fc.constant({ op: "remove", path: users(0) }) },
            {
                weight: 6,
                arbitrary: fc
                    .tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 50, 100, 100, 100), fc.constantFrom(0, 0, 0, 50, 100), fc.boolean())
                    .map(([rule, stable, candidate, turned]) => ({
                        op: "replace",
                        path: `${users(rule)}/backendRefs`,
                        value: backends(stable, candidate, turned ? ["api-v2", "api-v1"] : undefined),
                    })),
            },
            {
                weight: 6,
                arbitrary: fc
                    .constantFrom("0", "0", "10", "100", "")
                    .map((value) => ({ op: "replace", path: annotation(labelKeys.record.weightPercent), value })),
            },
            {
                weight: 6,
                arbitrary: fc
                    .constantFrom(
                        `${candidateReference} errors`,
                        `${candidateReference} errors`,
                        `${stableReference} x`,
                        `${candidateReference} a\n${stableReference} b`,
                        "",
                    )
                    .map((value) => ({ op: "add", path: annotation(labelKeys.rolledBack), value })),
            },
            fc.constantFrom("50", "0", "100").map((value) => ({ op: "add", path: annotation(labelKeys.previousPercent), value })),
            fc
                .tuple(fc.constantFrom(labelKeys.record.stable, labelKeys.record.candidate), fc.constantFrom(stableReference, candidateReference, "x"))
                .map(([key, value]) => ({ op: "replace", path: annotation(key), value })),
            fc.constantFrom<object>(
                { op: "replace", path: "/spec/hostnames", value: ["evil.example.com"] },
                { op: "replace", path: "/spec/parentRefs/0/name", value: "other" },
                { op: "remove", path: "/spec/rules/0/filters" },
                { op: "add", path: "/spec/rules/0/filters/-", value: { type: "RequestMirror", requestMirror: { backendRef: { name: "evil", port: 80 } } } },
                { op: "add", path: "/spec/rules/0/backendRefs/-", value: { name: "evil", port: 80, weight: 1 } },
                { op: "replace", path: "/spec/rules/0/backendRefs/0/port", value: 81 },
                { op: "add", path: "/spec/rules/0/backendRefs/0/namespace", value: "other" },
                { op: "add", path: "/spec/rules/-", value: { backendRefs: [{ name: "api-v2", port: 80 }] } },
                { op: "replace", path: "/spec/rules/0/timeouts/request", value: "1s" },
                { op: "add", path: "/metadata/labels/owned", value: "by-eve" },
                { op: "add", path: "/metadata/finalizers", value: ["example.com/stuck"] },
                { op: "add", path: annotation("example.com/odd"), value: "x" },
                { op: "remove", path: annotation(labelKeys.record.stable) },
                { op: "remove", path: annotation(labelKeys.record.candidate) },
                { op: "remove", path: annotation(labelKeys.record.weightPercent) },
            ),
        );
        let taken = 0;
        await fc.assert(
            fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), fc.boolean(), async (parts, whole) => {
                const rollback = [
                    { op: "remove", path: users(0) },
                    { op: "replace", path: `${users(0)}/backendRefs`, value: backends(100, 0) },
                    { op: "replace", path: annotation(labelKeys.record.weightPercent), value: "0" },
                    { op: "add", path: annotation(labelKeys.rolledBack), value: `${candidateReference} errors` },
                ];
                const after = await patched(whole ? [...rollback, ...parts.slice(1)] : parts, "All");
                if (after === undefined) {
                    return;
                }
                taken += 1;
                const { spec, metadata } = routeSchema.parse(after);
                expect(spec.rules.map(({ backendRefs }) => backendRefs.map(({ name, weight }) => [name, weight]))).toEqual([
                    [
                        ["api-v1", 100],
                        ["api-v2", 0],
                    ],
                ]);
                expect(rest(after)).toEqual(rest(before));
                expect(metadata.annotations).toMatchObject({
                    [labelKeys.record.stable]: stableReference,
                    [labelKeys.record.candidate]: candidateReference,
                    [labelKeys.record.weightPercent]: "0",
                });
                expect(metadata.annotations[labelKeys.rolledBack]?.split("\n").map((line) => line.split(" ")[0])).toEqual([candidateReference]);
            }),
            { numRuns: 300 },
        );
        expect(taken).toBeGreaterThan(5);
    });

    it("writes the records of a watch in its own name, and no others", async () => {
        const ledger: LedgerStore = ledgerStore({ maps: configMaps({ namespace: trial.namespace.name, api: api() }), service: "api" });
        const written: string[] = [];
        for (const draft of drafts) {
            await ledger.append({ ...draft, actor: { identity: watchdog, verified: true } }).then(
                ({ record }) => written.push(record.kind),
                (error: unknown) => {
                    expect(statusOf(error)).toBe(403);
                },
            );
        }
        expect(written.toSorted()).toEqual([...watchdogKinds].toSorted());
        await expect(ledger.append({ ...draftOf("rolled-back"), actor: { identity: "ci", verified: true } })).rejects.toThrow(/in its own name/);
        expect(await trial.dryRun(watchdog, { metadata: { name: "anything" }, data: { record: "x" } })).toBeUndefined();
    });

    it("holds its Lease, and makes no other", async () => {
        const lease = (name: string) => watchLease({ keys: labelKeys, api: api(), namespace: trial.namespace.name, name, holder: "pod" });
        expect(await lease(watchLeaseName("api")).acquire()).toMatchObject({ kind: "held" });
        expect(await lease(watchLeaseName("api")).acquire()).toMatchObject({ kind: "held" });
        expect(await lease("other").acquire()).toMatchObject({ kind: "unknown" });
    });

    it("deletes no route, makes none and reports in none", async () => {
        const { spec } = await trial.namespace.route();
        const body = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { name: "mine" }, spec };
        const attempts = [
            () => api().ask<unknown>(({ custom }, options) => custom.deleteNamespacedCustomObject(place(), options)),
            () => api().ask<unknown>(({ custom }, options) => custom.createNamespacedCustomObject({ ...place(), body }, options)),
            () =>
                api().ask<unknown>(({ custom }, options) =>
                    custom.patchNamespacedCustomObjectStatus({ ...place(), body: [{ op: "add", path: "/status", value: { parents: [] } }] }, options),
                ),
        ];
        for (const attempt of attempts) {
            await expect(attempt()).rejects.toMatchObject({ code: 403 });
        }
    });
});

const routeSchema = z.object({
    metadata: z.object({ annotations: z.record(z.string(), z.string()), labels: z.record(z.string(), z.string()) }),
    spec: z.looseObject({ rules: z.array(z.looseObject({ backendRefs: z.array(z.looseObject({ name: z.string(), weight: z.number() })) })) }),
});
