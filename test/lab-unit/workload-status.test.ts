import { type V1Pod, loadYaml } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";

import { type Life, newLife } from "../../lab/workload/life.ts";
import { statusPatch } from "../../lab/workload/pod-status.ts";

/** A pod as kwok leaves it, and as the simulator may have changed it. */
const pod = (
    changes: { readonly ready?: boolean; readonly restarts?: number; readonly state?: string; readonly metadata?: string; readonly conditions?: string } = {},
): V1Pod =>
    loadYaml<V1Pod>(`
        kind: Pod
        apiVersion: v1
        metadata: { name: ranking-1, ${changes.metadata ?? ""} }
        spec: { containers: [{ name: api }] }
        status:
            conditions: [${changes.conditions ?? ""}]
            containerStatuses:
                - { name: api, ready: ${String(changes.ready ?? true)}, restartCount: ${String(changes.restarts ?? 0)}, state: { ${changes.state ?? "running: {}"} } }
    `);

const running: Life = newLife(1_000);
const lastExit = { reason: "Error", exitCode: 1, startedAtMs: 1_000, finishedAtMs: 5_000 } as const;
const crashed: Life = { kind: "backing-off", untilMs: 9_000, restarts: 2, lastExit, nextBackOffMs: 8_000 };
const restarted: Life = { ...newLife(9_000, 3), ready: false, lastExit };

describe("the status of a pod", () => {
    it.each([
        { what: "runs as shown", shown: pod(), life: running },
        { what: "backs off as shown", shown: pod({ ready: false, restarts: 2, state: "waiting: { reason: CrashLoopBackOff }" }), life: crashed },
        { what: "is being deleted", shown: pod({ metadata: 'deletionTimestamp: "2026-01-01T00:00:00Z"' }), life: crashed },
    ])("stays as it is while the container $what", ({ shown, life }) => {
        expect(statusPatch(shown, life)).toBeUndefined();
    });

    it("says CrashLoopBackOff, not ready, and why the process ended", () => {
        expect(statusPatch(pod(), crashed)?.status).toMatchObject({
            conditions: [
                { type: "Ready", status: "False", reason: "ContainersNotReady", lastTransitionTime: "1970-01-01T00:00:05Z" },
                { type: "ContainersReady", status: "False" },
            ],
            containerStatuses: [
                {
                    name: "api",
                    ready: false,
                    restartCount: 2,
                    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 4s restarting failed container api" }, running: null },
                    lastState: { terminated: { reason: "Error", exitCode: 1, finishedAt: "1970-01-01T00:00:05Z" } },
                },
            ],
        });
    });

    it("keeps the time since when a condition has its value", () => {
        const shown = pod({ ready: false, restarts: 1, conditions: '{ type: Ready, status: "False" }' });
        const conditions = statusPatch(shown, crashed)?.status.conditions ?? [];
        expect(conditions.map((condition) => "lastTransitionTime" in condition)).toEqual([false, true]);
    });

    it("shows a restarted process that is not ready yet", () => {
        const patch = statusPatch(pod({ ready: false, restarts: 2, state: "waiting: {}" }), restarted);
        expect(patch?.status.conditions).toMatchObject([{ status: "False" }, { status: "False" }]);
        expect(patch?.status.containerStatuses).toMatchObject([
            {
                ready: false,
                restartCount: 3,
                state: { running: { startedAt: "1970-01-01T00:00:09Z" }, waiting: null },
                lastState: { terminated: { exitCode: 1 } },
            },
        ]);
    });

    it("becomes ready again, and takes the reasons away", () => {
        const patch = statusPatch(pod({ ready: false, restarts: 3 }), { ...restarted, ready: true });
        expect(patch?.status.conditions).toMatchObject([
            { type: "Ready", status: "True", reason: null, message: null },
            { type: "ContainersReady", status: "True", reason: null, message: null },
        ]);
    });

    it("is brought back by a simulator that was started anew while a pod was in a crash loop", () => {
        const shown = pod({ ready: false, restarts: 4, state: "waiting: { reason: CrashLoopBackOff }" });
        expect(statusPatch(shown, newLife(20_000, 4))?.status.containerStatuses).toMatchObject([{ ready: true, restartCount: 4 }]);
    });
});
