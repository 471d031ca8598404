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

describe("the command itself", () => {
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
