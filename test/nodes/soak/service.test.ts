import { execa } from "execa";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { readLabState } from "../../../lab/api.ts";
import { type Load, startLoad } from "../../../lab/load/load.ts";
import type { LivePod } from "../../../lab/trial/live.ts";
import { TrialStack } from "../../../lab/trial/trial-stack.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { signalPod } from "../node-processes.ts";
import { type MetadataServer, startMetadataServer } from "./metadata-server.ts";
import { TrialPods, redisPod } from "../trial-pods.ts";

/** Time until a pod that answers no probe is no longer an endpoint, in milliseconds: two failed probes of two seconds, five apart, and news for the gateway (rollout/pulumi/revision-pod.ts). */
const unreadyWithinMs = 20_000;

describe("the service as it is declared, in its own pods, with users", () => {
    let stack: TrialStack;
    let load: Load;
    let deployment: string;

    beforeAll(async () => {
        if (readLabState()?.enforcesPolicies !== true) {
            throw new Error("this lab does not enforce network policies: start it with 'node lab/index.ts up --enforce-policies'");
        }
        stack = await TrialStack.create("service");
        await up();
        deployment = `deployment/${stack.live.service}-${stack.stable.name}`;
        load = await startLoad({ host: stack.hostname, requestsPerSecond: 100, forSeconds: 3_600 });
    });
    afterAll(async () => {
        await load.stop();
        await stack.remove();
    });

    async function up(): Promise<void> {
        const { exitCode, output } = await stack.up();
        expect(exitCode, output).toBe(0);
    }

    async function kubectl(...args: readonly string[]): Promise<string> {
        return (await execa("kubectl", ["--namespace", stack.live.namespace, ...args], { env: stack.environment, extendEnv: false })).stdout;
    }

    async function readyPods(): Promise<readonly LivePod[]> {
        return (await stack.live.pods()).filter(({ revision, ready }) => ready && revision === stack.stable.name);
    }

    /** One pod that is ready. */
    async function aPod(): Promise<LivePod> {
        const [pod] = await readyPods();
        if (pod === undefined) {
            throw new Error(`${stack.stable.name} has no pod that is ready`);
        }
        return pod;
    }

    /** What a script prints in a pod of the service. */
    async function inPod(script: string): Promise<string> {
        return kubectl("exec", (await aPod()).name, "--", "sh", "-c", script);
    }

    async function failuresDuring(act: () => Promise<void>): Promise<number> {
        const before = (await load.counts()).total.failures;
        await act();
        return (await load.counts()).total.failures - before;
    }

    /** Waits until no user has met a failure for three seconds: what a test sees then is its own doing. */
    async function served(): Promise<void> {
        await waitUntil(
            async () => {
                expect(await failuresDuring(() => sleep(3_000))).toBe(0);
            },
            { what: "users without failures", withinMs: 120_000 },
        );
    }

    /** Changes the Deployment behind the program's back, and waits until all pods have the change. */
    async function patched(patch: object): Promise<void> {
        await kubectl("patch", deployment, "--type=json", "--patch", JSON.stringify([patch]));
        await kubectl("rollout", "status", deployment, "--timeout=240s");
    }

    /** Puts back what a test changed, as a person would. */
    async function repaired(): Promise<void> {
        await stack.refresh();
        await up();
        await kubectl("rollout", "status", deployment, "--timeout=240s");
    }

    beforeEach(served);

    it.each([
        { what: "a token of the API server", script: "cat /var/run/secrets/kubernetes.io/serviceaccount/token", error: /No such file/ },
        { what: "its own program", script: "echo bad >>/app/main.ts", error: /Read-only file system|Permission denied/ },
        { what: "its settings", script: "echo bad >/etc/service/settings/RANKING_MODEL", error: /Read-only file system|Permission denied/ },
        { what: "root's rights", script: "chown 0 /tmp", error: /not permitted/ },
    ])("has no use of $what", async ({ script, error }) => {
        await expect(inPod(script)).rejects.toThrow(error);
    });

    it("is limited in memory: what takes more is killed, and the pod goes on", async () => {
        await expect(inPod("node -e 'const all = []; for (;;) all.push(Buffer.alloc(20e6, 1));'")).rejects.toMatchObject({ exitCode: 137 });
        await waitUntil(
            async () => {
                expect((await readyPods()).length).toBeGreaterThanOrEqual(3);
            },
            {
                what: "three ready pods",
                withinMs: 90_000,
                everyMs: 1_000,
            },
        );
    });

    it("is limited in scratch space: a pod that fills it is replaced by another", async () => {
        const { name } = await aPod();
        await kubectl("exec", name, "--", "sh", "-c", "head -c 100000000 /dev/zero >/tmp/full");
        await waitUntil(
            async () => {
                expect(await kubectl("get", "pod", name, "--output=jsonpath={.status.reason}")).toBe("Evicted");
            },
            {
                what: "the eviction",
                withinMs: 120_000,
                everyMs: 1_000,
            },
        );
        await kubectl("rollout", "status", deployment, "--timeout=120s");
        await kubectl("delete", "pod", name);
    });

    describe("behind its network policies", () => {
        let metadata: MetadataServer;
        let open: TrialPods;
        const call = `node -e 'fetch("http://169.254.169.254/", { signal: AbortSignal.timeout(3000) }).then(() => process.exit(0), () => process.exit(1))'`;

        beforeAll(async () => {
            metadata = await startMetadataServer();
            open = await TrialPods.create("metadata");
            await open.apply(redisPod("open"));
            await open.ready("open");
        });
        afterAll(async () => {
            await open.remove();
            await metadata.stop();
        });

        it("does not reach the cloud's metadata address, which a pod without policies does", async () => {
            const asked = metadata.requests();
            await expect(inPod(call)).rejects.toThrow();
            expect(metadata.requests()).toBe(asked);
            await open.run("open", "timeout 3 redis-cli -h 169.254.169.254 -p 80 ping || true");
            expect(metadata.requests()).toBeGreaterThan(asked);
        });

        it("reaches no store once the policy that allows it is gone, and a new pod is not ready until it is back", async () => {
            const policy = await kubectl("get", "networkpolicy", "allow-api", "--output=json");
            await kubectl("delete", "networkpolicy", "allow-api");
            try {
                await sleep(5_000);
                const known = new Set((await stack.live.pods()).map(({ name }) => name));
                await kubectl("delete", "pod", [...known][0] ?? "", "--wait=false");
                await sleep(30_000);
                const fresh = (await stack.live.pods()).filter(({ name }) => !known.has(name));
                expect(fresh.map(({ ready }) => ready)).toEqual([false]);
            } finally {
                await execa("kubectl", ["--namespace", stack.live.namespace, "replace", "--force", "-f", "-"], {
                    env: stack.environment,
                    extendEnv: false,
                    input: policy,
                });
            }
            await kubectl("rollout", "status", deployment, "--timeout=240s");
        });
    });

    describe("with a pod that hangs", () => {
        /** Failures of users from the moment at which the gateway should know, for fifteen seconds. */
        async function failuresOnceKnown(): Promise<number> {
            const { uid } = await aPod();
            expect(signalPod(uid, "SIGSTOP")).toBeGreaterThan(0);
            try {
                await sleep(unreadyWithinMs);
                return await failuresDuring(() => sleep(15_000));
            } finally {
                signalPod(uid, "SIGCONT");
            }
        }

        it("takes it from users while it does not answer its readiness probe, and starts it again when it does not live", async () => {
            const { name, uid } = await aPod();
            expect(signalPod(uid, "SIGSTOP")).toBeGreaterThan(0);
            await sleep(unreadyWithinMs);
            expect(await failuresDuring(() => sleep(15_000))).toBe(0);
            await waitUntil(
                async () => {
                    const status = await kubectl(
                        "get",
                        "pod",
                        name,
                        "--output=jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}",
                    );
                    expect(status).toBe("1 true");
                },
                { what: "the second life of the pod", withinMs: 180_000, everyMs: 1_000 },
            );
        });

        it("goes on failing users when the readiness probe is taken away", async () => {
            await patched({ op: "remove", path: "/spec/template/spec/containers/0/readinessProbe" });
            try {
                expect(await failuresOnceKnown()).toBeGreaterThan(0);
            } finally {
                await repaired();
            }
        });
    });

    describe("whose pods end", () => {
        it("loses no request while its pods are replaced, one after another", async () => {
            expect(
                await failuresDuring(async () => {
                    await kubectl("rollout", "restart", deployment);
                    await kubectl("rollout", "status", deployment, "--timeout=300s");
                    await sleep(20_000);
                }),
            ).toBe(0);
        });

        it("loses requests when they end without their drain", async () => {
            expect(
                await failuresDuring(async () => {
                    for (let round = 0; round < 3; round += 1) {
                        signalPod((await aPod()).uid, "SIGKILL");
                        await sleep(15_000);
                    }
                }),
            ).toBeGreaterThan(0);
        });
    });
});
