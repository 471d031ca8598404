/** What a reviewer said of a pull request. */
export type ReviewState = "approved" | "changes-requested" | "dismissed" | "commented";

/** A review by a person whose word counts in the repository, as the forge has it: never as a commit's message tells it. */
export interface Review {
    /** Login of the reviewer. */
    readonly reviewer: string;
    readonly state: ReviewState;
    /** Commit that was reviewed. Absent where the forge does not say it, or later ones may have come unseen. */
    readonly commit?: string;
    /** When: ISO 8601. Absent where the forge does not say. */
    readonly at?: string;
}

/** A pull request, or merge request, that was merged. */
export interface PullRequest {
    /** GitHub's number, GitLab's iid. */
    readonly number: number;
    /** Login of the user who opened it: the forge vouches for that one. Absent where the account is gone. */
    readonly author?: string;
    /** Branch that it was merged into. */
    readonly targetBranch: string;
    /** The last commit of its own. */
    readonly headCommit: string;
    /** What the merge made on the target branch, as far as the forge says: a merge commit, a squashed one, or the last of those that were rebased. */
    readonly mergeCommit?: string;
    /** Its own commits, without what the merge made. */
    readonly commits: readonly string[];
    /** Login of the user who merged it. Absent where the forge does not say. */
    readonly mergedBy?: string;
    /** Logins of those who had a part in its commits. */
    readonly contributors: readonly string[];
    /** What of its commits no login is known for, as clauses. Empty where each has one. */
    readonly unknown: readonly string[];
    /** In the order in which they were given. A later one of the same reviewer counts in place of an earlier one. */
    readonly reviews: readonly Review[];
}

/** GitHub or GitLab, read only, as far as it says who made a change and who reviewed it. Every question throws a {@link ForgeError} where the answer is not a whole one. */
export interface Forge {
    /** The commits that `head` has and `base` has not. @throws where `base` is not one of those that `head` is built on. */
    commitsBetween(base: string, head: string): Promise<readonly string[]>;
    /** The merged pull requests that a commit belongs to, by whatever way it was merged. */
    pullRequestsOf(commit: string): Promise<readonly PullRequest[]>;
}

/** No answer, or one that can't be trusted. Its message is a clause, and holds no secret. */
export class ForgeError extends Error {}

/** Most commits between two steps that are looked at: each one that came by a merge of its own takes several requests. */
export const mostCommits = 250;
