import { describe, expect, it } from "vitest";

import { readStack } from "../config/stack-files.ts";
import { asked, judgeRun, prodPolicies } from "./judge.ts";
import { prodStack } from "./prod-stack.ts";

describe("the project's own production stack", () => {
    const policies = prodPolicies();

    it.each([
        { what: "with no candidate", rendering: { rolloutPercent: 0, candidate: false } as const },
        // What the gate says at each other step is compared in demands.test.ts.
        ...([0, 50, 100] as const).map((rolloutPercent) => ({
            what: `with a candidate at ${String(rolloutPercent)} %`,
            rendering: { rolloutPercent, candidate: true },
        })),
    ])("passes the whole pack without a waiver, $what", async ({ rendering }) => {
        const stack = await prodStack(rendering);
        const found = await judgeRun(policies, stack, stack);
        expect(found.map(({ level, policy, message }) => `${level} ${policy}: ${message}`)).toEqual([]);
    });

    it("passes the whole pack without a waiver where testers have a host name of their own: their route is no second one for users", async () => {
        const gateway = { name: "public", namespace: "gateway-system", hostname: "ranking.example.com", tlsIssuer: "public-certificates" };
        const internal = { name: "internal", namespace: "gateway-internal" };
        const testers = { kind: "host", hostname: "ranking.internal.example.com", gateway: internal, url: "https://ranking.internal.example.com" };
        const stack = await prodStack({ rolloutPercent: 25, candidate: true }, { gateway: { ...gateway, testers } });
        expect(stack.filter(({ type }) => type.endsWith(":HTTPRoute")).map(({ name }) => name)).toHaveLength(2);
        expect(stack.filter(({ type, name }) => type.includes("RandomPassword") && name.includes("tester"))).toEqual([]);
        const found = await judgeRun(policies, stack, stack);
        expect(found.map(({ level, policy, message }) => `${level} ${policy}: ${message}`)).toEqual([]);
    });

    it("passes it as its file is, with the event store elsewhere, and where pods look names up at other servers than the usual ones", async () => {
        const { stores, cluster } = readStack("prod");
        const nameServers = [
            { kind: "pods", namespace: "openshift-dns", labels: { "dns.operator.openshift.io/daemonset-dns": "default" }, port: 5353 },
            { kind: "address", address: "169.254.20.10" },
        ];
        const stack = await prodStack({ rolloutPercent: 25, candidate: true }, { stores, cluster: { ...(cluster as object), nameServers } });
        expect(stack.filter(({ name }) => name.includes("stores-clickhouse"))).toEqual([]);
        expect(JSON.stringify(stack.find(({ name }) => name.endsWith("allow-name-lookups"))?.properties)).toContain("169.254.20.10/32");
        const found = await judgeRun(policies, stack, stack);
        expect(found.map(({ level, policy, message }) => `${level} ${policy}: ${message}`)).toEqual([]);
    });

    it("is asked, without being blocked, for what this project has not decided to have", async () => {
        const stack = await prodStack();
        const found = await judgeRun(policies, stack, stack, new Set());
        expect(found.map(({ level, policy }) => `${level} ${policy}`).sort()).toEqual([...asked].sort().map((policy) => `advisory ${policy}`));
    });
});
