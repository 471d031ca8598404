import { execa } from "execa";
import { defined } from "../../defined.ts";

/** What git knows of a release's commit. */
export interface CommitReading {
    /** 40 hex digits, or 64. */
    readonly commit: string;
    /** Whether `branch` has it. */
    readonly merged: boolean;
    /** Evidence of a review: a pull request's number, or a trailer. Absent where there is none. */
    readonly review?: string;
}

/** A git repository, read only. */
export interface Repository {
    /** @throws where git doesn't know one of them. */
    commit(revision: string, branch: string): Promise<CommitReading>;
    /** The commit that a tag points at, and whether the tag is an object of its own (annotated or signed). Undefined where there is no such tag. */
    tag(name: string): Promise<{ readonly commit: string; readonly annotated: boolean } | undefined>;
    /** When a commit was made, as ISO 8601. Undefined where git doesn't know it, or there is no git. */
    committedAt(commit: string): Promise<string | undefined>;
}

/** The repository that `folder` lies in. */
export function repository(folder: string, signal?: AbortSignal): Repository {
    const git = async (...args: readonly string[]): Promise<{ readonly ok: boolean; readonly text: string }> => {
        const { exitCode, stdout, stderr } = await execa("git", [...args], {
            cwd: folder,
            reject: false,
            stdin: "ignore",
            timeout: 10_000,
            // Nothing that a repository is configured with may ask a question, or page.
            env: { GIT_TERMINAL_PROMPT: "0", GIT_PAGER: "cat" },
            ...defined({ cancelSignal: signal }),
        });
        return { ok: exitCode === 0, text: exitCode === 0 ? stdout : stderr };
    };
    const resolved = async (revision: string): Promise<string | undefined> => {
        const { ok, text } = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
        return ok ? text : undefined;
    };
    return {
        commit: async (revision, branch) => {
            const [commit, tip] = [await resolved(revision), await resolved(branch)];
            if (commit === undefined || tip === undefined) {
                throw new Error(`git does not know ${commit === undefined ? revision : branch} in ${folder}`);
            }
            const merged = (await git("merge-base", "--is-ancestor", commit, tip)).ok;
            // The merge that brought it in, where there was one; else the commit itself, as a squashed pull request is.
            const merges = await git("log", "--merges", "--ancestry-path", "--reverse", "--format=%s%n%b%x00", `${commit}..${tip}`);
            const own = await git("log", "-1", "--format=%s%n%b", commit);
            const review = [own.text, merges.text.split("\0")[0] ?? ""].map(reviewIn).find((found) => found !== undefined);
            return { commit, merged, ...defined({ review }) };
        },
        tag: async (name) => {
            const commit = await resolved(`refs/tags/${name}`);
            const kind = await git("cat-file", "-t", `refs/tags/${name}`);
            return commit === undefined ? undefined : { commit, annotated: kind.text === "tag" };
        },
        committedAt: async (commit) => {
            const { ok, text } = await git("show", "--no-patch", "--format=%cI", "--end-of-options", `${commit}^{commit}`);
            return ok && text !== "" ? text : undefined;
        },
    };
}

/** How GitHub, GitLab and git itself say that a change was reviewed. */
function reviewIn(message: string): string | undefined {
    return [/^(?:Reviewed|Approved|Acked)-by: .+$/im, /^Merge pull request #\d+/m, /^See merge request \S+!\d+/m, /\(#\d+\)$/m]
        .map((pattern) => pattern.exec(message)?.[0])
        .find((found) => found !== undefined);
}
