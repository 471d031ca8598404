import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";

import { Certificate, type CertificateArgs } from "../../components/certificate.ts";
import { gatewayReference } from "../../rollout/route/gateway-reference.ts";
import { type RegisteredResource, buildStack, misnamedChildren, promiseOf, valueAt } from "../helpers/mocks.ts";

const args: CertificateArgs = {
    namespace: "gateway",
    service: "shop",
    hostnames: ["shop.example.com"],
    issuer: { kind: "ClusterIssuer", name: "public-certificates" },
    secretName: "shop-tls",
    awaitTimeoutSeconds: 120,
};

async function build(change: Partial<CertificateArgs> = {}): Promise<RegisteredResource> {
    const stack = await buildStack(() => new Certificate("shop", { ...args, ...change }, { provider: new k8s.Provider("cluster") }));
    expect(misnamedChildren(stack)).toEqual([]);
    return stack.named("shop-certificate");
}

describe("Certificate", () => {
    it("asks cert-manager for a certificate in the gateway's namespace", async () => {
        const { type, inputs } = await build();
        expect(type).toBe("kubernetes:cert-manager.io/v1:Certificate");
        expect(inputs).toMatchObject({
            metadata: { name: "shop-tls", namespace: "gateway" },
            spec: {
                secretName: "shop-tls",
                dnsNames: ["shop.example.com"],
                issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "public-certificates" },
            },
        });
    });

    it("has a new key at each renewal, a month before the end", async () => {
        expect((await build()).inputs.spec).toMatchObject({
            duration: "2160h",
            renewBefore: "720h",
            privateKey: { rotationPolicy: "Always", algorithm: "ECDSA" },
        });
    });

    it("waits for it, for as long as it is told, and goes before it comes again", async () => {
        const certificate = await build();
        expect(valueAt(certificate.inputs, "metadata.annotations")).toEqual({ "pulumi.com/waitFor": "condition=Ready" });
        expect(certificate.customTimeouts).toEqual({ create: "120s", update: "120s" });
        expect(certificate.deleteBeforeReplace).toBe(true);
    });

    it("hands the Secret's name on", async () => {
        const { result } = await buildStack(async () => promiseOf(new Certificate("shop", args).secretName));
        expect(result).toBe("shop-tls");
    });

    it("refuses to be valid for no host", async () => {
        await expect(build({ hostnames: [] })).rejects.toThrow(new RangeError("hostnames is empty: name at least one host"));
    });
});

describe("a gateway reference", () => {
    it("writes out what the API server would fill in", () => {
        const parent = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "gateway", name: "public" };
        expect(gatewayReference({ name: "public", namespace: "gateway" })).toEqual(parent);
        expect(gatewayReference({ name: "public", namespace: "gateway", listener: "https" })).toEqual({ ...parent, sectionName: "https" });
    });
});
