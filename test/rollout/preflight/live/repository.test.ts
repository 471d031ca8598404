import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { repository } from "../../../../rollout/preflight/live/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "preflight-repository-"));
const identity = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.com" };
const git = async (...args: readonly string[]): Promise<string> => (await execa("git", [...args], { cwd: folder, env: identity })).stdout;
const commit = (message: string): Promise<string> => git("commit", "--quiet", "--allow-empty", "--message", message);

beforeAll(async () => {
    await git("init", "--quiet", "--initial-branch=main");
    await commit("Begin");
    await git("tag", "plain");
    await commit("Add a thing (#12)");
    await git("tag", "--annotate", "v1.0.0", "--message", "1.0.0");
    await git("checkout", "--quiet", "-b", "topic");
    await commit("Change a thing");
    await git("tag", "on-topic");
    await git("checkout", "--quiet", "main");
    await git("merge", "--quiet", "--no-ff", "--message", "Merge pull request #13 from topic", "topic");
    await git("checkout", "--quiet", "-b", "unmerged");
    await commit("Never merged\n\nReviewed-by: somebody");
});
afterAll(() => {
    rmSync(folder, { recursive: true });
});

describe("a commit", () => {
    it.each([
        { what: "a squashed pull request", revision: "v1.0.0", merged: true, review: "(#12)" },
        { what: "a commit of a merged branch", revision: "on-topic", merged: true, review: "Merge pull request #13" },
        { what: "a commit of a branch that was not merged", revision: "unmerged", merged: false, review: "Reviewed-by: somebody" },
    ])("is known with its review: $what", async ({ revision, merged, review }) => {
        expect(await repository(folder).commit(revision, "main")).toMatchObject({ merged, review });
    });

    it("is not known where git has none, nor where it is an option", async () => {
        await expect(repository(folder).commit("no-such", "main")).rejects.toThrow(/git does not know no-such/);
        await expect(repository(folder).commit("--all", "main")).rejects.toThrow(/git does not know --all/);
        await expect(repository(folder).commit("main", "origin/main")).rejects.toThrow(/git does not know origin\/main/);
    });
});

describe("a tag", () => {
    it("is known with the commit that it points at", async () => {
        expect(await repository(folder).tag("v1.0.0")).toEqual({ commit: await git("rev-parse", "v1.0.0^{commit}"), annotated: true });
        expect(await repository(folder).tag("plain")).toMatchObject({ annotated: false });
        expect(await repository(folder).tag("v2.0.0")).toBeUndefined();
    });
});

describe("the time of a commit", () => {
    it("is known to the second, with its zone", async () => {
        expect(await repository(folder).committedAt("v1.0.0")).toBe(await git("show", "--no-patch", "--format=%cI", "v1.0.0^{commit}"));
    });

    it.each(["0".repeat(40), "--output=/dev/null", ""])("is not known of '%s', which is no commit", async (commit) => {
        expect(await repository(folder).committedAt(commit)).toBeUndefined();
    });
});
