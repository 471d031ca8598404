import { describe, expect, it } from "vitest";

import type { PullRequest, Review } from "../../../rollout/forge/forge.ts";
import { reviewOf } from "../../../rollout/preflight/reviews.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const head = "f".repeat(40);
const approval: Review = { reviewer: "reviewer", state: "approved", commit: head };
const pull: PullRequest = {
    number: 12,
    author: "author",
    targetBranch: "main",
    headCommit: head,
    mergeCommit: commit,
    commits: [head],
    contributors: ["author", "helper"],
    unknown: [],
    reviews: [approval],
};
const [first, last]: readonly Review[] = [
    { ...approval, state: "changes-requested" },
    { ...approval, state: "dismissed" },
];

describe("a commit that the forge knows", () => {
    it.each<{ readonly what: string; readonly change: Partial<PullRequest> }>([
        { what: "another person approved it", change: {} },
        { what: "a comment came after the approval", change: { reviews: [approval, { ...approval, state: "commented" }] } },
        { what: "changes were asked for, and approved then", change: { reviews: [...(first === undefined ? [] : [first]), approval] } },
        { what: "an author approved too", change: { reviews: [approval, { ...approval, reviewer: "author" }] } },
    ])("is reviewed where $what", ({ change }) => {
        expect(reviewOf(commit, [{ ...pull, ...change }], "main")).toEqual({ kind: "reviewed", by: "#12" });
    });

    it.each<{ readonly what: string; readonly change: Partial<PullRequest>; readonly why: RegExp }>([
        { what: "there is no review", change: { reviews: [] }, why: /was approved by nobody/ },
        { what: "there are comments only", change: { reviews: [{ ...approval, state: "commented" }] }, why: /was approved by nobody/ },
        { what: "the author approved", change: { reviews: [{ ...approval, reviewer: "author" }] }, why: /by its authors only: author/ },
        { what: "the author approved in another spelling", change: { reviews: [{ ...approval, reviewer: "AUTHOR" }] }, why: /by its authors only/ },
        { what: "one approved who made a commit of it", change: { reviews: [{ ...approval, reviewer: "helper" }] }, why: /by its authors only: helper/ },
        {
            what: "a commit came after the approval",
            change: { reviews: [{ ...approval, commit: "0".repeat(40) }] },
            why: /may have got commits after it was approved/,
        },
        {
            what: "the forge does not say which commit was approved",
            change: { reviews: [{ reviewer: "reviewer", state: "approved" }] },
            why: /may have got commits/,
        },
        { what: "the approval was dismissed", change: { reviews: [approval, ...(last === undefined ? [] : [last])] }, why: /was approved by nobody/ },
        {
            what: "changes are asked for still",
            change: { reviews: [approval, { ...approval, reviewer: "third", state: "changes-requested" }] },
            why: /third asks for changes/,
        },
        { what: "a commit of it is of an unknown account", change: { unknown: ["commit ffff has no account"] }, why: /commit ffff has no account/ },
        {
            what: "it is a commit on the way to what was reviewed",
            change: { mergeCommit: "1".repeat(40), commits: [commit, head] },
            why: /a commit on its way/,
        },
        { what: "it was merged elsewhere", change: { targetBranch: "topic" }, why: /no pull request brought 0123456789ab to main/ },
    ])("is not reviewed where $what", ({ change, why }) => {
        expect(reviewOf(commit, [{ ...pull, ...change }], "main")).toEqual({
            kind: "not",
            problems: [{ text: expect.stringMatching(why) as string, fix: expect.stringMatching(/another person/) as string }],
        });
    });

    it("may be the last one of its pull request, which a merge leaves as it is", () => {
        expect(reviewOf(head, [pull], "main")).toEqual({ kind: "reviewed", by: "#12" });
    });

    it("is not reviewed where the account of its author is gone", () => {
        const { author, ...orphan } = pull;
        expect(author).toBeDefined();
        expect(reviewOf(commit, [orphan], "main")).toMatchObject({
            kind: "not",
            problems: [{ text: expect.stringMatching(/account that opened it is gone/) as string }],
        });
    });

    it("is not reviewed where no pull request has it, and needs one good one of several", () => {
        expect(reviewOf(commit, [], "main")).toMatchObject({ kind: "not", problems: [{ text: expect.stringMatching(/no pull request/) as string }] });
        expect(
            reviewOf(
                commit,
                [
                    { ...pull, reviews: [] },
                    { ...pull, number: 13 },
                ],
                "main",
            ),
        ).toEqual({ kind: "reviewed", by: "#13" });
    });
});
