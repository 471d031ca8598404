import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterEach, describe, expect, it, vi } from "vitest";

import { Output } from "../../../rollout/cli/output.ts";
import { StatusLine } from "../../../rollout/cli/status-line.ts";

const said = (): { readonly out: string[]; readonly err: string[] } => {
    const [out, err]: [string[], string[]] = [[], []];
    vi.spyOn(console, "log").mockImplementation((line: string) => void out.push(line));
    vi.spyOn(console, "error").mockImplementation((line: string) => void err.push(line));
    return { out, err };
};
afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
});

describe("the words of a command", () => {
    it("are JSON on both streams with --json, results alone on standard output: a pod's log has the lines of both", () => {
        vi.useFakeTimers({ now: Date.parse("2026-11-30T10:00:00Z") });
        const { out, err } = said();
        const output = new Output(true);
        output.progress("moving to 25 %");
        output.warn('two\nlines, and a "quote"');
        new StatusLine(output).show("waiting");
        output.error("no rollout");
        output.result("done", { kind: "done" });
        const at = "2026-11-30T10:00:00.000Z";
        expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([{ kind: "done" }]);
        expect(err.map((line) => JSON.parse(line) as unknown)).toEqual([
            { kind: "progress", at, text: "moving to 25 %" },
            { kind: "warning", at, text: 'two\nlines, and a "quote"' },
            { kind: "progress", at, text: "waiting" },
            { kind: "error", at, text: "no rollout" },
        ]);
        expect([...out, ...err].join("")).not.toContain("\n");
    });

    it("are text without it, progress and result on standard output", () => {
        const { out, err } = said();
        const output = new Output(false);
        output.progress("moving to 25 %");
        output.warn("slow");
        output.result("done", { kind: "done" });
        expect(out).toEqual(["moving to 25 %", "done"]);
        expect(err.join("")).toContain("warning: slow");
    });
});

describe("work that lasts", () => {
    it.each([false, true])("is said to go on after two seconds, and every ten from then on, on standard error alone (JSON: %s)", async (json) => {
        vi.useFakeTimers();
        const { out, err } = said();
        let finish: (value: string) => void = () => undefined;
        const done = new Output(json).during("reading the ledger", new Promise<string>((resolve) => (finish = resolve)));
        vi.advanceTimersByTime(1_900);
        expect(err).toEqual([]);
        vi.advanceTimersByTime(200);
        expect(err.join("")).toContain("reading the ledger, 2 s so far");
        vi.advanceTimersByTime(10_000);
        expect(err).toHaveLength(2);
        finish("read");
        expect(await done).toBe("read");
        vi.advanceTimersByTime(60_000);
        expect([err.length, out]).toEqual([2, []]);
    });
});

describe("the command itself", () => {
    it("says that it is still there where a command of its own says nothing", async () => {
        const folder = await mkdtemp(join(tmpdir(), "still-there-"));
        const pipe = join(folder, "preview.json");
        await execa("mkfifo", [pipe]);
        const command = execa(
            process.execPath,
            ["rollout/cli/index.ts", "comment", "--stack", "staging", "--preview", pipe, "--out", join(folder, "comment.md")],
            { reject: false },
        );
        let seen = "";
        command.stderr.on("data", (chunk: Buffer) => (seen += chunk.toString()));
        await vi.waitUntil(() => seen.includes("rollout comment, 2 s so far"), 120_000);
        await writeFile(pipe, "{");
        expect((await command).stdout).not.toContain("so far");
        await rm(folder, { recursive: true, force: true });
    });

    const rollout = async (...args: readonly string[]) =>
        execa(process.execPath, ["rollout/cli/index.ts", ...args], {
            reject: false,
            env: { NODE_OPTIONS: "--import=data:text/javascript,process.emitWarning('made-up')" },
        });

    it.each(["status", "gate", "watch", "advance", "run", "rollback", "finish", "ledger show", "preflight", "report", "checklist"])(
        "%s ends with an error in JSON where it can't begin, and warnings of Node are JSON too",
        async (command) => {
            const { stdout, stderr, exitCode } = await rollout(
                ...command.split(" "),
                "--json",
                "--stack",
                "nowhere",
                "--cwd",
                "/nowhere",
                ...(command === "rollback" ? ["--reason", "a test of words"] : []),
            );
            expect(exitCode).not.toBe(0);
            expect(stdout).toBe("");
            const kinds = stderr.split("\n").map((line) => (JSON.parse(line) as { readonly kind: unknown }).kind);
            expect(kinds.at(-1)).toBe("error");
        },
    );
});
