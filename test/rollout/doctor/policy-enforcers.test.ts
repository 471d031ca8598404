import { describe, expect, it } from "vitest";

import { type Agent, judgeEnforcement } from "../../../rollout/doctor/policy-enforcers.ts";

function agent(name: string, { args = [], ready = 3 }: { readonly args?: string[]; readonly ready?: number } = {}): Agent {
    return {
        metadata: { name, namespace: "kube-system" },
        spec: { template: { spec: { containers: [{}, { args }] } } },
        status: { desiredNumberScheduled: 3, numberReady: ready },
    };
}

describe("network policies", () => {
    it.each([
        { what: "Calico runs on every node", agents: [agent("calico-node")], state: "ok" },
        { what: "Dataplane V2 of GKE does", agents: [agent("anetd")], state: "ok" },
        { what: "the VPC CNI of EKS was told to enforce them", agents: [agent("aws-node", { args: ["--enable-network-policy=true"] })], state: "ok" },
        { what: "the VPC CNI was not told", agents: [agent("aws-node", { args: ["--enable-network-policy=false"] })], state: "problem" },
        { what: "the VPC CNI was not told, and Cilium enforces them beside it", agents: [agent("aws-node"), agent("cilium")], state: "ok" },
        { what: "the agent is missing on a node", agents: [agent("cilium", { ready: 2 })], state: "problem" },
        { what: "the agent runs nowhere", agents: [agent("calico-node", { ready: 0 })], state: "problem" },
        { what: "no agent is known to enforce them", agents: [agent("node-exporter")], state: "unknown" },
        { what: "it is kindnet, of whatever version", agents: [agent("kindnet")], state: "unknown" },
        { what: "there is no agent at all", agents: [], state: "unknown" },
    ])("are $state where $what", ({ agents, state }) => {
        const finding = judgeEnforcement(agents);
        expect(finding.state, finding.text).toBe(state);
        expect(finding.fix === undefined).toBe(state === "ok");
    });

    it("never count as enforced for certain", () => {
        expect(judgeEnforcement([agent("calico-node")]).text).toContain("only a trial shows");
        expect(judgeEnforcement([]).text).toContain("can't be known from here");
    });
});
