import { describe, expect, it } from "vitest";

import { placeholder, secretlessConfig, secretlessState } from "../../../../rollout/cli/secretless/state.ts";

const signature = "4dabf18193072939515e22adb298388d";
const secret = { [signature]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc:defghijk" };
const open = { [signature]: "1b47061264138c4ac30d75fd1eb44270", plaintext: '"s3cr3t"' };
const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "kept" };

describe("a state without secrets", () => {
    const exported = {
        version: 3,
        deployment: {
            secrets_providers: { type: "cloud", state: { url: "awskms://alias/rollout", encryptedkey: "c2VjcmV0" } },
            resources: [
                { urn: "a", inputs: { password: secret, list: [secret, "kept"], file: asset }, outputs: { deep: { er: open } } },
                { urn: "b", inputs: {} },
            ],
            pending_operations: [{ resource: { inputs: { password: secret } }, type: "creating" }],
        },
    };

    it("has no Secret of Kubernetes, and no resource that waits for one", () => {
        const resources = [
            { urn: "secret", type: "kubernetes:core/v1:Secret", inputs: { data: secret } },
            { urn: "map", type: "kubernetes:core/v1:ConfigMap" },
            { urn: "pods", dependencies: ["map", "secret"], propertyDependencies: { spec: ["secret"], metadata: ["map"] }, deletedWith: "secret" },
        ];
        expect(secretlessState({ deployment: { resources } }, "v1:salt")).toMatchObject({
            deployment: {
                resources: [
                    { urn: "map", type: "kubernetes:core/v1:ConfigMap" },
                    { urn: "pods", dependencies: ["map"], propertyDependencies: { spec: [], metadata: ["map"] } },
                ],
            },
        });
        expect(JSON.stringify(secretlessState({ deployment: { resources } }, "v1:salt"))).not.toContain('"secret"');
    });

    it("has a placeholder for each, wherever it is, and everything else as it was", () => {
        const put = { [signature]: secret[signature], plaintext: JSON.stringify(placeholder) };
        expect(secretlessState(exported, "v1:salt")).toEqual({
            version: 3,
            deployment: {
                secrets_providers: { type: "passphrase", state: { salt: "v1:salt" } },
                resources: [
                    { urn: "a", inputs: { password: put, list: [put, "kept"], file: asset }, outputs: { deep: { er: put } } },
                    { urn: "b", inputs: {} },
                ],
                pending_operations: [],
            },
        });
    });

    it("has nothing of a cipher, of a plain secret or of a key", () => {
        expect(JSON.stringify(secretlessState(exported, "v1:salt"))).not.toMatch(/v1:abc|s3cr3t|c2VjcmV0|awskms/);
    });
});

describe("a stack's file without secrets", () => {
    it("names where they were, and keeps nothing that is encrypted, nor what opens it", () => {
        const file = {
            secretsprovider: "awskms://alias/rollout",
            encryptedkey: "c2VjcmV0",
            encryptionsalt: "v1:salt",
            environment: ["shared"],
            config: {
                "shop:password": { secure: "v1:a:b" },
                "shop:nested": { "a.b": { secure: "v1:c:d" }, kept: 1, list: ["x", { secure: "v1:e:f" }] },
                "shop:open": "kept",
            },
        };
        expect(secretlessConfig(file)).toEqual({
            file: { environment: ["shared"], config: { "shop:nested": { kept: 1, list: ["x", placeholder] }, "shop:open": "kept" } },
            secrets: ["shop:password", 'shop:nested["a.b"]', 'shop:nested["list"][1]'],
        });
    });
});
