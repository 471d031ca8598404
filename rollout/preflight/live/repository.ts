import { execa } from "execa";
import { defined } from "../../defined.ts";

/** A git repository, read only. */
export interface Repository {
    /** The commit that a revision names: 40 hex digits, or 64. @throws where git doesn't know it. */
    commit(revision: string): Promise<string>;
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
        commit: async (revision) => {
            const commit = await resolved(revision);
            if (commit === undefined) {
                throw new Error(`git does not know ${revision} in ${folder}`);
            }
            return commit;
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
