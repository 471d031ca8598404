import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { eventIn, pointsOf, requestIn } from "../../../examples/video-ranking/event.ts";
import { type Candidate, rank, trending } from "../../../examples/video-ranking/ranking.ts";

const candidate = (id: string, more: Partial<Candidate> = {}): Candidate => ({ id, title: id, creator: "one", popularity: 0, interest: 0, ...more });
const twenty = Array.from({ length: 20 }, (_, index) => candidate(`video-${String(index).padStart(2, "0")}`));
const ids = (videos: readonly { readonly id: string }[]): readonly string[] => videos.map(({ id }) => id);

const anyCandidates = fc.uniqueArray(
    fc.record({
        id: fc.string({ minLength: 1 }),
        title: fc.string(),
        creator: fc.string(),
        popularity: fc.double({ min: 0, max: 1e9, noNaN: true }),
        interest: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    }),
    { selector: ({ id }) => id, maxLength: 30 },
);

describe("a ranking", () => {
    it("differs by reader, and is the same for the same one", () => {
        expect(ids(rank(twenty, "user-1", "baseline"))).toEqual(ids(rank(twenty, "user-1", "baseline")));
        expect(ids(rank(twenty, "user-1", "baseline"))).not.toEqual(ids(rank(twenty, "user-2", "baseline")));
    });

    it("differs by model", () => {
        expect(ids(rank(twenty, "user-1", "baseline"))).not.toEqual(ids(rank(twenty, "user-1", "two-tower")));
    });

    it.each(["unheard-of", "", "toString", "constructor", "__proto__"])(
        "by a model that it does not know, such as '%s', has the baseline's weights",
        (model) => {
            for (const { score } of rank(twenty, "user-1", model)) {
                expect(score).toBeLessThanOrEqual(0.2);
            }
        },
    );

    it.each(["popularity", "interest"] as const)("puts a video higher with more %s", (what) => {
        const last = rank(twenty.slice(0, 10), "user-1", "baseline").at(-1)?.id ?? "";
        const more = twenty.slice(0, 10).map((one) => (one.id === last ? { ...one, [what]: 1_000 } : one));
        expect(rank(more, "user-1", "baseline")[0]?.id).toBe(last);
    });

    it("has scores from 0 to 1, in order, and at most ten videos, each once", () => {
        fc.assert(
            fc.property(anyCandidates, fc.string(), fc.string(), (candidates, reader, model) => {
                const ranked = rank(candidates, reader, model);
                const scores = ranked.map(({ score }) => score);
                expect(ranked.length).toBe(Math.min(10, candidates.length));
                expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
                expect(scores).toEqual(scores.toSorted((one, other) => other - one));
                expect(new Set(ids(ranked)).size).toBe(ranked.length);
            }),
        );
    });

    it("of what trends goes by popularity alone", () => {
        const list = [candidate("c", { popularity: 1 }), candidate("b", { popularity: 9, interest: -5 }), candidate("a", { interest: 99 })];
        expect(ids(trending(list))).toEqual(["b", "c", "a"]);
    });
});

describe("an engagement event", () => {
    const event = {
        id: "0c7a8f5e-3f0f-4f6e-9a55-5d0a0f9a7d11",
        user: "user-1",
        video: "video-001",
        kind: "like",
        revision: "v1",
        time: "2026-01-01T00:00:00.000Z",
    };

    it("is read from what the service writes", () => {
        expect(eventIn(JSON.stringify(event))).toEqual(event);
        expect(requestIn(JSON.stringify(event))).toEqual({ user: "user-1", video: "video-001", kind: "like" });
    });

    it.each(["", "{", "null", "[]", '{"user": "a"}', '{"user": "", "video": "b", "kind": "view"}', '{"user": "a", "video": "b", "kind": "buy"}'])(
        "is not in '%s'",
        (json) => {
            expect(requestIn(json)).toBeUndefined();
            expect(eventIn(json)).toBeUndefined();
        },
    );

    it("weighs more the more it asks of a user, and less than nothing where the user skips", () => {
        const points = (["share", "like", "view", "skip"] as const).map((kind) => pointsOf({ kind }));
        expect(points).toEqual(points.toSorted((one, other) => other - one));
        expect(points.at(-1)).toBeLessThan(0);
    });
});
