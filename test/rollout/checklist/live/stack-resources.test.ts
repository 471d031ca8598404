import { describe, expect, it } from "vitest";

import { resourcesIn } from "../../../../rollout/checklist/live/stack-resources.ts";
import { judgedRules } from "../../../../config/stack-rules.ts";

const providerUrn = "urn:pulumi:prod::p::pulumi:providers:kubernetes::cluster";
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc:def" };
const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", annotations: { token: secret } } };
const exported = {
    version: 3,
    deployment: {
        resources: [
            { urn: providerUrn, type: "pulumi:providers:kubernetes", inputs: { context: "prod" } },
            {
                urn: "urn:pulumi:prod::p::kubernetes:core/v1:Namespace::ns",
                type: "kubernetes:core/v1:Namespace",
                protect: true,
                inputs: namespace,
                provider: `${providerUrn}::8d1f`,
            },
        ],
    },
};

describe("the resources of a stack's state", () => {
    it("are read with what the program declares of them, and of a secret only that there is one", () => {
        const [, found] = resourcesIn(JSON.stringify(exported));
        expect(found).toEqual({
            urn: "urn:pulumi:prod::p::kubernetes:core/v1:Namespace::ns",
            type: "kubernetes:core/v1:Namespace",
            name: "ns",
            protect: true,
            inputs: { ...namespace, metadata: { name: "shop", annotations: { token: "[secret]" } } },
            provider: providerUrn,
        });
    });

    it("are none in a stack that was never deployed", () => {
        expect(resourcesIn('{"version":3,"deployment":{}}')).toEqual([]);
    });

    it.each(["", "{}", "[]", '{"deployment":{"resources":[{}]}}'])("are refused in what is no export: %s", (text) => {
        expect(() => resourcesIn(text)).toThrow();
    });
});

describe("the policies of a stack's state", () => {
    const judge = async (...rules: readonly string[]) =>
        judgedRules({ resources: resourcesIn(JSON.stringify(exported)), environment: "prod", rules: new Set(rules), nowMs: Date.UTC(2025, 9, 26) });

    it("are judged by the pack's own rules, with their levels", async () => {
        const [podSecurity] = await judge("namespace-pod-security");
        expect(podSecurity).toMatchObject({ rule: "namespace-pod-security", level: "mandatory", findings: [expect.stringMatching(/^ns: Namespace shop: /)] });
    });

    it("say nothing of rules that nobody asked for, or that are not in the pack", async () => {
        expect(await judge("no-such-rule")).toEqual([]);
    });
});
