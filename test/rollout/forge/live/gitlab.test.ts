import { afterEach, describe, expect, it } from "vitest";

import { authorsBetween } from "../../../../rollout/forge/authors.ts";
import { gitlab } from "../../../../rollout/forge/live/gitlab.ts";
import { type Answer, FakeForge, sha } from "./fake-forge.ts";

const [base, head] = [sha("a"), sha("b")];
const repository = "nova/services/ranking";
const project = `/projects/${repository}`;
const limits = { totalMs: 2_000, requestMs: 300, pauseMs: 5 };
const user = (username: string) => ({ username });

/** A project where one merge request, number 7, brought two commits. */
function projectOf(answers: Record<string, Answer> = {}): Record<string, Answer> {
    return {
        [`${project}/repository/merge_base?refs[]=${base}&refs[]=${head}`]: { id: base },
        [`${project}/repository/commits?ref_name=${base}..${head}&per_page=100`]: [{ id: head }, { id: sha("c") }],
        [`${project}/repository/commits/${head}/merge_requests?per_page=100`]: [
            { iid: 7, state: "merged" },
            { iid: 8, state: "closed" },
        ],
        [`${project}/merge_requests/7`]: {
            author: user("opener"),
            merge_user: user("merger"),
            target_branch: "main",
            sha: sha("c"),
            merge_commit_sha: head,
            squash_commit_sha: null,
        },
        [`${project}/merge_requests/7/commits?per_page=100`]: [{ id: sha("c"), author_email: "anyone@example.com" }],
        [`${project}/merge_requests/7/notes?per_page=100&sort=asc&order_by=created_at`]: [
            { system: true, body: "added 1 commit\n\n<ul><li>...</li></ul>", author: user("pusher") },
            { system: false, body: "added 2 commits", author: user("commenter") },
            { system: true, body: "approved this merge request", author: user("reviewer") },
        ],
        [`${project}/merge_requests/7/versions?per_page=100`]: [{ head_commit_sha: sha("c") }, { head_commit_sha: sha("d") }, { head_commit_sha: sha("d") }],
        [`${project}/merge_requests/7/approvals`]: { approved_by: [{ user: user("reviewer") }, { user: user("project_42_bot_a1b2") }] },
        ...answers,
    };
}

describe("GitLab", () => {
    let forge: FakeForge | undefined;
    afterEach(async () => {
        await forge?.stop();
    });

    async function authors(answers: Record<string, Answer> = {}) {
        forge = await FakeForge.start(projectOf(answers));
        return authorsBetween(gitlab({ repository, url: forge.url, token: "s3cr3t-token", limits }), { base, head, branch: "main" });
    }

    it("says who opened a merge request, who pushed to it, who merged and who approved it", async () => {
        forge = await FakeForge.start(projectOf());
        expect(await gitlab({ repository, url: forge.url, token: "s3cr3t-token", limits }).pullRequestsOf(head)).toEqual([
            {
                number: 7,
                author: "opener",
                targetBranch: "main",
                headCommit: sha("c"),
                mergeCommit: head,
                mergedBy: "merger",
                commits: [sha("c")],
                contributors: ["pusher"],
                unknown: [],
                reviews: [{ reviewer: "reviewer", state: "approved", commit: sha("c") }],
            },
        ]);
        expect(forge.headers).toMatchObject({ "private-token": "s3cr3t-token" });
    });

    it.each([
        { what: "before the last push", notes: ["approved this merge request", "added 1 commit"] },
        { what: "at no time that it tells", notes: ["added 1 commit"] },
    ])("does not say which commit was approved where a reviewer approved $what", async ({ notes }) => {
        const written = notes.map((body) => ({ system: true, body, author: user(body.startsWith("added") ? "pusher" : "reviewer") }));
        forge = await FakeForge.start(projectOf({ [`${project}/merge_requests/7/notes?per_page=100&sort=asc&order_by=created_at`]: written }));
        const [found] = await gitlab({ repository, url: forge.url, limits }).pullRequestsOf(head);
        expect(found?.reviews).toEqual([{ reviewer: "reviewer", state: "approved" }]);
    });

    it("counts the opener and who pushed afterwards, not what a commit or a comment says", async () => {
        expect(await authors()).toEqual({ kind: "known", logins: ["opener", "pusher"] });
    });

    it.each<{ what: string; answers: Record<string, Answer>; reason: RegExp }>([
        {
            what: "a commit that came by no merge request",
            answers: { [`${project}/repository/commits/${head}/merge_requests?per_page=100`]: [] },
            reason: /by no pull request/,
        },
        {
            what: "a base that is not built on",
            answers: { [`${project}/repository/merge_base?refs[]=${base}&refs[]=${head}`]: { id: sha("9") } },
            reason: /is not built on/,
        },
        {
            what: "a list without its end",
            answers: { [`${project}/repository/commits?ref_name=${base}..${head}&per_page=100`]: [] },
            reason: /without the last one/,
        },
        {
            what: "a push of an account that is gone",
            answers: {
                [`${project}/merge_requests/7/notes?per_page=100&sort=asc&order_by=created_at`]: [{ system: true, body: "added 3 commits", author: null }],
            },
            reason: /of an account that is gone/,
        },
        {
            what: "a version with no word of who pushed it",
            answers: { [`${project}/merge_requests/7/notes?per_page=100&sort=asc&order_by=created_at`]: [] },
            reason: /does not say who pushed/,
        },
        { what: "approvals that it does not say", answers: { [`${project}/merge_requests/7/approvals`]: {} }, reason: /does not answer as expected/ },
        { what: "a token that may not", answers: { [`${project}/merge_requests/7`]: (response) => response.writeHead(403).end("{}") }, reason: /answers 403/ },
    ])("does not say who made a change, of $what", async ({ answers, reason }) => {
        const found = await authors(answers);
        expect(found).toMatchObject({ kind: "unknown" });
        expect("reason" in found ? found.reason : "").toMatch(reason);
    });
});
