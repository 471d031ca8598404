import { describe, expect, it } from "vitest";

import { type WayBackQuestion, wayBack } from "../../../rollout/route/way-back.ts";
import { revision } from "../arbitraries.ts";

const [v1, v2, v3] = [revision("v1"), revision("v2"), revision("v3")];
const nothing: WayBackQuestion = { recorded: {}, revisions: ["v1", "v2"] };

describe("the revision that gets all traffic of a damaged route", () => {
    it.each([
        { what: "the one that was named", asked: { named: "v1" }, to: { name: "v1" } },
        {
            what: "the named one, with its content where the stack's file knows it",
            asked: { named: "v1", declared: { stable: v1, candidate: v2 } },
            to: { name: "v1", stable: v1, candidate: v2 },
        },
        { what: "a named one that nothing else knows", asked: { named: "v0", declared: { stable: v1 } }, to: { name: "v0" } },
        { what: "the one that the route still names", asked: { recorded: { stable: v1 } }, to: { name: "v1", stable: v1 } },
        { what: "the one that the stack's file declares", asked: { declared: { stable: v1, candidate: v2 } }, to: { name: "v1", stable: v1, candidate: v2 } },
        {
            what: "the one that both name",
            asked: { recorded: { stable: v1 }, declared: { stable: v1, candidate: v2 } },
            to: { name: "v1", stable: v1, candidate: v2 },
        },
        { what: "the only one on the route", asked: { revisions: ["v1"] }, to: { name: "v1" } },
    ] satisfies readonly { what: string; asked: Partial<WayBackQuestion>; to: object }[])("is $what", ({ asked, to }) => {
        expect(wayBack({ ...nothing, ...asked })).toEqual({ kind: "to", why: expect.any(String) as string, ...to });
    });

    it.each([
        { what: "between two on the route", asked: {}, says: "it may be v1 or v2: name it with --to <revision>" },
        { what: "where there is none on the route", asked: { revisions: [] }, says: "the route leads to no revision: name it with --to" },
        { what: "where route and file name different ones", asked: { recorded: { stable: v1 }, declared: { stable: v3 } }, says: "it may be v1 or v3" },
        {
            what: "where the declared one is not on the route",
            asked: { declared: { stable: v3 } },
            says: "v3 should be stable, and the route leads to v1 and v2 only",
        },
        { what: "forward to the candidate of the stack's file", asked: { named: "v2", declared: { stable: v1, candidate: v2 } }, says: "v2 is the candidate" },
        { what: "forward to the candidate that the route still names", asked: { named: "v2", recorded: { candidate: v2 } }, says: "v2 is the candidate" },
    ] satisfies readonly { what: string; asked: Partial<WayBackQuestion>; says: string }[])("is not guessed $what", ({ asked, says }) => {
        expect(wayBack({ ...nothing, ...asked })).toMatchObject({ kind: "refused", reason: expect.stringContaining(says) as string });
    });
});
