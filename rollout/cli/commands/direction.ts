import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Command } from "commander";
import { parse } from "yaml";
import { z } from "zod";

import { rolledOutCommit } from "../../forge/ranges.ts";
import { directionOf } from "../direction.ts";
import { Output } from "../output.ts";
import { UsageError } from "../session.ts";
import { type Opening, opened } from "./command.ts";

interface DirectionFlags {
    readonly stack?: string;
    readonly cwd?: string;
    readonly before: string;
    readonly json?: true;
}

/** `rollout direction`: whether a merge goes back, by git alone: a pipeline asks before it waits for its turn, and needs no secret for it. */
export function addDirection(program: Command, open: Opening = opened): void {
    program
        .command("direction")
        .description("print 'back', 'down' or 'forward': where the change of the stack's file since a commit leads. Needs git, and nothing else")
        .option("-s, --stack <name>", "stack, as in Pulumi.<name>.yaml; default: PULUMI_STACK")
        .option("--cwd <folder>", "folder with Pulumi.yaml; default: the working directory")
        .requiredOption(
            "--before <commit>",
            "commit before the change: one that git does not know means 'forward'. 'ledger': the one that was rolled out last, which needs the API server",
        )
        .option("--json", "print JSON in place of text")
        .action(async ({ stack = process.env.PULUMI_STACK ?? "", cwd = process.cwd(), before, json }: DirectionFlags) => {
            if (stack === "") {
                throw new UsageError("which stack? Name it with --stack, or in PULUMI_STACK");
            }
            const { execa } = await import("execa");
            const git = async (...args: readonly string[]): Promise<string | undefined> => {
                const { exitCode, stdout } = await execa("git", [...args], { cwd, reject: false, timeout: 10_000 });
                return exitCode === 0 ? stdout : undefined;
            };
            const file = `Pulumi.${stack}.yaml`;
            const { name: project } = projectSchema.parse(parse(readFileSync(join(cwd, "Pulumi.yaml"), "utf8")));
            const since = before === "ledger" ? rolledOutCommit((await (await open({ stack, cwd })).session.ledger.read()).counting) : before;
            const commit = since !== undefined && /^[0-9a-f]{7,64}$/.test(since) ? since : undefined;
            const [text, changed] =
                commit === undefined ? [] : [await git("show", `${commit}:./${file}`), await git("diff", "--name-only", "--relative", commit, "HEAD")];
            const all = commit === undefined ? undefined : await git("diff", "--name-only", commit, "HEAD");
            const direction = directionOf({
                project,
                before: yamlIn(text),
                after: yamlIn(readFileSync(join(cwd, file), "utf8")),
                alone: changed?.trim() === file && all?.trim().split("\n").length === 1,
            });
            new Output(json === true).result(direction, { direction });
        });
}

const projectSchema = z.object({ name: z.string() });

function yamlIn(text: string | undefined): unknown {
    try {
        return text === undefined ? undefined : parse(text);
    } catch {
        return undefined;
    }
}
