import { maySamePerson } from "../consent/person.ts";
import type { PullRequest, Review } from "../forge/forge.ts";
import type { Problem } from "./preflight.ts";

/** Whether others than its authors approved a commit: by which pull request, or what is wrong with each. */
export type Reviewed = { readonly kind: "reviewed"; readonly by: string } | { readonly kind: "not"; readonly problems: readonly Problem[] };

/**
 * Whether the forge has a commit as reviewed: a pull request that was merged into `branch` brought it there, and another person than its authors approved what was merged. What a commit's
 * message says of a review is its author's own word.
 *
 * @param pulls what the forge knows of the commit.
 */
export function reviewOf(commit: string, pulls: readonly PullRequest[], branch: string): Reviewed {
    const short = commit.slice(0, 12);
    const merged = pulls.filter(({ targetBranch }) => targetBranch === branch);
    const judged = merged.map((pull) => ({ pull, problem: problemOf(commit, pull) }));
    const [good] = judged.filter(({ problem }) => problem === undefined);
    if (good !== undefined) {
        return { kind: "reviewed", by: `#${String(good.pull.number)}` };
    }
    const fix = "have a pull request approved by another person than its authors after its last commit, and merge it";
    return {
        kind: "not",
        problems:
            merged.length === 0
                ? [{ text: `no pull request brought ${short} to ${branch}`, fix }]
                : judged.map(({ pull, problem = "" }) => ({ text: `#${String(pull.number)}, which brought ${short} to ${branch}, ${problem}`, fix })),
    };
}

/** Why the reviews of a pull request are not enough, as the end of a sentence that begins with its number. */
function problemOf(commit: string, { author, contributors, unknown, headCommit, mergeCommit, reviews }: PullRequest): string | undefined {
    // A reviewer sees what all commits together come to: one on the way there may hold what the next one takes away.
    if (commit !== headCommit && commit !== mergeCommit) {
        return "was reviewed as a whole, and this is a commit on its way";
    }
    const [gap] = author === undefined ? ["the account that opened it is gone"] : unknown;
    if (author === undefined || gap !== undefined) {
        return `has an author that is not known (${gap ?? ""}), who may be its reviewer`;
    }
    // A comment after an approval takes nothing back.
    const said = reviews.filter(({ state }) => state !== "commented");
    const last = [...new Map(said.map((review) => [review.reviewer, review])).values()];
    const [against] = last.filter(({ state }) => state === "changes-requested");
    if (against !== undefined) {
        return `was merged although ${against.reviewer} asks for changes`;
    }
    const approvals = last.filter(({ state }) => state === "approved");
    const others = approvals.filter(({ reviewer }) => ![author, ...contributors].some((login) => maySamePerson(login, reviewer)));
    if (others.length === 0) {
        return approvals.length === 0 ? "was approved by nobody" : `was approved by its authors only: ${named(approvals)}`;
    }
    return others.some(({ commit }) => commit === headCommit) ? undefined : `may have got commits after it was approved by ${named(others)}`;
}

function named(reviews: readonly Review[]): string {
    return reviews.map(({ reviewer }) => reviewer).join(", ");
}
