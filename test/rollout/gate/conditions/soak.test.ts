import { describe, expect, it } from "vitest";

import type { TimedRoute } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { soak } from "../../../../rollout/gate/conditions/soak.ts";
import { exactSeconds } from "../../../../rollout/plan/duration.ts";
import { scheduleFor } from "../../../../rollout/plan/schedule.ts";
import { rolling, steady } from "../../arbitraries.ts";
import { liveFor, move, question, unreachable } from "./moves.ts";
import { plan } from "../../../../service/plan.ts";

const minute = 60;

describe("a soak", () => {
    it.each([
        { soaked: 0, left: "canary (10 %) has lasted 0 s of 15 min, 15 min left" },
        { soaked: 12 * minute + 3, left: "canary (10 %) has lasted 12 min 3 s of 15 min, 2 min 57 s left" },
        { soaked: 15 * minute - 1, left: "canary (10 %) has lasted 14 min 59 s of 15 min, 1 s left" },
    ])("of $soaked s is not over, and says how much is left", async ({ soaked, left }) => {
        const { obstacles } = await soak(scheduleFor(plan, { timeScale: 1, environment: "prod" }))(question({ live: liveFor(soaked) }));
        expect(obstacles).toEqual([
            { id: "soak", liftable: true, notEvaluated: false, problem: left, fix: "wait until the soak is over, then run the command again" },
        ]);
    });

    it.each([15 * minute, 15 * minute + 1, 31 * minute])("of %i s is over", async (soaked) => {
        const finding = await soak(scheduleFor(plan, { timeScale: 1, environment: "prod" }))(question({ live: liveFor(soaked) }));
        expect(finding).toEqual({ obstacles: [], summary: `soak ${exactSeconds(soaked)} of 15 min` });
    });

    it("is as much shorter as the stack's time scale says", async () => {
        const scaled = soak(scheduleFor(plan, { timeScale: 0.01, environment: "lab" }));
        expect((await scaled(question({ live: liveFor(8) }))).obstacles).toMatchObject([{ problem: "canary (10 %) has lasted 8 s of 9 s, 1 s left" }]);
        expect((await scaled(question({ live: liveFor(9) }))).obstacles).toEqual([]);
    });

    it("before the finish is that of the last step", async () => {
        const finish = { ...move, from: 100, to: "finished" } as const;
        const { obstacles } = await soak(scheduleFor(plan, { timeScale: 1, environment: "prod" }))(
            question({ move: finish, live: liveFor(minute, rolling(100)) }),
        );
        expect(obstacles).toMatchObject([{ problem: "full (100 %) has lasted 1 min of 2 h, 1 h 59 min left" }]);
    });

    it.each<{ what: string; live: TimedRoute; why: string }>([
        { what: "the API server can't be reached", live: unreachable, why: "the live route can't be read: connect ECONNREFUSED 127.0.0.1:6443" },
        { what: "the record is damaged", live: { kind: "damaged", reason: "no record", revisions: [] }, why: "the live route can't be read: no record" },
        { what: "there is no route", live: { kind: "absent" }, why: "there is no route yet, so v2 from 10 % to 25 % leaves no step" },
        { what: "the candidate is not deployed", live: liveFor(3_600, steady()), why: "v2 is not at 10 % yet: deploy it there first" },
        { what: "another candidate is live", live: liveFor(3_600, rolling(10, "v3")), why: "v2 is not at 10 % yet: deploy it there first" },
        { what: "another step is live", live: liveFor(3_600, rolling(0)), why: "v2 is not at 10 % yet: deploy it there first" },
        {
            what: "the clock can't be read",
            live: { kind: "found", present: { record: rolling(10), routedPercent: 10 }, clock: { kind: "unknown", reason: "no date" } },
            why: "no date",
        },
    ])("is never over when $what", async ({ live, why }) => {
        const { obstacles } = await soak(scheduleFor(plan, { timeScale: 1, environment: "prod" }))(question({ live }));
        expect(obstacles).toMatchObject([
            { id: "soak", notEvaluated: true, problem: `it is not known for how long canary (10 %) has lasted, and it needs 15 min: ${why}` },
        ]);
    });
});
