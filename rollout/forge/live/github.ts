import { z } from "zod";

import { defined } from "../../defined.ts";
import { type Forge, ForgeError, type PullRequest, type Review, type ReviewState, mostCommits } from "../forge.ts";
import { ForgeClient, type ForgeLimits } from "./client.ts";

export interface GithubArgs {
    /** Owner and name, such as `shop/checkout`. */
    readonly repository: string;
    /** Base address of the API. @default https://api.github.com; of GitHub Enterprise Server: https://host/api/v3 */
    readonly url?: string;
    /** Needs `contents: read` and `pull-requests: read`. @default none, which a public repository answers too, with a low limit */
    readonly token?: string;
    readonly limits?: Partial<ForgeLimits>;
}

/**
 * GitHub's REST API.
 *
 * @see https://docs.github.com/rest/commits/commits https://docs.github.com/rest/pulls
 */
export function github({ repository, url = "https://api.github.com", token, limits }: GithubArgs): Forge {
    const headers = { "x-github-api-version": "2022-11-28", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const client = new ForgeClient({ url, headers, ...defined({ token, limits }) });
    const at = (path: string): string => `repos/${repository}/${path}`;

    const pullRequest = async (number: number): Promise<PullRequest> => {
        const pull = await client.one(at(`pulls/${String(number)}`), pullSchema);
        const commits = (await client.pages(at(`pulls/${String(number)}/commits?per_page=100`), z.array(commitSchema))).flat();
        const reviews = (await client.pages(at(`pulls/${String(number)}/reviews?per_page=100`), z.array(reviewSchema))).flat();
        const people = commits.map(peopleOf);
        return {
            number,
            targetBranch: pull.base.ref,
            headCommit: pull.head.sha,
            ...defined({ author: pull.user?.login, mergedBy: pull.merged_by?.login, mergeCommit: pull.merge_commit_sha ?? undefined }),
            commits: commits.map(({ sha }) => sha),
            contributors: [...new Set(people.flatMap(({ logins }) => logins))],
            unknown: [
                ...people.flatMap(({ unknown }) => unknown),
                // It lists 250 at the most.
                ...(commits.length === pull.commits
                    ? []
                    : [`only ${String(commits.length)} of the ${String(pull.commits)} commits of #${String(number)} are listed`]),
            ],
            reviews: reviews.flatMap(reviewOf),
        };
    };

    return {
        commitsBetween: async (base, head) => {
            const pages = await client.pages(at(`compare/${base}...${head}?per_page=100`), comparisonSchema);
            const [first] = pages;
            if (first === undefined || (first.status !== "ahead" && first.status !== "identical")) {
                throw new ForgeError(`${short(head)} is not built on ${short(base)}: the two are ${first?.status ?? "unknown to it"}`);
            }
            const commits = [...new Set(pages.flatMap((page) => page.commits.map(({ sha }) => sha)))];
            if (first.total_commits > mostCommits) {
                throw new ForgeError(`${String(first.total_commits)} commits came since ${short(base)}, and ${String(mostCommits)} are looked at`);
            }
            if (commits.length !== first.total_commits) {
                throw new ForgeError(`${String(commits.length)} of ${String(first.total_commits)} commits since ${short(base)} are listed`);
            }
            return commits;
        },
        pullRequestsOf: async (commit) => {
            const listed = (await client.pages(at(`commits/${commit}/pulls?per_page=100`), z.array(listedPullSchema))).flat();
            const found: PullRequest[] = [];
            for (const { number } of listed.filter(({ merged_at: mergedAt }) => mergedAt !== null)) {
                found.push(await pullRequest(number));
            }
            return found;
        },
    };
}

/** Who had a part in a commit. Both names come from an address that the author chose, so they may only add people; GitHub's own name counts for nobody where GitHub signed. */
function peopleOf({ sha, author, committer, commit }: z.infer<typeof commitSchema>): {
    readonly logins: readonly string[];
    readonly unknown: readonly string[];
} {
    const byGithub = committer?.login === githubItself && commit.verification?.verified === true;
    const people = byGithub ? [author] : [author, committer];
    const logins = people.flatMap((person) => (person === null || person.login === githubItself ? [] : [person.login]));
    return { logins, unknown: logins.length === people.length ? [] : [`commit ${short(sha)} is by an address that belongs to no login`] };
}

/** Committer of what is made on GitHub's pages, which GitHub signs. */
const githubItself = "web-flow";

function reviewOf({ user, state, commit_id: commit, submitted_at: at, author_association: standing }: z.infer<typeof reviewSchema>): readonly Review[] {
    const known = states.get(state);
    // A review that is not sent yet is nobody's word, and one of an account that is gone is nobody's either. Whoever can read a public repository can approve, and so can a workflow.
    return known === undefined || user?.type !== "User" || !standings.has(standing ?? "")
        ? []
        : [{ reviewer: user.login, state: known, ...defined({ commit: commit ?? undefined, at: at ?? undefined }) }];
}

function short(sha: string): string {
    return sha.slice(0, 10);
}

const states: ReadonlyMap<string, ReviewState> = new Map([
    ["APPROVED", "approved"],
    ["CHANGES_REQUESTED", "changes-requested"],
    ["DISMISSED", "dismissed"],
    ["COMMENTED", "commented"],
]);

/** Who belongs to the repository. @see https://docs.github.com/graphql/reference/enums#commentauthorassociation */
const standings: ReadonlySet<string> = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

const sha = z.string().regex(/^[0-9a-f]{40,64}$/);
/** Null for an account that is gone, and for an address that belongs to none. */
const user = z.looseObject({ login: z.string().min(1), type: z.string().optional() }).nullable();

/** An empty object stands for nobody in some answers. */
const committer = z.union([user, z.strictObject({}).transform(() => null)]);

const commitSchema = z.looseObject({
    sha,
    author: committer,
    committer,
    commit: z.looseObject({ verification: z.looseObject({ verified: z.boolean() }).optional() }),
});

const comparisonSchema = z.looseObject({
    status: z.enum(["ahead", "behind", "identical", "diverged"]),
    total_commits: z.int().min(0),
    commits: z.array(z.looseObject({ sha })),
});

const listedPullSchema = z.looseObject({ number: z.int().min(1), merged_at: z.string().nullable() });

const pullSchema = z.looseObject({
    user,
    merged_by: user,
    merge_commit_sha: sha.nullable(),
    base: z.looseObject({ ref: z.string().min(1) }),
    head: z.looseObject({ sha }),
    commits: z.int().min(0),
});

const reviewSchema = z.looseObject({
    user,
    state: z.string(),
    commit_id: sha.nullish(),
    submitted_at: z.string().nullish(),
    author_association: z.string().optional(),
});
