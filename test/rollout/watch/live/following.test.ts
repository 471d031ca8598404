import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";

import { codeOf, endText, followRollout } from "../../../../rollout/cli/commands/watch.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { follow } from "../../../../rollout/watch/live/following.ts";
import { Output } from "../../../../rollout/cli/output.ts";
import type { Session } from "../../../../rollout/cli/session.ts";
import { stopSignals } from "../../../../rollout/cli/stop-signals.ts";
import { WatcherMetrics } from "../../../../rollout/watch/live/watcher-metrics.ts";
import { type WatchEnd, watch } from "../../../../rollout/watch/live/watcher.ts";
import { scheduleFor } from "../../../../rollout/plan/schedule.ts";
import { WatcherWorld, step } from "./watcher-world.ts";
import { plan } from "../../../../service/plan.ts";

const nothing: WatchEnd = { kind: "nothing", why: "no candidate" };
const failed: WatchEnd = { kind: "failed", reason: "errors. NOT rolled back: HTTP 403", step: step(25, 60), rollbackDue: true };
const rolledBack: WatchEnd = { kind: "rolled-back", reason: "errors" };

describe("watching for good", () => {
    it("pauses longer after each failure in a row, and watches on", async () => {
        const ends = [nothing, failed, failed, failed, failed, failed, failed, rolledBack, nothing];
        const pauses: number[] = [];
        const end = await follow({
            watch: () => Promise.resolve(ends.shift() ?? { kind: "stopped" }),
            ended: () => undefined,
            forever: true,
            stop: new AbortController().signal,
            pause: (milliseconds) => {
                pauses.push(milliseconds / 1_000);
                return Promise.resolve();
            },
        });
        expect([end, pauses]).toEqual([{ kind: "stopped" }, [2, 4, 8, 16, 32, 60, 60, 2, 2]]);
    });

    it.each([nothing, failed, rolledBack])("is not what a watch without --forever does: it ends as $kind", async (end) => {
        const ended: WatchEnd[] = [];
        const stop = new AbortController().signal;
        await follow({ watch: () => Promise.resolve(end), ended: (one) => void ended.push(one), forever: false, stop });
        expect(ended).toEqual([end]);
    });

    it("leaves no listener behind and asks for no lease, however many rounds find nothing to watch", async () => {
        const world = new WatcherWorld();
        world.reading = () => ({ kind: "nothing", why: "no candidate", rolledBack: false });
        const counts: number[] = [];
        const following = follow({
            watch: () => {
                counts.push(getEventListeners(world.stop.signal, "abort").length);
                return watch(world, { everyMs: 1_000, leaveWhenReady: () => Promise.resolve(false), stop: world.stop.signal });
            },
            ended: () => {
                if (counts.length === 200) {
                    world.stop.abort();
                }
            },
            forever: true,
            stop: world.stop.signal,
            pause: async () => Promise.resolve(),
        });
        await following;
        expect([counts.length, Math.max(...counts)]).toEqual([200, 0]);
        expect(world.deeds.filter(({ did }) => did === "lease")).toEqual([]);
    });

    it("leaves no listener behind after pauses of the real time", async () => {
        vi.useFakeTimers({ toFake: ["setTimeout"] });
        try {
            const stop = new AbortController();
            const counts: number[] = [];
            const following = follow({
                watch: () => {
                    counts.push(getEventListeners(stop.signal, "abort").length);
                    setImmediate(() => {
                        stop.abort();
                    });
                    return Promise.resolve(nothing);
                },
                ended: () => undefined,
                forever: true,
                stop: stop.signal,
            });
            await following;
            expect(Math.max(...counts)).toBe(0);
            expect(getEventListeners(stop.signal, "abort")).toEqual([]);
        } finally {
            vi.useRealTimers();
        }
    });
});

describe("rollout watch", () => {
    const session = {
        target: { namespace: "prod", service: "api", environment: "lab", profile: { plan } },
        schedule: scheduleFor(plan, { timeScale: 1, environment: "lab" }),
    } as unknown as Session;

    async function watched(ends: WatchEnd[], forever: boolean): Promise<{ readonly end: WatchEnd; readonly said: string; readonly metrics: string }> {
        const metrics = new WatcherMetrics(session.schedule);
        const lines: string[] = [];
        const output = new Output(false);
        output.warn = (line) => void lines.push(`warning: ${line}`);
        output.progress = (line) => void lines.push(line);
        const end = await followRollout({
            session,
            output,
            metrics,
            stop: new AbortController().signal,
            keep: forever,
            forever,
            watchOnce: ({ report }) => {
                report({ step: step(25, 60), decision: { kind: "soaking", secondsLeft: 60 }, alarm: { kind: "blind", sinceSeconds: 42, reason: "no route" } });
                return Promise.resolve(ends.shift() ?? { kind: "stopped" });
            },
            pause: () => Promise.resolve(),
        });
        return { end, said: lines.join("\n"), metrics: await metrics.text() };
    }

    it("goes on after a failure with --forever, says so, and shows it in its metrics until a look wants no rollback", async () => {
        const { end, said } = await watched([failed, nothing], true);
        expect(end).toEqual({ kind: "stopped" });
        expect(said).toContain("warning: failed: errors. NOT rolled back: HTTP 403");
        const { metrics } = await watched([failed], false);
        expect(metrics).toMatch(/^rollout_rollback_failed 1$/m);
        expect(metrics).toMatch(/^rollout_verdict\{verdict="rollback"\} 1$/m);
        expect((await watched([failed, { kind: "stopped" }], true)).metrics).toMatch(/^rollout_rollback_failed 0$/m);
    });

    it("shows what the alarm can't read, in the status and in the metrics", async () => {
        const { said, metrics } = await watched([{ kind: "stopped" }], false);
        expect(said).toMatch(/the alarm reads nothing since 42 s: no route/);
        expect(metrics).toMatch(/^rollout_alarm_blind_seconds 42$/m);
    });

    it.each([
        { end: nothing, code: exitCode.done },
        { end: rolledBack, code: exitCode.rolledBack },
        { end: failed, code: exitCode.error },
        { end: { kind: "stopped" } as const, code: exitCode.hold },
    ])("ends with code $code when it ends as $end.kind, and says why", ({ end, code }) => {
        expect(codeOf(end)).toBe(code);
        expect(endText(end)).toContain("reason" in end ? end.reason : "");
    });
});

describe("a wish to stop", () => {
    it("is taken from a signal until it is released, and leaves the process as it was", () => {
        const before = process.listenerCount("SIGTERM");
        const stop = stopSignals();
        expect(process.listenerCount("SIGTERM")).toBe(before + 1);
        process.emit("SIGTERM");
        expect([stop.signal.aborted, process.listenerCount("SIGTERM"), process.listenerCount("SIGINT")]).toEqual([
            true,
            before,
            process.listenerCount("SIGINT"),
        ]);
        const other = stopSignals();
        other.release();
        expect([other.signal.aborted, process.listenerCount("SIGTERM")]).toEqual([false, before]);
    });
});
