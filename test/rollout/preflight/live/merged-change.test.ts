import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type PullRequest, ForgeError } from "../../../../rollout/forge/forge.ts";
import type { CheckResult } from "../../../../rollout/preflight/preflight.ts";
import { type ReleasedStack, checkRelease } from "./released-stack.ts";
import { attestation, attestedImage, digestOf, pemOf } from "./signing.ts";
import { SmallServers } from "./small-servers.ts";

const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const digest = digestOf("the image");
const folder = mkdtempSync(join(tmpdir(), "preflight-merged-"));
const identity = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.com" };
const git = async (...args: readonly string[]): Promise<string> => (await execa("git", [...args], { cwd: folder, env: identity })).stdout;
const [stackPath, servicePath, head] = ["nova/infrastructure", "nova/video-ranking", "f".repeat(40)] as const;
const built = "0123456789abcdef0123456789abcdef01234567";
const servers = new SmallServers();
/** The change of the stack. Its message says of itself that it was reviewed. */
let change: string;
beforeAll(async () => {
    await git("init", "--quiet", "--initial-branch=main");
    await git("commit", "--quiet", "--allow-empty", "--message", "Go to 25 % (#12)\n\nReviewed-by: a reviewer");
    change = await git("rev-parse", "HEAD");
});
afterEach(async () => servers.end());
afterAll(() => {
    rmSync(folder, { recursive: true });
});

const reviewed = (number: number, mergeCommit: string): PullRequest => ({
    number,
    mergeCommit,
    author: "author",
    targetBranch: "main",
    headCommit: head,
    commits: [head],
    contributors: [],
    unknown: [],
    reviews: [{ reviewer: "reviewer", state: "approved", commit: head }],
});

/** Provenance of SLSA 1 that names the commit that the image was built from. */
function provenance(repository = `https://github.com/${servicePath}`): Buffer {
    const resolvedDependencies = [{ uri: `git+${repository}@refs/heads/main`, digest: { gitCommit: built } }];
    return attestation(key.privateKey, { predicateType: "https://slsa.dev/provenance/v1", predicate: { buildDefinition: { resolvedDependencies } }, digest });
}

interface Surroundings {
    /** What the forge has, by `path@commit`. Undefined: no forge is configured. */
    readonly forge?: Readonly<Record<string, readonly PullRequest[]>>;
    readonly attested?: readonly Buffer[];
    readonly withKey?: boolean;
    /** What asking for a forge throws. @default nothing */
    readonly refuses?: string;
}

async function checked({ forge, attested = [provenance()], withKey = true, refuses }: Surroundings): Promise<CheckResult> {
    const stack: ReleasedStack = {
        image: `registry.example.com/nova/video-ranking:1.1.0@${digest}`,
        answers: attestedImage("nova/video-ranking", digest, attested),
        preflight: withKey ? { signatureKey: pemOf(key.publicKey) } : {},
        keys: { forge: forge === undefined ? undefined : { kind: "github", repository: stackPath } },
        folder,
        ...(forge === undefined
            ? {}
            : {
                  forge: (path: string) =>
                      refuses === undefined
                          ? Promise.resolve({
                                commitsBetween: () => Promise.resolve([]),
                                pullRequestsOf: (commit: string) => Promise.resolve(forge[`${path}@${commit}`] ?? []),
                            })
                          : Promise.reject(new ForgeError(refuses)),
              }),
    };
    const [result] = await checkRelease(servers, stack, ["merged-change"]);
    if (result === undefined) {
        throw new Error("no result");
    }
    return result;
}

describe("a change", () => {
    it("passes where the forge has it as reviewed, and the commit that the image was built from too", async () => {
        const forge = { [`${stackPath}@${change}`]: [reviewed(12, change)], [`${servicePath}@${built}`]: [reviewed(7, built)] };
        expect(await checked({ forge })).toMatchObject({
            state: "passed",
            text: `reviewed and merged into main: ${change.slice(0, 12)} of ${stackPath} by #12, ${built.slice(0, 12)} of ${servicePath} by #7`,
            evidence: { commit: change, builtFrom: built },
        });
    });

    it("is open without a forge, though its message says that it was reviewed: that is its author's own word", async () => {
        expect(await checked({})).toMatchObject({ state: "not-configured", fix: expect.stringMatching(/set forge/) as string });
    });

    it("fails where the forge knows no pull request of it, nor of what is in the image", async () => {
        expect(await checked({ forge: {} })).toMatchObject({
            state: "failed",
            text: `no pull request brought ${change.slice(0, 12)} to main; no pull request brought ${built.slice(0, 12)} to main`,
        });
        expect(await checked({ forge: { [`${stackPath}@${change}`]: [reviewed(12, change)] } })).toMatchObject({ state: "failed" });
    });

    it("fails where nothing that the key signed says what the image was built from", async () => {
        const forge = { [`${stackPath}@${change}`]: [reviewed(12, change)] };
        expect(await checked({ forge, attested: [] })).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/which commit it was built from/) as string,
        });
        expect(await checked({ forge, withKey: false })).toMatchObject({ state: "passed" });
    });

    it("fails where the image was built somewhere else than the forge has", async () => {
        const forge = { [`${stackPath}@${change}`]: [reviewed(12, change)] };
        expect(await checked({ forge, attested: [provenance("https://git.example.com/nova/video-ranking")] })).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/was built from https:\/\/git\.example\.com.*forge of the stack config is github\.com/) as string,
        });
    });

    it("fails where the forge gives no answer", async () => {
        expect(await checked({ forge: {}, refuses: "github answered 403" })).toMatchObject({
            state: "failed",
            text: expect.stringMatching(/answered 403/) as string,
        });
    });
});
