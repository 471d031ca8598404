import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readLabState } from "../../../lab/api.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { TrialPods, redisPod, serviceOf } from "../trial-pods.ts";

let pods: TrialPods;

beforeAll(async () => {
    if (readLabState()?.enforcesPolicies !== true) {
        throw new Error("this lab does not enforce network policies: start it with 'node lab/index.ts up --enforce-policies'");
    }
    pods = await TrialPods.create("policies");
    await pods.apply(redisPod("server"), redisPod("client"), serviceOf("server"));
    await Promise.all(["server", "client"].map((name) => pods.ready(name)));
});

afterAll(async () => {
    await pods.remove();
});

describe("a network policy on real nodes", () => {
    const call = (): Promise<string> => pods.run("client", "timeout 2 redis-cli -h server ping | grep PONG");

    it("closes a pod to others, and its end opens it again", async () => {
        // A Service's way to a pod that has just become ready takes a moment.
        await waitUntil(call, { what: "the open door", withinMs: 30_000 });
        await pods.apply({
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: "closed" },
            spec: { podSelector: { matchLabels: { app: "server" } }, policyTypes: ["Ingress"] },
        });
        await waitUntil(async () => expect(call()).rejects.toThrow(), { what: "the closed door", withinMs: 60_000 });
        await pods.kubectl(["delete", "networkpolicy", "closed"]);
        await waitUntil(call, { what: "the open door", withinMs: 60_000 });
    });
});
