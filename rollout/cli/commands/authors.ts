import type { Command } from "commander";

import type { ForgeAuthors } from "../../forge/authors.ts";
import { forgeAuthors } from "../../forge/live/change-authors.ts";
import { exitCode } from "../exit-code.ts";
import { UsageError } from "../session.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

/** `rollout authors`: who made what would be rolled out, as the guard of `pulumi up` asks the forge. */
export function addAuthors(program: Command, open: Opening = opened): void {
    subcommand(program, "authors", "logins of all who made what would be rolled out, by the forge; exit code 3: they can't be said as a whole").action(
        async (flags: CommonOptions) => {
            const { session, output } = await open(flags);
            const { stack, ledger } = session;
            if (stack === undefined) {
                throw new UsageError("a change is of a stack: name it with --stack");
            }
            const { forge, folder } = stack;
            const authors: ForgeAuthors =
                forge === undefined
                    ? { kind: "unknown", reason: "the stack's config names no forge" }
                    : await forgeAuthors({ forge, folder, ledger, variables: process.env });
            if (authors.kind === "known") {
                output.result(authors.logins.join(" "), authors);
                return;
            }
            output.warn(`the authors are unknown: ${authors.reason}`);
            process.exitCode = exitCode.hold;
        },
    );
}
