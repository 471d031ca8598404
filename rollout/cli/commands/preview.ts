import { writeFile } from "node:fs/promises";

import type { Command } from "commander";

import { withoutSecrets } from "../../ledger/redaction.ts";
import { exitCode } from "../exit-code.ts";
import { secretlessPreview } from "../secretless/preview.ts";
import { UsageError } from "../session.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface PreviewFlags extends CommonOptions {
    readonly out?: string;
}

/** `rollout preview`: what `pulumi preview --json` says, for an identity that can decrypt nothing, such as a pull request's. */
export function addPreview(program: Command, open: Opening = opened): void {
    subcommand(
        program,
        "preview",
        "'pulumi preview --json' without any secret: a placeholder stands for each, so a Secret seems to be new, and what mounts it to change",
    )
        .argument("[options...]", "options of 'pulumi preview', after --")
        .option("--out <file>", "write the JSON to a file in place of standard output")
        .action(async (options: readonly string[], flags: PreviewFlags) => {
            const { session, output } = await open(flags);
            const { stack } = session;
            if (stack === undefined) {
                throw new UsageError("a preview is of a stack: name it with --stack");
            }
            const preview = await secretlessPreview({ folder: stack.folder, stack: stack.name, options, variables: process.env });
            if (flags.out === undefined) {
                process.stdout.write(preview.json);
            } else {
                await writeFile(flags.out, preview.json);
            }
            if (preview.exitCode !== 0) {
                output.warn(`pulumi preview ended with ${String(preview.exitCode)}${preview.errors === "" ? "" : `: ${withoutSecrets(preview.errors)}`}`);
                process.exitCode = exitCode.error;
            }
        });
}
