import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** What makes this Node say that it is an old one. The lab has no old Node at hand: what is asked for here is the line that people get, and that nothing else is loaded. */
const pretence = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });\n';

let folder: string;

beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "node-version-"));
    await writeFile(join(folder, "old.cjs"), pretence);
});
afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
});

const run = (args: readonly string[]) => execa("node", ["--require", join(folder, "old.cjs"), ...args], { cwd: root, reject: false });

describe("a Node that is too old", () => {
    it.each([
        ["the command", ["rollout/cli/rollout.cjs", "status"], "progressive-rollout"],
        ["the policies' command", ["policies/cli/policies.cjs", "--version"], "nova-delivery-policies"],
        ["the policy pack", ["policies/main.cjs"], "nova-delivery-policies"],
        ["the stack's program", ["main.js"], "progressive-rollout"],
        ["a benchmark", ["--require", "./rollout/node-version.cjs", "bench/index.ts"], "progressive-rollout"],
    ])("is named in one line by %s", async (_, args, name) => {
        const { exitCode, stdout, stderr } = await run(args);
        expect(exitCode).toBe(2);
        expect(stdout).toBe("");
        expect(stderr).toBe(`${name} needs Node 24 or newer, and ${process.execPath} is Node 20.20.2: put a newer one first on the PATH`);
    });

    it("is named in JSON where that was asked for", async () => {
        const { exitCode, stderr } = await run(["rollout/cli/rollout.cjs", "status", "--json"]);
        expect(exitCode).toBe(2);
        expect(JSON.parse(stderr)).toHaveProperty("kind", "error");
        expect(JSON.parse(stderr)).toHaveProperty("text", expect.stringContaining("Node 24 or newer"));
    });
});

describe("what asks for the Node's version", () => {
    it("is what Pulumi, npm and the packages start", async () => {
        const text = async (file: string) => readFile(join(root, file), "utf8");
        expect(await text("Pulumi.yaml")).toContain("\nmain: main.js\n");
        expect(await text("rollout/package.json")).toContain('"rollout": "cli/rollout.cjs"');
        expect(await text("policies/package.json")).toContain('"nova-delivery-policies": "cli/policies.cjs"');
        expect(await text("package.json")).not.toMatch(/"node [^-"]*\.ts"/);
    });

    it("is the same in both packages", async () => {
        const [one, other] = await Promise.all(["rollout", "policies"].map((name) => readFile(join(root, name, "node-version.cjs"), "utf8")));
        expect(one).toBe(other);
    });

    it("lets a Node pass that is new enough", async () => {
        expect(await execa("node", ["rollout/cli/rollout.cjs", "--help"], { cwd: root })).toMatchObject({ exitCode: 0, stderr: "" });
    });
});
