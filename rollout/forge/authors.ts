import { type Forge, ForgeError } from "./forge.ts";

/** Logins of all who had a part in a change, or why they can't be said as a whole. */
export type ForgeAuthors = { readonly kind: "known"; readonly logins: readonly string[] } | { readonly kind: "unknown"; readonly reason: string };

/**
 * Who made what `head` has and `base` has not: the users who opened the pull requests that brought it to `branch`, and those who had a part in their commits.
 *
 * A commit that came by no pull request has an author only by what it says itself, and that is its author's own word. Then, and where the forge gives no whole answer, the authors are unknown.
 */
export async function authorsBetween(
    forge: Forge,
    { base, head, branch }: { readonly base: string; readonly head: string; readonly branch: string },
): Promise<ForgeAuthors> {
    try {
        const logins = new Set<string>();
        const covered = new Set<string>();
        for (const commit of await forge.commitsBetween(base, head)) {
            if (covered.has(commit)) {
                continue;
            }
            const pulls = (await forge.pullRequestsOf(commit)).filter(({ targetBranch }) => targetBranch === branch);
            if (pulls.length === 0) {
                return unknown(`commit ${commit.slice(0, 10)} came to ${branch} by no pull request, and who it says made it is its author's own word`);
            }
            for (const { number, author, contributors, unknown: without, commits, mergeCommit } of pulls) {
                const [gap] = author === undefined ? [`the account that opened #${String(number)} is gone`] : without;
                if (gap !== undefined) {
                    return unknown(gap);
                }
                [author, ...contributors].forEach((login) => login !== undefined && logins.add(login));
                [...commits, mergeCommit].forEach((one) => one !== undefined && covered.add(one));
            }
        }
        return { kind: "known", logins: [...logins] };
    } catch (error) {
        if (error instanceof ForgeError) {
            return unknown(error.message);
        }
        throw error;
    }
}

function unknown(reason: string): ForgeAuthors {
    return { kind: "unknown", reason };
}
