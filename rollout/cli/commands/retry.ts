import type { Command } from "commander";

import { exitCode } from "../exit-code.ts";
import { record } from "../recording.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface RetryFlags extends CommonOptions {
    readonly reason: string;
}

/** `rollout retry`: lets a revision that was rolled back go forward again. The ledger hears of it first, and without it nothing is changed. */
export function addRetry(program: Command, open: Opening = opened): void {
    subcommand(program, "retry", "let a candidate that was rolled back go forward again")
        .requiredOption("--reason <text>", "why the revision was not the cause: it is kept in the ledger")
        .action(async (flags: RetryFlags) => {
            const { session, output } = await open(flags);
            const { namespace, service } = session.target;
            const live = await session.cluster.readStep(namespace, service);
            if (live.kind !== "found" || live.present.record.kind !== "rolling") {
                output.result("there is no candidate to try again", { kind: "nothing" });
                process.exitCode = exitCode.error;
                return;
            }
            const { stable, candidate } = live.present.record;
            const text = `${candidate.name} may be tried again: ${flags.reason}`;
            const written = await record(session, output.warn.bind(output), { kind: "note", rollout: { stable, candidate, from: 0, to: 0 }, text });
            if (!written) {
                output.result("nothing changed: the reason could not be written to the ledger", { kind: "failed" });
                process.exitCode = exitCode.error;
                return;
            }
            const cleared = await session.route.clearRolledBack({ namespace, name: service, revision: candidate });
            output.result(
                cleared.kind === "failed"
                    ? `not cleared: ${cleared.reason}`
                    : `${candidate.name} may go forward again, from 0 %; testers reach it after 'pulumi up --refresh'`,
                cleared,
            );
            process.exitCode = cleared.kind === "failed" ? exitCode.error : exitCode.done;
        });
}
