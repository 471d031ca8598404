import * as kubernetes from "@kubernetes/client-node";

import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { statusOf } from "../../rollout/kubernetes/api-server.ts";
import type { StoredConfigMap } from "../../rollout/kubernetes/config-maps.ts";
import { eventually } from "../helpers/engine.ts";
import { TrialNamespace } from "./trial-namespace.ts";

/** A namespace in which one admission policy holds, and every user may make and change ConfigMaps, Leases and routes: nothing but the policy is in the way. */
export class AdmissionTrial {
    readonly namespace: TrialNamespace;

    private constructor(namespace: TrialNamespace) {
        this.namespace = namespace;
    }

    /** @param spec of the ValidatingAdmissionPolicy. */
    static async create(purpose: string, spec: object): Promise<AdmissionTrial> {
        const namespace = await TrialNamespace.create(purpose);
        const trial = new AdmissionTrial(namespace);
        const metadata = { name: namespace.name };
        const rights = "rbac.authorization.k8s.io";
        await namespace.apply(
            "test",
            {
                apiVersion: `${rights}/v1`,
                kind: "Role",
                metadata: { name: "everything" },
                rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
            },
            {
                apiVersion: `${rights}/v1`,
                kind: "RoleBinding",
                metadata: { name: "everything" },
                roleRef: { apiGroup: rights, kind: "Role", name: "everything" },
                subjects: [{ kind: "Group", name: "system:authenticated", apiGroup: rights }],
            },
        );
        // A policy of its own says when the API server has learned of the other: it takes up all of them at once.
        const sentinel = { ...metadata, name: `${namespace.name}-sentinel` };
        const never = {
            failurePolicy: "Fail",
            matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }] },
            matchConditions: [{ name: "sentinel", expression: "object.metadata.name == 'sentinel'" }],
            validations: [{ expression: "false" }],
        };
        for (const [place, wanted] of [
            [metadata, spec],
            [sentinel, never],
        ] as const) {
            await namespace.applyToCluster(
                { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: place, spec: wanted },
                {
                    apiVersion: "admissionregistration.k8s.io/v1",
                    kind: "ValidatingAdmissionPolicyBinding",
                    metadata: place,
                    spec: {
                        policyName: place.name,
                        validationActions: ["Deny"],
                        matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace.name } } },
                    },
                },
            );
        }
        await eventually(async () => ((await trial.dryRun("probe", { metadata: { name: "sentinel" } })) === undefined ? true : undefined));
        return trial;
    }

    /** What the API server would make of a ConfigMap that `user` sends; undefined where it refuses it. @throws {Error} where it does neither. */
    async dryRun(user: string, body: object): Promise<StoredConfigMap | undefined> {
        // A header takes bytes: those of UTF-8, in which the API server has its names.
        const api = apiServer({ kubeContext: this.namespace.kubeContext, asUser: Buffer.from(user).toString("latin1") });
        const map = Object.assign(new kubernetes.V1ConfigMap(), body);
        try {
            const { value } = await api.ask(({ core }, options) =>
                core.createNamespacedConfigMap({ namespace: this.namespace.name, body: map, dryRun: "All" }, options),
            );
            const { metadata, data = {}, immutable = false } = value;
            return { name: metadata?.name ?? "", data, immutable, createdAt: metadata?.creationTimestamp?.toISOString() ?? "" };
        } catch (error) {
            if ([400, 403, 422].includes(statusOf(error) ?? 0)) {
                return undefined;
            }
            throw error;
        }
    }

    async remove(): Promise<void> {
        const admission = this.namespace.config.makeApiClient(kubernetes.AdmissionregistrationV1Api);
        for (const name of [this.namespace.name, `${this.namespace.name}-sentinel`]) {
            await admission.deleteValidatingAdmissionPolicyBinding({ name });
            await admission.deleteValidatingAdmissionPolicy({ name });
        }
        await this.namespace.remove();
    }
}
