import { z } from "zod";

import { defined } from "../../defined.ts";
import { type Forge, ForgeError, type PullRequest, type Review, mostCommits } from "../forge.ts";
import { ForgeClient, type ForgeLimits } from "./client.ts";

export interface GitlabArgs {
    /** Path of the project, such as `shop/services/checkout`. */
    readonly repository: string;
    /** Base address of the API. @default https://gitlab.com/api/v4 */
    readonly url?: string;
    /** A token with the scope `read_api`. @default none, which a public project answers too */
    readonly token?: string;
    readonly limits?: Partial<ForgeLimits>;
}

/**
 * GitLab's REST API. It never says which user an address of a commit belongs to, but who opened a merge request and who pushed to it afterwards.
 *
 * @see https://docs.gitlab.com/api/commits/ https://docs.gitlab.com/api/merge_requests/
 */
export function gitlab({ repository, url = "https://gitlab.com/api/v4", token, limits }: GitlabArgs): Forge {
    const client = new ForgeClient({ url, headers: token === undefined ? {} : { "private-token": token }, ...defined({ token, limits }) });
    const at = (path: string): string => `projects/${encodeURIComponent(repository)}/${path}`;

    const mergeRequest = async (iid: number): Promise<PullRequest> => {
        const own = `merge_requests/${String(iid)}`;
        const merge = await client.one(at(own), mergeSchema);
        const commits = (await client.pages(at(`${own}/commits?per_page=100`), z.array(commitSchema))).flat();
        const notes = (await client.pages(at(`${own}/notes?per_page=100&sort=asc&order_by=created_at`), z.array(noteSchema))).flat();
        const versions = (await client.pages(at(`${own}/versions?per_page=100`), z.array(versionSchema))).flat();
        const { approved_by: approvals } = await client.one(at(`${own}/approvals`), approvalsSchema);
        const mergedBy = (merge.merge_user ?? merge.merged_by)?.username;
        const pushes = notes.filter(isPush);
        return {
            number: iid,
            targetBranch: merge.target_branch,
            headCommit: merge.sha,
            ...defined({ author: merge.author?.username, mergedBy, mergeCommit: merge.merge_commit_sha ?? merge.squash_commit_sha ?? undefined }),
            commits: commits.map(({ id }) => id),
            contributors: [...new Set(pushes.flatMap(({ author }) => (author === null ? [] : [author.username])))],
            unknown: [
                ...(pushes.some(({ author }) => author === null) ? [`!${String(iid)} has commits of an account that is gone`] : []),
                // The first version is the opener's. A push with no note of it, as where its wording changed, has no known author.
                ...(new Set(versions.map((version) => version.head_commit_sha)).size > pushes.length + 1
                    ? [`!${String(iid)} does not say who pushed each of its versions`]
                    : []),
            ],
            reviews: approvals
                .map(({ user }) => user.username)
                .filter((reviewer) => !robot.test(reviewer))
                .map((reviewer): Review => ({ reviewer, state: "approved", ...(approvedLast(notes, reviewer) ? { commit: merge.sha } : {}) })),
        };
    };

    return {
        commitsBetween: async (base, head) => {
            const { id } = await client.one(at(`repository/merge_base?refs[]=${base}&refs[]=${head}`), commitSchema);
            if (id !== base) {
                throw new ForgeError(`${head.slice(0, 10)} is not built on ${base.slice(0, 10)}`);
            }
            const listed = await client.pages(at(`repository/commits?ref_name=${encodeURIComponent(`${base}..${head}`)}&per_page=100`), z.array(commitSchema));
            const commits = [...new Set(listed.flat().map((commit) => commit.id))];
            if (commits.length > mostCommits) {
                throw new ForgeError(`${String(commits.length)} commits came since ${base.slice(0, 10)}, and ${String(mostCommits)} are looked at`);
            }
            if (base !== head && !commits.includes(head)) {
                throw new ForgeError(`the commits since ${base.slice(0, 10)} are listed without the last one`);
            }
            return commits;
        },
        pullRequestsOf: async (commit) => {
            const listed = (await client.pages(at(`repository/commits/${commit}/merge_requests?per_page=100`), z.array(listedSchema))).flat();
            const found: PullRequest[] = [];
            for (const { iid } of listed.filter(({ state }) => state === "merged")) {
                found.push(await mergeRequest(iid));
            }
            return found;
        },
    };
}

/**
 * Whether a reviewer approved after the last push. GitLab does not say which commit was approved, and keeps approvals over later pushes unless the project is set otherwise.
 *
 * @param notes in the order in which they were written.
 */
function approvedLast(notes: readonly z.infer<typeof noteSchema>[], reviewer: string): boolean {
    const system = notes.filter((note) => note.system);
    const approved = system.findLastIndex(({ body, author }) => author?.username === reviewer && body.startsWith("approved this merge request"));
    return approved > system.findLastIndex(isPush);
}

function isPush({ system, body }: z.infer<typeof noteSchema>): boolean {
    return system && /^added \d+ commits?\b/.test(body);
}

/** Users that GitLab makes for a token of a project or a group. @see https://docs.gitlab.com/user/project/settings/project_access_tokens/ */
const robot = /^(?:project|group)_\d+_bot(?:_|$)/;

const sha = z.string().regex(/^[0-9a-f]{40,64}$/);
const user = z.looseObject({ username: z.string().min(1) });

const commitSchema = z.looseObject({ id: sha });
const listedSchema = z.looseObject({ iid: z.int().min(1), state: z.string() });
const noteSchema = z.looseObject({ system: z.boolean(), body: z.string(), author: user.nullable() });
const versionSchema = z.looseObject({ head_commit_sha: sha });
const approvalsSchema = z.looseObject({ approved_by: z.array(z.looseObject({ user })) });

const mergeSchema = z.looseObject({
    author: user.nullable(),
    merge_user: user.nullish(),
    merged_by: user.nullish(),
    target_branch: z.string().min(1),
    sha,
    merge_commit_sha: sha.nullish(),
    squash_commit_sha: sha.nullish(),
});
