import { Command } from "commander";
import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";

import type { Opened } from "../../../rollout/cli/commands/command.ts";
import { addDirection } from "../../../rollout/cli/commands/direction.ts";
import { directionOf } from "../../../rollout/cli/direction.ts";
import { append } from "../../../rollout/ledger/chain.ts";
import { genesis } from "../../../rollout/ledger/ledger-record.ts";

const project = "shop";
const stable = { name: "v1", image: "registry.example.com/shop@sha256:1", config: { A: "1" } };
const candidate = { ...stable, name: "v2", image: "registry.example.com/shop@sha256:2" };
const file = (rolloutPercent: unknown, more: object = {}, beside: object = {}) => ({
    config: { "shop:stable": stable, "shop:candidate": candidate, "shop:rolloutPercent": rolloutPercent, ...more },
    ...beside,
});

describe("which way a merge goes", () => {
    it.each<{ what: string; before: unknown; after: unknown; alone?: boolean; direction: string }>([
        { what: "25 to 0 goes back", before: file(25), after: file(0), direction: "back" },
        { what: "numbers as text, too", before: file("25"), after: file("0"), direction: "back" },
        {
            what: "0 with the candidate gone goes back",
            before: file(25),
            after: { config: { "shop:stable": stable, "shop:rolloutPercent": 0 } },
            direction: "back",
        },
        {
            what: "0 with another change goes back: the route is all that moves at once",
            before: file(25),
            after: file(0, { "shop:namespace": "other" }),
            alone: false,
            direction: "back",
        },
        { what: "50 to 25 alone goes down", before: file(50), after: file(25), direction: "down" },
        {
            what: "50 to 25 with another key waits: the whole program would be applied",
            before: file(50),
            after: file(25, { "shop:namespace": "other" }),
            direction: "forward",
        },
        { what: "50 to 25 with another candidate waits", before: file(50), after: file(25, { "shop:candidate": stable }), direction: "forward" },
        { what: "50 to 25 with another file waits", before: file(50), after: file(25), alone: false, direction: "forward" },
        {
            what: "50 to 25 with another provider of secrets waits",
            before: file(50),
            after: file(25, {}, { secretsprovider: "awskms://other" }),
            direction: "forward",
        },
        { what: "the same weight waits", before: file(25), after: file(25), direction: "forward" },
        { what: "a step forward waits", before: file(25), after: file(50), direction: "forward" },
        {
            what: "a finish waits: its 0 % is of another stable revision",
            before: file(100),
            after: file(0, { "shop:stable": candidate }),
            direction: "forward",
        },
        {
            what: "another image of the stable revision waits",
            before: file(25),
            after: file(0, { "shop:stable": { ...stable, image: "other" } }),
            direction: "forward",
        },
        { what: "no file before waits", before: undefined, after: file(0), direction: "forward" },
        { what: "a file that is no stack's waits", before: "25", after: file(0), direction: "forward" },
        { what: "a weight that is none waits", before: file(25), after: file(-5), direction: "forward" },
        { what: "a weight that is no number waits", before: file("25%"), after: file(0), direction: "forward" },
        {
            what: "a file without a stable revision waits",
            before: { config: { "shop:rolloutPercent": 25 } },
            after: { config: { "shop:rolloutPercent": 0 } },
            direction: "forward",
        },
    ])("$what", ({ before, after, alone = true, direction }) => {
        expect(directionOf({ project, before, after, alone })).toBe(direction);
    });
});

describe("rollout direction", () => {
    let folder: string;
    const commits: string[] = [];

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "direction-"));
        commits.length = 0;
        writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: project }));
        await git("init", "--quiet");
        for (const percent of [25, 0]) {
            writeFileSync(join(folder, "Pulumi.prod.yaml"), stringify(file(percent)));
            await git("add", ".");
            await git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", String(percent));
            commits.push((await git("rev-parse", "HEAD")).trim());
        }
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    async function said(before: string): Promise<string> {
        const { stdout } = await execa(process.execPath, [
            join(import.meta.dirname, "../../../rollout/cli/index.ts"),
            "direction",
            "--cwd",
            folder,
            "--stack",
            "prod",
            "--before",
            before,
        ]);
        return stdout;
    }

    it("says 'back' of a push that sets the weight to 0", async () => {
        expect(await said(commits[0] ?? "")).toBe("back");
    });

    it("says 'forward' of a commit that git does not know: of a new branch, of a push with force, of what is an option", async () => {
        for (const before of ["0".repeat(40), "f".repeat(40), "none", "--output=x"]) {
            expect(await said(before)).toBe("forward");
        }
    });

    it("says 'down' of a lower weight since what was rolled out last, and 'forward' where an earlier merge still waits", async () => {
        const down = async (rolledOut: string | undefined): Promise<string> => {
            const lines: string[] = [];
            vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
            const stable = { name: "v1", digest: `sha256:${"1".repeat(64)}` };
            const draft = { kind: "entered", actor: { identity: "deployer", verified: true }, text: "", rollout: { stable, from: 0, to: 0 } } as const;
            const record = append(genesis, { ...draft, ...(rolledOut === undefined ? {} : { commit: rolledOut }) }, "2026-01-01T00:00:00.000Z");
            const ledger = { read: async () => Promise.resolve({ counting: [record] }) };
            const program = new Command();
            addDirection(program, async () => Promise.resolve({ session: { ledger } } as unknown as Opened));
            await program.parseAsync(["node", "rollout", "direction", "--cwd", folder, "--stack", "prod", "--before", "ledger"]);
            vi.restoreAllMocks();
            return lines.join("");
        };
        const commit = async (): Promise<string> => {
            await git("add", ".");
            await git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "a");
            return (await git("rev-parse", "HEAD")).trim();
        };
        writeFileSync(join(folder, "Pulumi.prod.yaml"), stringify(file(50)));
        const rolledOut = await commit();
        writeFileSync(join(folder, "Pulumi.prod.yaml"), stringify(file(25)));
        await commit();
        expect(await down(rolledOut)).toBe("down");
        expect(await down(undefined)).toBe("forward");
        expect(await down(commits[0])).toBe("forward");
        writeFileSync(join(folder, "index.ts"), "waits for its turn");
        const waits = await commit();
        writeFileSync(join(folder, "Pulumi.prod.yaml"), stringify(file(10)));
        await commit();
        expect(await down(waits)).toBe("down");
        expect(await down(rolledOut)).toBe("forward");
    });

    async function git(...args: readonly string[]): Promise<string> {
        const { stdout } = await execa("git", [...args], { cwd: folder });
        return stdout;
    }
});
