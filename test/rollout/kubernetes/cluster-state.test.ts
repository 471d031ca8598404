import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { apiServer } from "../../../rollout/kubernetes/cluster-reader.ts";
import { clusterState } from "../../../rollout/kubernetes/cluster-state.ts";
import type { AutoscalerState } from "../../../rollout/gate/evidence.ts";
import { FakeApiServer } from "./fake-api-server.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const now = "2026-11-25T09:30:00Z";
const date = "Wed, 25 Nov 2026 09:30:00 GMT";
const entered = "2026-11-25T09:27:00Z";
/** So many minutes ago. */
const ago = (minutes: number) => new Date(Date.parse(now) - minutes * 60_000).toISOString().replace(".000", "");

interface PodArgs {
    readonly startedMinutesAgo?: number;
    readonly ready?: boolean;
    readonly containers?: readonly object[];
    readonly initContainers?: readonly object[];
    readonly metadata?: object;
    readonly status?: object;
    readonly requests?: readonly (string | undefined)[];
}

function pod({
    startedMinutesAgo = 60,
    ready = true,
    containers = [container()],
    initContainers = [],
    metadata,
    status,
    requests = ["250m"],
}: PodArgs = {}): object {
    return {
        metadata: { name: "api-v2-a", ...metadata },
        spec: { containers: requests.map((cpu) => ({ name: "api", ...(cpu === undefined ? {} : { resources: { requests: { cpu, memory: "300Mi" } } }) })) },
        status: {
            startTime: ago(startedMinutesAgo),
            podIP: "10.244.0.7",
            phase: "Running",
            conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: ago(5) }],
            containerStatuses: containers,
            initContainerStatuses: initContainers,
            ...status,
        },
    };
}

function container(restarts = 0, endedMinutesAgo?: number, waiting?: string): object {
    return {
        restartCount: restarts,
        state: waiting === undefined ? { running: { startedAt: ago(1) } } : { waiting: { reason: waiting } },
        lastState: endedMinutesAgo === undefined ? {} : { terminated: { finishedAt: ago(endedMinutesAgo), exitCode: 1 } },
    };
}

describe("the state of pods", () => {
    let server: FakeApiServer;
    const state = () => clusterState({ keys: labelKeys, api: apiServer({ kubeContext: "lab", timeoutMs: 1_000 }), namespace: "prod", service: "api" });
    const read = async (args: PodArgs, enteredAt?: string) => {
        await server.answer(() => ({ status: 200, body: { items: [pod(args)] }, date }));
        return (await state().pods("v2", enteredAt))[0];
    };

    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    it("is asked for by service and revision, and has what a reader of metrics needs", async () => {
        expect(await read({})).toEqual({
            name: "api-v2-a",
            ready: true,
            restarts: 0,
            recentRestarts: 0,
            address: "10.244.0.7",
            readySinceSeconds: Date.parse(ago(5)) / 1_000,
            cpuRequestCores: 0.25,
        });
        expect(server.requests.map(({ url }) => url)).toEqual([
            "/api/v1/namespaces/prod/pods?labelSelector=app.kubernetes.io%2Fname%3Dapi%2Cnova.example.com%2Frevision%3Dv2",
        ]);
    });

    it.each<{ case: string; args: PodArgs; counts: { restarts: number; recentRestarts: number; restartsInStep: number } }>([
        { case: "none", args: {}, counts: { restarts: 0, recentRestarts: 0, restartsInStep: 0 } },
        { case: "one an hour ago", args: { containers: [container(1, 60)] }, counts: { restarts: 1, recentRestarts: 0, restartsInStep: 0 } },
        { case: "one before the step", args: { containers: [container(1, 8)] }, counts: { restarts: 1, recentRestarts: 1, restartsInStep: 0 } },
        { case: "one in the step", args: { containers: [container(1, 2)] }, counts: { restarts: 1, recentRestarts: 1, restartsInStep: 1 } },
        { case: "several, the last one in the step", args: { containers: [container(9, 2)] }, counts: { restarts: 9, recentRestarts: 1, restartsInStep: 1 } },
        {
            case: "several of a young pod",
            args: { startedMinutesAgo: 8, containers: [container(5, 2)] },
            counts: { restarts: 5, recentRestarts: 5, restartsInStep: 1 },
        },
        {
            case: "several of a pod of the step",
            args: { startedMinutesAgo: 2, containers: [container(3, 1)] },
            counts: { restarts: 3, recentRestarts: 3, restartsInStep: 3 },
        },
        {
            case: "one in each container",
            args: { containers: [container(1, 2), container(2, 3)] },
            counts: { restarts: 3, recentRestarts: 2, restartsInStep: 2 },
        },
        { case: "one whose end isn't noted", args: { containers: [container(1)] }, counts: { restarts: 1, recentRestarts: 1, restartsInStep: 1 } },
        {
            case: "some of an init container, which don't count",
            args: { initContainers: [container(4, 2)] },
            counts: { restarts: 0, recentRestarts: 0, restartsInStep: 0 },
        },
    ])("counts restarts: $case", async ({ args, counts }) => {
        expect(await read(args, entered)).toMatchObject(counts);
    });

    it("does not tell the restarts of a step apart when it isn't told of one", async () => {
        expect(await read({ containers: [container(1, 2)] })).not.toHaveProperty("restartsInStep");
    });

    it.each<{ case: string; args: PodArgs }>([
        { case: "its readiness probe fails", args: { ready: false } },
        { case: "its end is decided, while its containers still answer", args: { metadata: { deletionTimestamp: ago(0) } } },
        { case: "it has no conditions yet", args: { status: { conditions: undefined } } },
    ])("is not ready when $case", async ({ args }) => {
        const found = await read(args);
        expect(found?.ready).toBe(false);
        expect(found).not.toHaveProperty("readySinceSeconds");
    });

    it.each<{ case: string; args: PodArgs; reason: string | undefined }>([
        { case: "nothing", args: {}, reason: undefined },
        { case: "a crash loop", args: { containers: [container(5, 1, "CrashLoopBackOff")] }, reason: "CrashLoopBackOff" },
        { case: "a start under way", args: { containers: [container(0, undefined, "ContainerCreating")] }, reason: "ContainerCreating" },
        {
            case: "the worse of two",
            args: { containers: [container(0, undefined, "PodInitializing")], initContainers: [container(3, 1, "CrashLoopBackOff")] },
            reason: "CrashLoopBackOff",
        },
        { case: "an eviction", args: { status: { phase: "Failed", reason: "Evicted", containerStatuses: [] } }, reason: "Evicted" },
        {
            case: "no place on any node",
            args: { status: { phase: "Pending", containerStatuses: [], conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }] } },
            reason: "Unschedulable",
        },
    ])("says what keeps a pod from running: $case", async ({ args, reason }) => {
        expect((await read(args))?.waitingReason).toBe(reason);
    });

    it.each([
        { requests: ["250m", "1"], cores: 1.25 },
        { requests: [undefined], cores: 0 },
        { requests: ["1500000n", "0.5"], cores: 0.5015 },
    ])("adds up what its containers request: $requests", async ({ requests, cores }) => {
        expect((await read({ requests }))?.cpuRequestCores).toBeCloseTo(cores, 9);
    });

    it("is not guessed", async () => {
        await server.answer(() => ({ status: 200, body: { items: [pod()], metadata: { continue: "more" } }, date }));
        await expect(state().pods("v2")).rejects.toThrow("the API server gave 1 pods of v2, and not all of them");
        server.stop();
        await server.answer(() => ({ status: 200, body: { items: [pod()] }, date: null }));
        await expect(state().pods("v2")).rejects.toThrow("the API server's answer had no date");
        server.stop();
        await server.answer(() => ({ status: 200, body: { items: [pod({ requests: ["much"] })] }, date }));
        await expect(state().pods("v2")).rejects.toThrow("'much' is no quantity of Kubernetes");
        server.stop();
        await expect(state().pods("v2")).rejects.toThrow("ECONNREFUSED");
    });

    it("comes with the API server's time", async () => {
        await server.answer(() => ({ status: 200, body: { gitVersion: "v1.36.3" }, date }));
        expect(await state().serverNow()).toEqual(new Date(now));
    });
});

describe("the state of an autoscaler", () => {
    let server: FakeApiServer;
    const conditions = [
        { type: "AbleToScale", status: "True", reason: "ReadyForNewScale" },
        { type: "ScalingActive", status: "True", reason: "ValidMetricFound" },
        { type: "ScalingLimited", status: "False", reason: "DesiredWithinRange" },
    ];
    const fine = { metadata: { generation: 1 }, spec: { minReplicas: 3, maxReplicas: 10 }, status: { currentReplicas: 4, desiredReplicas: 5, conditions } };
    const read = async (body: object): Promise<AutoscalerState | undefined> => {
        await server.answer(() => ({ status: 200, body, date }));
        return clusterState({ keys: labelKeys, api: apiServer({ kubeContext: "lab" }), namespace: "prod", service: "api" }).autoscaler("v2");
    };
    const withCondition = (condition: object, status: object = {}) => ({
        ...fine,
        status: { ...fine.status, ...status, conditions: [...conditions.filter(({ type }) => !("type" in condition) || type !== condition.type), condition] },
    });

    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    it("has no problem when its conditions say so", async () => {
        expect(await read(fine)).toEqual({ minimum: 3, maximum: 10, current: 4, desired: 5, problems: [] });
        expect(server.requests.map(({ url }) => url)).toEqual(["/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers/api-v2"]);
    });

    it.each<{ case: string; body: object; problems: readonly string[] }>([
        {
            case: "can't scale",
            body: withCondition({ type: "AbleToScale", status: "False", reason: "FailedGetScale", message: "not found" }),
            problems: ["AbleToScale is False (FailedGetScale: not found)"],
        },
        {
            case: "has no metrics",
            body: withCondition({ type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric", message: "no metrics" }),
            problems: ["ScalingActive is False (FailedGetResourceMetric: no metrics)"],
        },
        { case: "does not know", body: withCondition({ type: "ScalingActive", status: "Unknown" }), problems: ["ScalingActive is Unknown"] },
        {
            case: "is at its maximum and wants more",
            body: withCondition({ type: "ScalingLimited", status: "True", reason: "TooManyReplicas" }, { desiredReplicas: 10 }),
            problems: ["it is at its maximum, 10, and wants more"],
        },
        {
            case: "is kept at its minimum, as it should be",
            body: withCondition({ type: "ScalingLimited", status: "True", reason: "TooFewReplicas" }),
            problems: [],
        },
        {
            case: "was not looked at yet",
            body: { ...fine, status: { currentReplicas: 0, desiredReplicas: 0 } },
            problems: ["AbleToScale is not known yet", "ScalingActive is not known yet"],
        },
        {
            case: "was changed since",
            body: { ...fine, metadata: { generation: 2 }, status: { ...fine.status, observedGeneration: 1 } },
            problems: ["its status is from before its last change"],
        },
    ])("names its problems when it $case", async ({ body, problems }) => {
        expect((await read(body))?.problems).toEqual(problems);
    });

    it("is undefined where there is none, and throws where nobody can tell", async () => {
        await server.answer(() => ({ status: 404, body: {} }));
        const state = clusterState({ keys: labelKeys, api: apiServer({ kubeContext: "lab" }), namespace: "prod", service: "api" });
        expect(await state.autoscaler("v2")).toBeUndefined();
        server.stop();
        await expect(state.autoscaler("v2")).rejects.toThrow();
    });
});
