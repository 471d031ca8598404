import { describe, expect, it } from "vitest";

import { deliveryFigures } from "../../../rollout/report/delivery.ts";
import { Story, failedRelease, goodRelease, overriddenRelease, revision } from "./fixture.ts";

describe("the figures of delivery", () => {
    it.each([
        {
            what: "a good release",
            story: goodRelease,
            figures: { rollouts: 1, finished: 1, leadTimeSeconds: { value: 205 * 60 }, changeFailureRatio: { value: 0 }, restoreSeconds: { kind: "missing" } },
        },
        {
            what: "a release that was rolled back: restored two minutes and four seconds after the first breach on record",
            story: failedRelease,
            figures: { rollouts: 1, finished: 0, leadTimeSeconds: { kind: "missing" }, changeFailureRatio: { value: 1 }, restoreSeconds: { value: 124 } },
        },
        {
            what: "a rollout that is not over",
            story: overriddenRelease,
            figures: {
                rollouts: 0,
                finished: 0,
                leadTimeSeconds: { kind: "missing" },
                changeFailureRatio: { kind: "missing", reason: "no rollout is over yet" },
            },
        },
        {
            what: "a rollback that no breach on record came before",
            story: () => new Story().declare(revision("v2")).forward(10).wait(5).rollBack({ errorRatio: 0.3 }),
            figures: { restoreSeconds: { kind: "observed", value: 4 } },
        },
        {
            what: "a breach that passed again by itself, before the one that was rolled back",
            story: () => {
                const story = new Story().declare(revision("v2")).forward(10).wait(9);
                story.look({ errorRatio: 0.02 });
                story.wait(2).look();
                return story.wait(1).rollBack({ errorRatio: 0.3 });
            },
            figures: { restoreSeconds: { kind: "observed", value: 4 } },
        },
    ])("come from the ledger: $what", ({ story, figures }) => {
        expect(deliveryFigures(story().records)).toMatchObject(figures);
    });

    it("count the lead time from the commit, where git knows when it was made", () => {
        const { records } = goodRelease();
        const finishedAt = Date.parse(records.find(({ kind }) => kind === "finished")?.at ?? "");
        const committedAt = new Date(finishedAt - 86_400_000).toISOString();

        expect(deliveryFigures(records, new Map([["1f0c2a9", committedAt]]))).toMatchObject({ leadTimeSeconds: { value: 86_400 }, leadsFromCommit: 1 });
        expect(deliveryFigures(records, new Map([["another", committedAt]]))).toMatchObject({ leadTimeSeconds: { value: 205 * 60 }, leadsFromCommit: 0 });
    });

    it("take the median of several rollouts", () => {
        const story = failedRelease();
        story.wait(60).declare(revision("v1-1-1")).forward(10).wait(5).rollBack({ errorRatio: 0.3 });
        expect(deliveryFigures(story.records)).toMatchObject({ rollouts: 2, changeFailureRatio: { value: 1 }, restoreSeconds: { value: (124 + 4) / 2 } });
    });
});
