import { describe, expect, it } from "vitest";

import type { EngineOutcome } from "../../../rollout/cli/engine.ts";
import { type Position, type RunParts, type WatchedStep, run } from "../../../rollout/cli/run.ts";
import type { Obstacle } from "../../../rollout/gate/conditions/condition.ts";
import type { Weight } from "../../../rollout/plan/plan.ts";
import { plan } from "../../../service/plan.ts";

const approvals: Obstacle = { id: "approvals", liftable: true, notEvaluated: false, problem: "tech-lead has not approved", fix: "rollout approve" };
const updated: EngineOutcome = { kind: "updated", seconds: 3 };

/** A rollout whose steps all pass, unless a test says otherwise. */
class World implements RunParts {
    readonly plan = plan;
    at: Weight = 0;
    seconds = 0;
    readonly moves: Weight[] = [];
    readonly said: string[] = [];
    reconciled = 0;
    inTheWay: () => readonly Obstacle[] = () => [];
    end: (leave: () => Promise<boolean>) => Promise<WatchedStep> = async (leave) => {
        while (!(await leave())) {
            this.seconds += 1;
        }
        return { kind: "ready" };
    };
    onMove: (weightPercent: Weight) => EngineOutcome = () => updated;
    where: () => Position = () => ({ kind: "rolling", weightPercent: this.at });

    readonly position = () => Promise.resolve(this.where());
    readonly obstacles = () => Promise.resolve(this.inTheWay());
    readonly watch = async (leave: () => Promise<boolean>) => this.end(leave);
    readonly move = (weightPercent: Weight) => {
        this.moves.push(weightPercent);
        const outcome = this.onMove(weightPercent);
        this.at = outcome.kind === "updated" ? weightPercent : this.at;
        return Promise.resolve(outcome);
    };
    readonly reconcile = () => {
        this.reconciled += 1;
        return Promise.resolve(updated);
    };
    readonly say = (line: string) => {
        this.said.push(line);
    };
    readonly nowSeconds = () => this.seconds;
    stopped = false;
    readonly isStopped = () => this.stopped;
    readonly pause = (seconds: number) => {
        this.seconds += seconds;
        return Promise.resolve();
    };
}

describe("an unattended run", () => {
    it("takes every step of the plan in order, and ends at the weight that was asked for", async () => {
        const world = new World();
        expect(await run(world, { until: 100, waitSeconds: 0 })).toEqual({ kind: "done", weightPercent: 100 });
        expect(world.moves).toEqual([10, 25, 50, 100]);
    });

    it("goes no further than it was told", async () => {
        const world = new World();
        expect(await run(world, { until: 25, waitSeconds: 0 })).toEqual({ kind: "done", weightPercent: 25 });
        expect(world.moves).toEqual([10, 25]);
    });

    it("goes on from where the rollout stands", async () => {
        const world = new World();
        world.at = 25;
        await run(world, { until: 100, waitSeconds: 0 });
        expect(world.moves).toEqual([50, 100]);
    });

    it("ends, reconciled, when a step is rolled back", async () => {
        const world = new World();
        const passing = world.end;
        world.end = async (leave) => (world.at === 25 ? { kind: "rolled-back", reason: "errors" } : passing(leave));
        expect(await run(world, { until: 100, waitSeconds: 0 })).toEqual({ kind: "rolled-back", reason: "errors", reconciled: updated });
        expect([world.moves, world.reconciled]).toEqual([[10, 25], 1]);
    });

    it.each([
        { end: { kind: "failed", reason: "NOT rolled back: HTTP 403" }, reason: "NOT rolled back: HTTP 403" },
        { end: { kind: "nothing", why: "it was withdrawn" }, reason: "it was withdrawn" },
    ] as const)("ends as failed, and goes no further, when its watch ends as $end.kind", async ({ end, reason }) => {
        const world = new World();
        world.at = 10;
        world.end = () => Promise.resolve(end);
        expect(await run(world, { until: 100, waitSeconds: 0 })).toEqual({ kind: "failed", reason });
        expect([world.moves, world.reconciled]).toEqual([[], 0]);
    });

    it("waits for approvals while the step goes on being watched, and goes on when they come", async () => {
        const world = new World();
        world.inTheWay = () => (world.at === 25 && world.seconds < 60 ? [approvals] : []);
        expect(await run(world, { until: 50, waitSeconds: 100 })).toEqual({ kind: "done", weightPercent: 50 });
        expect(world.said).toContain("waiting: tech-lead has not approved");
    });

    it("holds, and moves nothing, when approvals don't come in time", async () => {
        const world = new World();
        world.inTheWay = () => [approvals];
        expect(await run(world, { until: 100, waitSeconds: 10 })).toMatchObject({ kind: "held", weightPercent: 0, obstacles: [{ id: "approvals" }] });
        expect([world.moves, world.seconds]).toEqual([[], 10]);
    });

    describe("whose move the guard refuses, though nothing seemed to stand in its way,", () => {
        const refusal: EngineOutcome = { kind: "refused", by: "guard", reason: "rollout refused: 254 more requests needed" };

        it.each([0, 25] as const)("holds at %s % when it has no time to wait", async (at) => {
            const world = new World();
            world.at = at;
            world.onMove = () => refusal;
            expect(await run(world, { until: 100, waitSeconds: 0 })).toMatchObject({
                kind: "held",
                weightPercent: at,
                obstacles: [{ problem: refusal.reason }],
            });
            expect(world.moves).toHaveLength(1);
        });

        it.each([0, 25] as const)("waits at %s % and asks again, until the guard agrees", async (at) => {
            const world = new World();
            world.at = at;
            world.onMove = () => (world.moves.length < 3 ? refusal : updated);
            expect(await run(world, { until: at === 0 ? 10 : 50, waitSeconds: 100 })).toMatchObject({ kind: "done" });
            expect(world.moves).toHaveLength(3);
            expect(world.said).toContain(`waiting: ${refusal.reason}`);
        });

        it("holds when the guard goes on refusing for all of the time that it may wait, approvals included", async () => {
            const world = new World();
            world.inTheWay = () => (world.seconds < 60 ? [approvals] : []);
            world.onMove = () => refusal;
            expect(await run(world, { until: 100, waitSeconds: 100 })).toMatchObject({ kind: "held", weightPercent: 0, obstacles: [{ id: "guard" }] });
            expect(world.seconds).toBe(100);
        });

        it("goes back, and does not ask again, when the step is rolled back while it waits", async () => {
            const world = new World();
            const passing = world.end;
            world.at = 25;
            world.onMove = () => refusal;
            world.end = async (leave) => (world.moves.length === 0 ? passing(leave) : { kind: "rolled-back", reason: "errors" });
            expect(await run(world, { until: 100, waitSeconds: 100 })).toMatchObject({ kind: "rolled-back", reason: "errors" });
            expect(world.moves).toHaveLength(1);
        });

        it("has the whole time again at the next step", async () => {
            const world = new World();
            world.inTheWay = () => (world.seconds < 90 ? [approvals] : []);
            world.onMove = (weight) => (weight === 25 && world.seconds < 170 ? refusal : updated);
            expect(await run(world, { until: 25, waitSeconds: 100 })).toEqual({ kind: "done", weightPercent: 25 });
        });
    });

    it("does not wait for a stack config that is wrong to become right", async () => {
        const world = new World();
        world.onMove = () => ({ kind: "refused", by: "config", reason: "The stack config has 1 problem." });
        expect(await run(world, { until: 100, waitSeconds: 100 })).toMatchObject({ kind: "held", obstacles: [{ problem: "The stack config has 1 problem." }] });
        expect([world.moves.length, world.seconds]).toEqual([1, 0]);
    });

    it.each([
        { position: { kind: "no-candidate" }, end: { kind: "failed" } },
        { position: { kind: "unknown", reason: "connection refused" }, end: { kind: "failed", reason: "connection refused" } },
        { position: { kind: "rolled-back", reason: "errors" }, end: { kind: "rolled-back", reason: "errors" } },
    ] as const)("moves nothing when the rollout is $position.kind", async ({ position, end }) => {
        const world = new World();
        world.where = () => position;
        expect(await run(world, { until: 100, waitSeconds: 0 })).toMatchObject(end);
        expect(world.moves).toEqual([]);
    });

    it("ends with an error, and not with a guess, when the engine fails", async () => {
        const world = new World();
        world.onMove = () => ({ kind: "failed", reason: "locked" });
        expect(await run(world, { until: 100, waitSeconds: 0 })).toEqual({ kind: "failed", reason: "locked" });
    });
});

describe("a run that a person stops", () => {
    it.each([
        { what: "before it begins", prepare: (world: World) => (world.stopped = true), moves: [] },
        {
            what: "while it waits in the dark",
            prepare: (world: World) => {
                world.inTheWay = () => {
                    world.stopped = true;
                    return [approvals];
                };
            },
            moves: [],
        },
        {
            what: "while it watches",
            prepare: (world: World) => {
                world.at = 10;
                world.end = () => Promise.resolve({ kind: "stopped" });
            },
            moves: [],
        },
        {
            what: "while the engine is at work",
            prepare: (world: World) => {
                world.onMove = () => {
                    world.stopped = true;
                    return { kind: "failed", reason: "cancelled" };
                };
            },
            moves: [10],
        },
        {
            what: "while the engine is at work, which gets done",
            prepare: (world: World) => {
                world.onMove = () => {
                    world.stopped = true;
                    return updated;
                };
            },
            moves: [10],
        },
    ])("takes no further step: $what", async ({ prepare, moves }) => {
        const world = new World();
        prepare(world);
        expect(await run(world, { until: 100, waitSeconds: 1_000 })).toEqual({ kind: "stopped" });
        expect(world.moves).toEqual(moves);
    });
});
