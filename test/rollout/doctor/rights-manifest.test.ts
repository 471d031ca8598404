import { describe, expect, it } from "vitest";
import { z } from "zod";

import { rolloutKinds } from "../../../rollout/doctor/needs.ts";
import { rightsManifest } from "../../../rollout/doctor/rights-manifest.ts";

const needs = {
    kinds: [
        ...rolloutKinds("shop"),
        { apiVersion: "cert-manager.io/v1", kind: "Certificate", plural: "certificates", namespace: "edge" },
        { apiVersion: "v1", kind: "Namespace", plural: "namespaces", name: "shop" },
    ],
};
const schema = z.array(
    z.looseObject({
        kind: z.string(),
        metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
        rules: z.array(z.looseObject({ resources: z.array(z.string()), verbs: z.array(z.string()), resourceNames: z.array(z.string()).optional() })).optional(),
        subjects: z.array(z.record(z.string(), z.string())).optional(),
    }),
);
const manifest = (user = "system:serviceaccount:ci:deployer") => schema.parse(rightsManifest({ needs, namespace: "shop", service: "api", user }));

describe("the manifest with a deployer's rights", () => {
    it("has the namespace first, and a role with its binding in each place", () => {
        expect(manifest().map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? "-"}/${metadata.name}`)).toEqual([
            "Namespace -/shop",
            "Role shop/shop-api-deployer",
            "RoleBinding shop/shop-api-deployer",
            "Role edge/shop-api-deployer",
            "RoleBinding edge/shop-api-deployer",
            "ClusterRole -/shop-api-deployer",
            "ClusterRoleBinding -/shop-api-deployer",
        ]);
    });

    it("gives nothing in another namespace than what is declared there, and of namespaces its own alone", () => {
        const rulesIn = (kind: string, namespace?: string) => manifest().find((one) => one.kind === kind && one.metadata.namespace === namespace)?.rules ?? [];
        expect(rulesIn("Role", "edge").flatMap(({ resources }) => resources)).toEqual(["certificates"]);
        expect(rulesIn("ClusterRole")).toMatchObject([
            { resources: ["namespaces"], resourceNames: ["shop"], verbs: ["get", "list", "watch", "patch", "delete"] },
        ]);
        expect(JSON.stringify(manifest())).not.toContain('"*"');
    });

    it.each([
        { user: "system:serviceaccount:ci:deployer", subject: { kind: "ServiceAccount", name: "deployer", namespace: "ci" } },
        { user: "ci@example.com", subject: { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ci@example.com" } },
    ])("binds $user", ({ user, subject }) => {
        expect(manifest(user).flatMap(({ subjects = [] }) => subjects)).toEqual([subject, subject, subject]);
    });
});
