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
});
afterAll(() => {
    rmSync(folder, { recursive: true });
});

describe("a commit", () => {
    it("is known by any name that git has for it", async () => {
        expect(await repository(folder).commit("v1.0.0")).toBe(await git("rev-parse", "v1.0.0^{commit}"));
        expect(await repository(folder).commit("HEAD")).toBe(await git("rev-parse", "HEAD"));
    });

    it.each(["no-such", "--all", ""])("is not known where git has none, nor where it is an option: '%s'", async (revision) => {
        await expect(repository(folder).commit(revision)).rejects.toThrow(/git does not know/);
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
