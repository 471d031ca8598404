import { describe, expect, it } from "vitest";

import { defineProgram } from "../../../rollout/cli/program.ts";
import { profile } from "../../../service/profile.ts";

const raw = {
    environment: "lab",
    namespace: "shop",
    serviceName: "checkout",
    rolloutPercent: 0,
    stable: { name: "v1", image: `registry.example.com/checkout@sha256:${"a".repeat(64)}`, config: {} },
    cluster: { kubeContext: "shop" },
    gates: { kind: "order-only", reason: "this stack has no metrics yet" },
    gateway: { name: "public", namespace: "edge", hostname: "shop.example.com" },
};

describe("a program without a parser of its own", () => {
    const parse = (config: object, variables = {}) => defineProgram({ profile }).parse({ ...config }, { variables, secretKeys: new Set() });

    it("reads the keys that a rollout needs", () => {
        expect(parse(raw)).toMatchObject({ ok: true, config: { serviceName: "checkout", cluster: { kubeContext: "shop", awaitTimeoutSeconds: 600 } } });
    });

    it("has its context from the variable with the profile's prefix, where that is set", () => {
        expect(parse(raw, { [`${profile.variablePrefix ?? ""}_KUBECONTEXT`]: "other" })).toMatchObject({ config: { cluster: { kubeContext: "other" } } });
    });

    it("knows no other keys, and lets no rule slip", () => {
        expect(parse({ ...raw, tlsIssuer: "mine" })).toMatchObject({ ok: false, problems: [{ key: "tlsIssuer" }] });
        expect(parse({ ...raw, rolloutPercent: 10 })).toMatchObject({ ok: false, problems: [{ key: "candidate" }] });
    });
});
