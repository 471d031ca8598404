import { setTimeout as sleep } from "node:timers/promises";

import { execa } from "execa";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labEnvironment, labLayout, startLab } from "../../../lab/api.ts";
import { waitUntil } from "../../../lab/wait.ts";

/** Longer than the controllers wait for a node's lease: 50 s by default. @see https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ */
const graceMs = 55_000;

const namespace = `node-leases-${String(process.pid)}`;
let environment: Readonly<Record<string, string>> = {};

async function kubectl(args: readonly string[], input = ""): Promise<string> {
    return (await execa("kubectl", args, { env: environment, extendEnv: false, input })).stdout;
}

const readyReplicas = (): Promise<string> => kubectl(["-n", namespace, "get", "deployment/steady", "-o", "jsonpath={.status.readyReplicas}"]);

beforeAll(async () => {
    environment = labEnvironment(labLayout(), await startLab());
    const labels = { "app.kubernetes.io/name": "steady" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "registry.example.com/any:1" }] } };
    const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "steady", namespace },
        spec: { replicas: 3, selector: { matchLabels: labels }, template },
    };
    await kubectl(["create", "namespace", namespace]);
    await kubectl(["apply", "-f", "-"], stringify(deployment));
});
afterAll(async () => {
    await kubectl(["delete", "namespace", namespace, "--wait=false", "--ignore-not-found"]);
});

describe("simulated nodes", () => {
    it("keep their pods ready longer than nodes may go without a lease", async () => {
        await waitUntil(
            async () => {
                expect(await readyReplicas()).toBe("3");
            },
            { what: "three ready pods", withinMs: 60_000 },
        );
        await sleep(graceMs);
        expect(await readyReplicas()).toBe("3");
        expect(await kubectl(["get", "nodes", "-o", "jsonpath={.items[*].spec.taints}"])).toBe("");
    });
});
