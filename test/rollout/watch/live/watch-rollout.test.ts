import { describe, expect, it } from "vitest";

import type { LeaseAnswer } from "../../../../rollout/watch/live/lease.ts";
import type { RollBack, RollBackResult } from "../../../../rollout/route/live/writer.ts";
import type { SessionDraft } from "../../../../rollout/cli/recording.ts";
import type { Session } from "../../../../rollout/cli/session.ts";
import type { Examination, LiveStep, WatchEnd, WatchStatus } from "../../../../rollout/watch/live/watcher.ts";
import { type WatchTools, watchRollout } from "../../../../rollout/watch/live/watch-rollout.ts";
import type { Verdict } from "../../../../rollout/gate/verdict.ts";
import { scheduleFor } from "../../../../rollout/plan/schedule.ts";
import { evidence } from "../../ledger/arbitraries.ts";
import { candidate, judgement, stable } from "./watcher-world.ts";
import { plan } from "../../../../service/plan.ts";
import { profile } from "../../../../service/profile.ts";

/** A session and tools that write down what is asked of them. Nothing here takes longer than a few milliseconds. */
class Wiring {
    readonly records: Omit<SessionDraft, "actor">[] = [];
    readonly told: string[] = [];
    readonly reported: WatchStatus[] = [];
    readonly rollBacks: RollBack[] = [];
    readonly stop = new AbortController();
    readonly opened: string[] = [];
    results: RollBackResult[] = [{ kind: "rolled-back", fromPercent: 10, attempts: 1, tookMs: 3 }];
    gate: Verdict = "pass";
    atOnce: Verdict = "pass";
    answer: LeaseAnswer = { kind: "held", until: "2026-01-01T00:00:15Z" };
    alarmAfterMs: number | undefined;

    async watch(): Promise<WatchEnd> {
        const session = {
            target: { profile, gates: { kind: "full" }, namespace: "prod", service: "api", metrics: { scrapeIntervalSeconds: 0.01 } },
            schedule: scheduleFor(plan, { timeScale: 0.000_001, environment: "lab" }),
            cluster: {
                readStep: () =>
                    Promise.resolve({
                        kind: "found",
                        present: { record: { kind: "rolling", stable, candidate, weightPercent: 10 }, routedPercent: 10 },
                        clock: { kind: "known", enteredAt: "2026-01-01T00:00:00Z", now: "2026-01-01T00:10:00Z", soakedSeconds: 0.001 },
                    }),
            },
            route: {
                rollBack: (of: RollBack) => {
                    this.rollBacks.push(of);
                    const [first, ...others] = this.results;
                    this.results = others.length === 0 ? this.results : others;
                    return Promise.resolve(first);
                },
            },
            ledger: {
                append: (draft: SessionDraft) => {
                    this.records.push(draft);
                    return Promise.resolve({ warnings: [] });
                },
            },
            actor: () => Promise.resolve({ identity: "test", verified: false }),
        } as unknown as Session;
        const tools: WatchTools = {
            observer: {
                examine: () =>
                    Promise.resolve<Examination>({
                        evidence: { ...evidence, candidate: evidence.stable },
                        gate: judgement(this.gate),
                        atOnce: judgement(this.atOnce),
                    }),
                close: () => {
                    this.opened.push("observer closed");
                    return Promise.resolve();
                },
            },
            lease: {
                acquire: () => Promise.resolve(this.answer),
                release: () => {
                    this.opened.push("lease given up");
                    return Promise.resolve();
                },
            },
            startAlarm: (_step, raise) => {
                const timer =
                    this.alarmAfterMs === undefined
                        ? undefined
                        : setTimeout(() => {
                              raise({ reason: "6 of 8 requests failed", counted: "failed", bad: 6, of: 8 });
                          }, this.alarmAfterMs);
                return {
                    stop: () => {
                        clearTimeout(timer);
                        this.opened.push("alarm stopped");
                        return Promise.resolve();
                    },
                    sight: () => ({ kind: "sees", pods: 1, of: 1, gateway: false }),
                };
            },
        };
        return watchRollout({
            session,
            holder: "test",
            report: (status) => {
                this.reported.push(status);
            },
            warn: (line) => {
                this.told.push(`warning: ${line}`);
            },
            announcer: {
                look: () => undefined,
                rolledBack: (_step: LiveStep, reason) => {
                    this.told.push(`rolled back: ${reason}`);
                },
                failed: (_step: LiveStep, reason, usersAffected) => {
                    this.told.push(`failed, users ${usersAffected ? "affected" : "not affected"}: ${reason}`);
                },
                ended: (end) => {
                    this.told.push(`ended: ${end.kind}`);
                },
            },
            leaveWhenReady: () => Promise.resolve(true),
            stop: this.stop.signal,
            tools,
        });
    }
}

const lost: RollBackResult = { kind: "failed", reason: "the API server gave no answer within 5000 ms", refused: false, tookMs: 5_000 };
const forbidden: RollBackResult = { kind: "failed", reason: "HTTP 403", refused: true, tookMs: 5 };

describe("a watched rollout", () => {
    it("that is ready writes one verdict with its grounds, and closes everything", async () => {
        const wiring = new Wiring();
        expect(await wiring.watch()).toMatchObject({ kind: "ready" });
        expect(wiring.records).toMatchObject([{ kind: "verdict", rollout: { from: 10, to: 10 }, judgement: { verdict: "pass" } }]);
        expect(wiring.opened.toSorted()).toEqual(["alarm stopped", "lease given up", "observer closed"]);
        expect(wiring.reported.at(-1)).toMatchObject({ decision: { kind: "ready" }, alarm: { kind: "sees" } });
    });

    it.each([
        { by: "a criterion", alarmAfterMs: undefined, atOnce: "rollback", reason: "error-ratio: as told", cause: undefined },
        {
            by: "the alarm",
            alarmAfterMs: 0,
            atOnce: "pass",
            reason: "6 of 8 requests failed",
            cause: { kind: "alarm", counted: "failed", bad: 6, of: 8, criteria: ["error-ratio-at-once"] },
        },
    ] as const)("that $by rolls back writes one record with its cause, and sends one message", async ({ alarmAfterMs, atOnce, reason, cause }) => {
        const wiring = new Wiring();
        wiring.gate = "hold";
        wiring.alarmAfterMs = alarmAfterMs;
        wiring.atOnce = atOnce;
        expect(await wiring.watch()).toMatchObject({ kind: "rolled-back", reason, timing: {} });
        expect(wiring.records).toMatchObject([
            { kind: "rolled-back", text: reason, rollout: { from: 10, to: 0 }, movedInSeconds: expect.any(Number) as number },
        ]);
        expect(wiring.records.map((record): unknown => Reflect.get(record, "cause"))).toEqual([cause]);
        expect(wiring.told).toEqual([`rolled back: ${reason}`, "ended: rolled-back"]);
        expect(wiring.rollBacks).toMatchObject([{ namespace: "prod", name: "api", reason }]);
    });

    it.each([
        { what: "another one was quicker", results: [{ kind: "already", sameReason: true, tookMs: 3 }], own: false },
        { what: "its own first attempt had arrived", results: [lost, { kind: "already", sameReason: true, tookMs: 3 }], own: true },
        { what: "its first attempt was lost and another one was quicker", results: [lost, { kind: "already", sameReason: false, tookMs: 3 }], own: false },
    ] as const)("is written down by the watcher that did it, once, where $what", async ({ results, own }) => {
        const wiring = new Wiring();
        wiring.atOnce = "rollback";
        wiring.results = [...results];
        expect(await wiring.watch()).toMatchObject({ kind: "rolled-back" });
        expect(wiring.records.length).toBe(own ? 1 : 0);
        expect(wiring.told).toEqual([...(own ? ["rolled back: error-ratio: as told"] : []), "ended: rolled-back"]);
    });

    it("that was rolled back while the testers' route stays is rolled back all the same, with one warning", async () => {
        const wiring = new Wiring();
        wiring.atOnce = "rollback";
        wiring.results = [{ kind: "rolled-back", fromPercent: 10, attempts: 1, tookMs: 3, testersStay: "testers may still reach the candidate: 403" }];
        expect(await wiring.watch()).toMatchObject({ kind: "rolled-back" });
        expect(wiring.told).toEqual(["warning: testers may still reach the candidate: 403", "rolled back: error-ratio: as told", "ended: rolled-back"]);
        expect([wiring.records.length, wiring.rollBacks.length]).toEqual([1, 1]);
    });

    it("that is about another rollout by now is not said to be rolled back", async () => {
        const wiring = new Wiring();
        wiring.atOnce = "rollback";
        wiring.results = [{ kind: "overtaken", reason: "v1-1-0 is the stable revision now", tookMs: 3 }];
        expect(await wiring.watch()).toMatchObject({ kind: "nothing" });
        expect([wiring.records, wiring.told]).toEqual([[], ["ended: nothing"]]);
    });

    it.each([
        { speaks: "speaks", answer: { kind: "held", until: "" }, messages: 1 },
        { speaks: "stands by", answer: { kind: "elsewhere", holder: "pod", until: "", sees: true }, messages: 0 },
    ] as const)("that can't be rolled back ends as failed, and a watcher that $speaks sends $messages message of it", async ({ answer, messages }) => {
        const wiring = new Wiring();
        wiring.atOnce = "rollback";
        wiring.answer = answer;
        wiring.results = [forbidden];
        const end = await wiring.watch();
        expect(end).toMatchObject({ kind: "failed", rollbackDue: true, reason: expect.stringContaining("NOT rolled back") as string });
        expect(wiring.told.filter((line) => line.startsWith("failed, users affected"))).toHaveLength(messages);
        expect(wiring.records).toEqual([]);
    });

    it("that is stopped while a rollback is tried again ends as failed, after the attempt that is under way", async () => {
        const wiring = new Wiring();
        wiring.atOnce = "rollback";
        wiring.results = [lost];
        setTimeout(() => {
            wiring.stop.abort();
        }, 300);
        expect(await wiring.watch()).toMatchObject({ kind: "failed", reason: expect.stringContaining("was stopped") as string });
        expect(wiring.rollBacks.length).toBeLessThan(4);
        expect(wiring.rollBacks.every(({ stillWanted }) => stillWanted?.() === false)).toBe(true);
    });
});
