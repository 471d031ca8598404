import { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";

import { addAuthors } from "../../../../rollout/cli/commands/authors.ts";
import type { Opened } from "../../../../rollout/cli/commands/command.ts";
import { Output } from "../../../../rollout/cli/output.ts";

describe("rollout authors", () => {
    afterEach(() => {
        vi.restoreAllMocks();
        process.exitCode = 0;
    });

    it("prints no login where the config names no forge: a pipeline must not take a reason for one", async () => {
        const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
        const warned = vi.spyOn(console, "error").mockImplementation(() => undefined);
        const session = { stack: { folder: "/" }, ledger: {} };
        const program = new Command();
        addAuthors(program, async () => Promise.resolve({ session, output: new Output(false) } as unknown as Opened));
        await program.parseAsync(["node", "rollout", "authors", "--stack", "prod"]);
        expect(printed).not.toHaveBeenCalled();
        expect(String(warned.mock.calls)).toContain("the authors are unknown: the stack's config names no forge");
        expect(process.exitCode).toBe(3);
    });
});
