import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { forgeAuthors } from "../../../../rollout/forge/live/change-authors.ts";
import { append } from "../../../../rollout/ledger/chain.ts";
import { genesis } from "../../../../rollout/ledger/ledger-record.ts";
import { type Answer, FakeForge, sha } from "./fake-forge.ts";

/** A repository of git in which three changes were merged since the last step, each by a pull request of another author, and the pipeline ran for the last alone. */
describe("who made what is rolled out", () => {
    let folder: string;
    let forge: FakeForge;
    const commits: string[] = [];

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "authors-"));
        commits.length = 0;
        await git("init", "--quiet");
        for (const text of ["deployed", "first", "second", "third"]) {
            writeFileSync(join(folder, "Pulumi.prod.yaml"), text);
            await git("add", ".");
            // What a commit says of its author is whatever its author likes.
            await git("-c", "user.name=Approver", "-c", "user.email=approver@example.com", "commit", "--quiet", "--message", `${text} (#1)`);
            commits.push((await git("rev-parse", "HEAD")).trim());
        }
        const merged = commits.slice(1);
        const pulls = merged.map((commit, index) => ({ commit, number: index + 1, opener: ["ann", "ben", "cem"][index] ?? "" }));
        forge = await FakeForge.start({
            [`/repos/nova/ranking/compare/${commits[0] ?? ""}...${commits[3] ?? ""}?per_page=100`]: {
                status: "ahead",
                total_commits: 3,
                commits: merged.map((one) => ({ sha: one })),
            },
            ...Object.fromEntries(
                pulls.flatMap(({ commit, number, opener }): readonly (readonly [string, Answer])[] => [
                    [`/repos/nova/ranking/commits/${commit}/pulls?per_page=100`, [{ number, merged_at: "2026-01-01T00:00:00Z" }]],
                    [
                        `/repos/nova/ranking/pulls/${String(number)}`,
                        {
                            user: { login: opener },
                            merged_by: { login: "merger" },
                            merge_commit_sha: commit,
                            base: { ref: "main" },
                            head: { sha: sha("c") },
                            commits: 1,
                        },
                    ],
                    [
                        `/repos/nova/ranking/pulls/${String(number)}/commits?per_page=100`,
                        [{ sha: sha("c"), author: { login: opener }, committer: { login: opener }, commit: {} }],
                    ],
                    [`/repos/nova/ranking/pulls/${String(number)}/reviews?per_page=100`, []],
                ]),
            ),
        });
    });
    afterEach(async () => {
        rmSync(folder, { recursive: true });
        await forge.stop();
    });

    async function authors(variables: Readonly<Record<string, string>> = { FORGE_TOKEN: "s3cr3t-token" }, intact = true) {
        const [deployed = ""] = commits;
        const stable = { name: "v1", digest: `sha256:${"1".repeat(64)}` };
        const record = append(
            genesis,
            { kind: "entered", actor: { identity: "deployer", verified: true }, text: "", rollout: { stable, from: 0, to: 0 }, commit: deployed },
            "2026-01-01T00:00:00.000Z",
        );
        const findings = intact ? [] : [{ kind: "changed" as const, sequence: 1, text: "record 1 is not what was written" }];
        return forgeAuthors({
            forge: { kind: "github", repository: "nova/ranking", url: forge.url, branch: "main", tokenVariable: "FORGE_TOKEN" },
            folder,
            ledger: { read: async () => Promise.resolve({ intact, records: [record], counting: [record], uncounted: [], findings }) },
            variables,
            limits: { totalMs: 2_000, requestMs: 500, pauseMs: 5 },
        });
    }

    it("are the authors of all that was merged since the last step, not of the last commit alone, and not who the commits say", async () => {
        expect(await authors()).toEqual({ kind: "known", logins: ["ann", "ben", "cem"] });
    });

    it("are asked for once in a process", async () => {
        await authors();
        const { length } = forge.asked;
        expect(await authors()).toMatchObject({ kind: "known" });
        expect(forge.asked).toHaveLength(length);
    });

    it("are unknown where the checkout was edited", async () => {
        writeFileSync(join(folder, "Pulumi.prod.yaml"), "by hand");
        expect(await authors()).toEqual({ kind: "unknown", reason: "the checkout has changes that are in no commit: commit them, and have them merged" });
    });

    it("are unknown without the token that the config names", async () => {
        expect(await authors({})).toEqual({ kind: "unknown", reason: "there is no token for github: the environment variable FORGE_TOKEN is not set" });
    });

    it("are unknown where the ledger is not whole", async () => {
        expect(await authors(undefined, false)).toEqual({ kind: "unknown", reason: "the ledger is not whole: record 1 is not what was written" });
    });

    async function git(...args: readonly string[]): Promise<string> {
        const { stdout } = await execa("git", [...args], { cwd: folder });
        return stdout;
    }
});
