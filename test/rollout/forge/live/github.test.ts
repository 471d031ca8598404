import { afterEach, describe, expect, it } from "vitest";

import { authorsBetween } from "../../../../rollout/forge/authors.ts";
import { github } from "../../../../rollout/forge/live/github.ts";
import { type Answer, FakeForge, sha } from "./fake-forge.ts";

const [base, head] = [sha("a"), sha("b")];
const repository = "nova/ranking";
const limits = { totalMs: 2_000, requestMs: 300, pauseMs: 5 };

const user = (login: string) => ({ login, type: "User" });
const review = (reviewer: string, more: object = {}) => ({
    user: user(reviewer),
    state: "APPROVED",
    commit_id: sha("c"),
    submitted_at: "2026-01-01T00:00:00Z",
    author_association: "MEMBER",
    ...more,
});
const commit = (of: string, author: string | null, committer: string | null = author, verified = false) => ({
    sha: of,
    author: author === null ? null : user(author),
    committer: committer === null ? null : user(committer),
    commit: { verification: { verified } },
});
const pull = (opener: string | null, commits: number, more: object = {}) => ({
    user: opener === null ? null : user(opener),
    merged_by: user("merger"),
    merge_commit_sha: head,
    base: { ref: "main" },
    head: { sha: sha("c") },
    commits,
    ...more,
});

/** A repository where one pull request, number 7, brought two commits by a squashed third. */
function repositoryOf(answers: Record<string, Answer> = {}): Record<string, Answer> {
    return {
        [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: { status: "ahead", total_commits: 1, commits: [{ sha: head }] },
        [`/repos/nova/ranking/commits/${head}/pulls?per_page=100`]: [
            { number: 7, merged_at: "2026-01-01T00:00:00Z" },
            { number: 8, merged_at: null },
        ],
        "/repos/nova/ranking/pulls/7": pull("opener", 2),
        "/repos/nova/ranking/pulls/7/commits?per_page=100": [commit(sha("c"), "writer"), commit(sha("d"), "opener", "web-flow", true)],
        "/repos/nova/ranking/pulls/7/reviews?per_page=100": [
            review("reviewer"),
            review("reviewer", { state: "PENDING" }),
            review("gone", { user: null }),
            review("stranger", { author_association: "NONE" }),
            review("once-a-contributor", { author_association: "CONTRIBUTOR" }),
            review("of-no-standing-that-is-told", { author_association: undefined }),
            review("github-actions[bot]", { user: { login: "github-actions[bot]", type: "Bot" } }),
        ],
        ...answers,
    };
}

describe("GitHub", () => {
    let forge: FakeForge | undefined;
    afterEach(async () => {
        await forge?.stop();
    });

    async function authors(answers: Record<string, Answer> = {}, branch = "main") {
        forge = await FakeForge.start(repositoryOf(answers));
        return authorsBetween(github({ repository, url: forge.url, token: "s3cr3t-token", limits }), { base, head, branch });
    }

    it("says who opened, who wrote, who merged and who reviewed", async () => {
        forge = await FakeForge.start(repositoryOf());
        const found = await github({ repository, url: forge.url, token: "s3cr3t-token", limits }).pullRequestsOf(head);
        expect(found).toEqual([
            {
                number: 7,
                author: "opener",
                targetBranch: "main",
                headCommit: sha("c"),
                mergeCommit: head,
                mergedBy: "merger",
                commits: [sha("c"), sha("d")],
                contributors: ["writer", "opener"],
                unknown: [],
                reviews: [{ reviewer: "reviewer", state: "approved", commit: sha("c"), at: "2026-01-01T00:00:00Z" }],
            },
        ]);
        expect(forge.headers).toMatchObject({ authorization: "Bearer s3cr3t-token", "x-github-api-version": "2022-11-28" });
    });

    it("counts the opener and each writer, and neither who merged nor who reviewed", async () => {
        expect(await authors()).toEqual({ kind: "known", logins: ["opener", "writer"] });
    });

    it("counts the authors of every pull request since the step, not the last one's alone", async () => {
        const earlier = sha("e");
        const found = await authors({
            [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: { status: "ahead", total_commits: 2, commits: [{ sha: earlier }, { sha: head }] },
            [`/repos/nova/ranking/commits/${earlier}/pulls?per_page=100`]: [{ number: 6, merged_at: "2025-12-31T00:00:00Z" }],
            "/repos/nova/ranking/pulls/6": pull("overtaken", 1, { merge_commit_sha: earlier }),
            "/repos/nova/ranking/pulls/6/commits?per_page=100": [commit(sha("f"), "overtaken")],
            "/repos/nova/ranking/pulls/6/reviews?per_page=100": [],
        });
        expect(found).toEqual({ kind: "known", logins: ["overtaken", "opener", "writer"] });
    });

    it("asks once for a pull request whose commits are all there", async () => {
        const others = [sha("c"), sha("d"), head].map((one) => ({ sha: one }));
        await authors({ [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: { status: "ahead", total_commits: 3, commits: others.toReversed() } });
        expect(forge?.asked.filter((path) => path.includes("/commits/"))).toEqual([`/repos/nova/ranking/commits/${head}/pulls?per_page=100`]);
    });

    it("reads every page", async () => {
        const commits = "/repos/nova/ranking/pulls/7/commits?per_page=100";
        const found = await authors({
            [commits]: (response) => {
                response
                    .writeHead(200, { link: `<${forge?.url ?? ""}${commits}&page=2>; rel="next", <http://x/>; rel="last"` })
                    .end(JSON.stringify([commit(sha("c"), "writer")]));
            },
            [`${commits}&page=2`]: [commit(sha("d"), "on-page-2")],
        });
        expect(found).toEqual({ kind: "known", logins: ["opener", "writer", "on-page-2"] });
    });

    it.each<{ what: string; answers: Record<string, Answer>; reason: RegExp }>([
        {
            what: "a commit that came by no pull request",
            answers: { [`/repos/nova/ranking/commits/${head}/pulls?per_page=100`]: [] },
            reason: /^commit bbbbbbbbbb came to main by no pull request/,
        },
        {
            what: "a pull request that is still open",
            answers: { [`/repos/nova/ranking/commits/${head}/pulls?per_page=100`]: [{ number: 8, merged_at: null }] },
            reason: /by no pull request/,
        },
        {
            what: "one that was merged into another branch, and pushed on from there",
            answers: { "/repos/nova/ranking/pulls/7": pull("opener", 2, { base: { ref: "mine" } }) },
            reason: /by no pull request/,
        },
        {
            what: "a commit by an address of no login",
            answers: { "/repos/nova/ranking/pulls/7/commits?per_page=100": [commit(sha("c"), null), commit(sha("d"), "opener")] },
            reason: /^commit cccccccccc is by an address that belongs to no login/,
        },
        {
            what: "a commit that says GitHub made it, unsigned",
            answers: { "/repos/nova/ranking/pulls/7/commits?per_page=100": [commit(sha("c"), "opener", "web-flow"), commit(sha("d"), "opener")] },
            reason: /belongs to no login/,
        },
        { what: "more commits than are listed", answers: { "/repos/nova/ranking/pulls/7": pull("opener", 251) }, reason: /only 2 of the 251 commits of #7/ },
        { what: "an opener whose account is gone", answers: { "/repos/nova/ranking/pulls/7": pull(null, 2) }, reason: /^the account that opened #7 is gone/ },
        {
            what: "a base that is not built on",
            answers: { [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: { status: "diverged", total_commits: 1, commits: [{ sha: head }] } },
            reason: /is not built on aaaaaaaaaa: the two are diverged/,
        },
        {
            what: "fewer commits than it says",
            answers: { [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: { status: "ahead", total_commits: 3, commits: [{ sha: head }] } },
            reason: /1 of 3 commits/,
        },
        {
            what: "too many commits",
            answers: { [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: { status: "ahead", total_commits: 251, commits: [{ sha: head }] } },
            reason: /251 commits came since/,
        },
        {
            what: "a commit that is not known",
            answers: { [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: (response) => response.writeHead(404).end("{}") },
            reason: /answers 404 \(there is no such thing, or the token may not read it\)/,
        },
        { what: "a token that may not", answers: { "/repos/nova/ranking/pulls/7": (response) => response.writeHead(403).end("{}") }, reason: /answers 403 \(/ },
        { what: "another form", answers: { "/repos/nova/ranking/pulls/7": { user: "opener" } }, reason: /does not answer as expected: user/ },
        { what: "an empty login", answers: { "/repos/nova/ranking/pulls/7": pull("", 2) }, reason: /does not answer as expected/ },
        {
            what: "a path in place of a commit",
            answers: {
                [`/repos/nova/ranking/compare/${base}...${head}?per_page=100`]: { status: "ahead", total_commits: 1, commits: [{ sha: "../../user" }] },
            },
            reason: /does not answer as expected/,
        },
        {
            what: "half of an answer",
            answers: { "/repos/nova/ranking/pulls/7": (response) => response.writeHead(200).end('{"user": {"login"') },
            reason: /does not answer as expected/,
        },
        { what: "no answer", answers: { "/repos/nova/ranking/pulls/7": () => undefined }, reason: /gave no answer in 300 ms/ },
        {
            what: "a limit that lasts",
            answers: { "/repos/nova/ranking/pulls/7": (response) => response.writeHead(429, { "retry-after": "60" }).end() },
            reason: /answers 429, and asks to wait 60 s/,
        },
        {
            what: "a redirect, which would take the token elsewhere",
            answers: { "/repos/nova/ranking/pulls/7": (response) => response.writeHead(301, { location: "https://example.com/" }).end() },
            reason: /answers 301/,
        },
        {
            what: "a next page elsewhere",
            answers: {
                "/repos/nova/ranking/pulls/7/reviews?per_page=100": (response) =>
                    response.writeHead(200, { link: '<http://example.com/>; rel="next"' }).end("[]"),
            },
            reason: /names a next page elsewhere/,
        },
        {
            what: "pages without end",
            answers: {
                "/repos/nova/ranking/pulls/7/reviews?per_page=100": (response) =>
                    response.writeHead(200, { link: '</repos/nova/ranking/pulls/7/reviews?per_page=100>; rel="next"' }).end("[]"),
            },
            reason: /more than 10 pages/,
        },
    ])("does not say who made a change, of $what", async ({ answers, reason }) => {
        const found = await authors(answers);
        expect(found).toMatchObject({ kind: "unknown" });
        expect("reason" in found ? found.reason : "").toMatch(reason);
        expect(JSON.stringify(found)).not.toContain("s3cr3t-token");
    });

    it("is asked again after a moment's failure", async () => {
        const found = await authors({
            "/repos/nova/ranking/pulls/7": (response, _request, times) => {
                response.writeHead(times === 1 ? 502 : times === 2 ? 429 : 200).end(JSON.stringify(pull("opener", 2)));
            },
        });
        expect(found).toMatchObject({ kind: "known" });
    });

    it("gets no token without TLS, but on the own machine", () => {
        expect(() => github({ repository, url: "http://github.example.com", token: "s3cr3t-token" })).toThrow(
            "http://github.example.com would get the token unencrypted: use https",
        );
    });
});
