import type { Command } from "commander";

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
            if (stack?.forge === undefined) {
                throw new UsageError("the forge says who the authors are: name a stack whose config has 'forge'");
            }
            const authors = await forgeAuthors({ forge: stack.forge, folder: stack.folder, ledger, variables: process.env });
            if (authors.kind === "known") {
                output.result(authors.logins.join(" "), authors);
                return;
            }
            output.warn(`the authors are unknown: ${authors.reason}`);
            process.exitCode = exitCode.hold;
        },
    );
}
