import { describe, expect, it } from "vitest";

import { judgeKinds } from "../../../rollout/doctor/kinds.ts";
import { rolloutKinds } from "../../../rollout/doctor/needs.ts";

const needed = [
    ...rolloutKinds("shop"),
    { apiVersion: "cert-manager.io/v1", kind: "Certificate", plural: "certificates", namespace: "edge" },
    { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", plural: "validatingadmissionpolicies" },
];
/** A cluster that serves everything but `without`. */
function served(without: readonly string[] = []) {
    const byVersion = Map.groupBy(
        needed.filter(({ kind }) => !without.includes(kind)),
        ({ apiVersion }) => apiVersion,
    );
    return new Map([...byVersion].map(([apiVersion, all]) => [apiVersion, new Set(all.map(({ kind }) => kind))] as const));
}

describe("the kinds that a program declares", () => {
    it("are well where the API server serves each of them", () => {
        expect(judgeKinds(needed, served(), new Map()).state).toBe("ok");
    });

    it.each([
        {
            kind: "HTTPRoute",
            versions: ["gateway.networking.k8s.io/v1beta1"],
            text: "it serves gateway.networking.k8s.io/v1beta1",
            fix: "install the Gateway API",
        },
        { kind: "Certificate", versions: [], text: "does not serve Certificate in cert-manager.io/v1", fix: "install cert-manager" },
        {
            kind: "ValidatingAdmissionPolicy",
            versions: ["admissionregistration.k8s.io/v1"],
            text: "ValidatingAdmissionPolicy",
            fix: "use Kubernetes 1.30 or later",
        },
        { kind: "ConfigMap", versions: ["v1"], text: "does not serve ConfigMap in v1", fix: "use Kubernetes" },
    ])("name $kind where its version is not served, and what brings it", ({ kind, versions, text, fix }) => {
        const group = needed.find((one) => one.kind === kind)?.apiVersion.split("/") ?? [];
        const finding = judgeKinds(needed, served([kind]), new Map([[group.length > 1 ? (group[0] ?? "") : "", versions]]));
        expect(finding).toMatchObject({ state: "problem", text: expect.stringContaining(text) as string, fix: expect.stringContaining(fix) as string });
    });
});
