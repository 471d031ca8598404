import * as kubernetes from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { approvalStore } from "../../rollout/consent/live/approval-store.ts";
import { configMaps } from "../../rollout/kubernetes/config-maps.ts";
import { authenticatedIdentity } from "../../rollout/kubernetes/identity.ts";
import { ledgerStore } from "../../rollout/ledger/live/store.ts";
import { signaturePolicy } from "../../rollout/pulumi/signature-admission.ts";
import { canonicalDigest, canonicalJson } from "../../rollout/ledger/canonical.ts";
import { append } from "../../rollout/ledger/chain.ts";
import { eventually } from "../helpers/engine.ts";
import { draftOf, evidence, unsealed } from "../rollout/ledger/arbitraries.ts";
import { TrialNamespace } from "./trial-namespace.ts";

/** Signing in another's name, on a real API server. */
describe("a signature on an API server with the admission policy", () => {
    let trial: TrialNamespace;
    let me = "";
    const digest = `sha256:${"a".repeat(64)}`;
    const given = { role: "tech-lead", verified: true, digest } as const;
    const store = () => approvalStore({ maps: configMaps({ namespace: trial.name, api: apiServer({ kubeContext: trial.kubeContext }) }), service: "api" });
    const admission = () => trial.config.makeApiClient(kubernetes.AdmissionregistrationV1Api);
    const core = () => trial.config.makeApiClient(kubernetes.CoreV1Api);
    const labels = { "app.kubernetes.io/name": "api", "app.kubernetes.io/component": "approval" };
    const refusal = /it names another user as the signer, and you are .*: sign in your own name/;

    /** Makes a ConfigMap as a hand would. */
    const make = async (name: string, data: Record<string, string>, withLabels: Record<string, string> = labels) =>
        core().createNamespacedConfigMap({
            namespace: trial.name,
            body: Object.assign(new kubernetes.V1ConfigMap(), { metadata: Object.assign(new kubernetes.V1ObjectMeta(), { name, labels: withLabels }), data }),
        });

    /** Lets `user` make what it likes in the namespace: nothing but the policy is in the way. */
    const allow = async (user: string) => {
        const rights = "rbac.authorization.k8s.io";
        const metadata = { name: "makes-objects" };
        await trial.apply(
            "test",
            { apiVersion: `${rights}/v1`, kind: "Role", metadata, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "list"] }] },
            {
                apiVersion: `${rights}/v1`,
                kind: "RoleBinding",
                metadata,
                roleRef: { apiGroup: rights, kind: "Role", name: metadata.name },
                subjects: [{ kind: "User", name: user, apiGroup: rights }],
            },
        );
    };

    beforeAll(async () => {
        trial = await TrialNamespace.create("signatures");
        me = (await authenticatedIdentity(apiServer({ kubeContext: trial.kubeContext }), "nobody")).identity;
        await allow("eve@example.com");
        const metadata = { name: trial.name };
        const selector = { matchLabels: { "kubernetes.io/metadata.name": trial.name } };
        await trial.applyToCluster(
            {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "ValidatingAdmissionPolicy",
                metadata,
                spec: signaturePolicy("api", { deployers: [me], operators: [], watchdog: "system:serviceaccount:x:api-watchdog" }),
            },
            {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "ValidatingAdmissionPolicyBinding",
                metadata,
                spec: { policyName: trial.name, validationActions: ["Deny"], matchResources: { namespaceSelector: selector } },
            },
        );
        // The API server learns of a new policy after a moment.
        let attempt = 0;
        await eventually(async () => {
            attempt += 1;
            return store()
                .approve({ ...given, identity: `nobody-${String(attempt)}` }, 1)
                .then(
                    () => undefined,
                    () => true,
                );
        });
    });
    afterAll(async () => {
        await admission().deleteValidatingAdmissionPolicyBinding({ name: trial.name });
        await admission().deleteValidatingAdmissionPolicy({ name: trial.name });
        await trial.remove();
    });

    it("is taken in one's own name", async () => {
        const approval = await store().approve({ ...given, identity: me }, 60);
        expect((await store().read()).approvals).toContainEqual(approval);
    });

    it("is refused in another's name, and says who one is", async () => {
        await expect(store().approve({ ...given, identity: "tess@example.com" }, 60)).rejects.toThrow(refusal);
        await expect(store().approve({ ...given, identity: "tess@example.com" }, 60)).rejects.toThrow(me);
    });

    it("is refused with another text beside it", async () => {
        const approval = canonicalJson({ ...given, identity: me });
        await expect(make("both", { approval, override: canonicalJson({ identity: me, verified: true }) })).rejects.toThrow("it holds the one text 'approval'");
    });

    it("is refused when it names two signers", async () => {
        const both = canonicalJson({ ...given, identity: "tess@example.com", by: { identity: me } });
        await expect(make("two", { approval: both })).rejects.toThrow(refusal);
    });

    it("is refused when an object in another's name becomes one", async () => {
        await make("sleeper", { approval: canonicalJson({ ...given, identity: "tess@example.com" }) }, {});
        const body = [{ op: "add", path: "/metadata/labels", value: labels }];
        await expect(core().patchNamespacedConfigMap({ namespace: trial.name, name: "sleeper", body })).rejects.toThrow(refusal);
    });

    it("is taken in any name where it does not claim to be verified", async () => {
        await store().approve({ ...given, identity: "tess@example.com", verified: false }, 60);
        expect((await store().read()).approvals.filter(({ identity }) => identity === "tess@example.com")).toMatchObject([{ verified: false }]);
    });

    it("in a form of its own gets past, and counts for nothing", async () => {
        await make("spaced", { approval: `{"identity": "tess@example.com", "verified": true}` });
        const { approvals, problems } = await store().read();
        expect(approvals.some(({ identity, verified }) => identity === "tess@example.com" && verified)).toBe(false);
        expect(problems.some((problem) => problem.includes("ConfigMap spaced counts for nothing"))).toBe(true);
    });

    it("under a record of the ledger is one's own", async () => {
        const ledger = ledgerStore({ maps: configMaps({ namespace: trial.name, api: apiServer({ kubeContext: trial.kubeContext }) }), service: "api" });
        const signedBy = (identity: string) => ({ ...draftOf("entered"), actor: { identity, verified: true } });
        await expect(ledger.append(signedBy("tess@example.com"))).rejects.toThrow(refusal);
        // It holds an approval of somebody else, as it should.
        expect((await ledger.append(signedBy(me))).record).toMatchObject({ sequence: 1, approvals: [{ identity: "tess@example.com", verified: true }] });
    });

    it("is checked in a record that is as long as an object can hold", async () => {
        const ledger = ledgerStore({ maps: configMaps({ namespace: trial.name, api: apiServer({ kubeContext: trial.kubeContext }) }), service: "api" });
        const samples = Array.from({ length: 28_000 }, (_, second) => ({ atSeconds: second, bytes: 10 }));
        const memory = { kind: "observed", value: [{ pod: "a", samples }] } as const;
        const long = { ...draftOf("watch"), evidence: { kind: "whole", evidence: { ...evidence, stable: { ...evidence.stable, memory } } } } as const;
        await expect(ledger.append({ ...long, actor: { identity: "tess@example.com", verified: true } })).rejects.toThrow(refusal);
        const { record } = await ledger.append({ ...long, actor: { identity: me, verified: true } });
        expect(record).toMatchObject({ kind: "watch", evidence: { kind: "whole" } });
        expect(canonicalJson(record).length).toBeGreaterThan(850_000);
    });

    it("under a record is the actor's, whatever else in the record names one", async () => {
        const record = unsealed(append(undefined, { ...draftOf("note"), actor: { identity: "tess@example.com", verified: true } }, new Date().toISOString()));
        const forged = { ...record, evidence: { note: { actor: { identity: me, verified: true } } } };
        const text = canonicalJson({ ...forged, hash: canonicalDigest(forged) });
        expect(text).toContain(`"actor":{"identity":"${me}"`);
        await expect(make("api-ledger-000009", { record: text }, { ...labels, "app.kubernetes.io/component": "ledger" })).rejects.toThrow(refusal);
        await expect(make("api-ledger-000009", { record: text }, {})).rejects.toThrow(refusal);
    });

    it("under a record is refused where the user may not write such records", async () => {
        const stranger = (kind: Parameters<typeof draftOf>[0]) => {
            const { trial: name, api } = { trial: trial.name, api: apiServer({ kubeContext: trial.kubeContext, asUser: "eve@example.com" }) };
            const ledger = ledgerStore({ maps: configMaps({ namespace: name, api }), service: "api" });
            return ledger.append({ ...draftOf(kind), actor: { identity: "eve@example.com", verified: true } });
        };
        for (const kind of ["entered", "finished", "withdrawn", "verdict", "watch", "checkpoint", "told", "not-told"] as const) {
            await expect(stranger(kind)).rejects.toThrow(/eve@example.com may not write records of kind .*: ledger.writers/);
        }
        expect((await stranger("rolled-back")).record.actor.identity).toBe("eve@example.com");
    });

    it("is not asked of other objects", async () => {
        await make("settings", { text: '"verified":true' }, { "app.kubernetes.io/name": "api", "app.kubernetes.io/component": "settings" });
        await make("another-service", { approval: canonicalJson({ ...given, identity: "x" }) }, { ...labels, "app.kubernetes.io/name": "other" });
    });
});
