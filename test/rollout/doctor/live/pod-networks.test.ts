import { describe, expect, it } from "vitest";

import { judgePodNetworks } from "../../../../rollout/doctor/live/pod-networks.ts";

describe("the networks of pods that a config names", () => {
    it.each([
        { what: "each node's network is within them", stated: ["10.244.0.0/16"], nodes: ["10.244.1.0/24", "10.244.2.0/24"], pods: [], state: "ok" },
        { what: "pods have addresses of the VPC, and the VPC is named", stated: ["10.0.0.0/16"], nodes: [], pods: ["10.0.3.7"], state: "ok" },
        { what: "a node's network is wider than they are", stated: ["10.244.0.0/24"], nodes: ["10.244.0.0/16"], pods: [], state: "problem" },
        { what: "a node is elsewhere", stated: ["10.244.0.0/16"], nodes: ["10.244.1.0/24", "10.8.0.0/24"], pods: [], state: "problem" },
        { what: "a pod is elsewhere", stated: ["10.244.0.0/16"], nodes: ["10.244.1.0/24"], pods: ["10.244.1.3", "192.168.7.2"], state: "problem" },
        {
            what: "both families are named",
            stated: ["10.244.0.0/16", "fd00:10:244::/56"],
            nodes: ["10.244.1.0/24", "fd00:10:244:1::/64"],
            pods: ["fd00:10:244:1::7"],
            state: "ok",
        },
        {
            what: "a pod has an IPv6 address and none is named",
            stated: ["10.244.0.0/16"],
            nodes: ["10.244.1.0/24"],
            pods: ["fd00:10:244:1::7"],
            state: "problem",
        },
        { what: "nothing shows where pods are", stated: ["10.244.0.0/16"], nodes: [], pods: [], state: "unknown" },
    ])("are $state where $what", ({ stated, nodes, pods, state }) => {
        const finding = judgePodNetworks(stated, { nodeNetworks: nodes, podAddresses: pods });
        expect(finding.state, finding.text).toBe(state);
    });

    it("name what is outside, and the key", () => {
        expect(judgePodNetworks(["10.244.0.0/16"], { nodeNetworks: [], podAddresses: ["192.168.7.2"] })).toMatchObject({
            text: expect.stringContaining("192.168.7.2") as string,
            fix: expect.stringContaining("cluster.podNetworks") as string,
        });
    });
});
