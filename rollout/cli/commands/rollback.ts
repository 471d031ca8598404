import { type Command, Option } from "commander";

import { announcerOf } from "../../announce/live/announcing.ts";
import { defined } from "../../defined.ts";
import { type EngineOutcome, update } from "../engine.ts";
import { exitCode } from "../exit-code.ts";
import { withoutSecrets } from "../../ledger/redaction.ts";
import type { Output } from "../output.ts";
import { record } from "../recording.ts";
import type { Session } from "../session.ts";
import { shownUpdate } from "../shown-update.ts";
import type { RevisionReference } from "../../route/revision.ts";
import { goneBack } from "../../route/live/way-back.ts";
import { type RollbackCategory, rollbackCategories } from "../../watch/cause.ts";
import { type CommonOptions, type Opening, opened, subcommand, warnOfConfig } from "./command.ts";

interface RollbackFlags extends CommonOptions {
    readonly reason: string;
    readonly category: RollbackCategory;
    readonly reconcile: boolean;
    readonly to?: string;
}

/** `rollout rollback`: all traffic to the stable revision, now; then the program's state in line with it. */
export function addRollback(program: Command, open: Opening = opened): void {
    subcommand(program, "rollback", "put all traffic back on the stable revision, in one patch; then bring the program's state in line")
        .requiredOption("--reason <text>", "why: it is kept in the ledger and on the route")
        .addOption(new Option("--category <category>", "what kind of cause it is, for the checklist").choices(rollbackCategories).default("other"))
        .option("--to <revision>", "the revision that gets everything, where the route does not say which one is stable")
        .option("--no-reconcile", "leave the program's state to the next `pulumi up` with rolloutPercent 0")
        .action(async (flags: RollbackFlags) => {
            const { session, output, engine } = await open({ ...flags, anyConfig: true, withoutEngine: true });
            warnOfConfig(session, output, "It is not in the way of a rollback.");
            // Many people read the reason. A secret in it keeps no rollback from being made, nor from being written down.
            const reason = withoutSecrets(flags.reason);
            if (reason !== flags.reason) {
                output.warn("the reason held what looks like a secret, which is left out of the route, the ledger and messages");
            }
            const gone = await goneBack(session, { ...flags, reason });
            if (gone.kind !== "back") {
                output.result(`${gone.kind === "failed" ? "NOT rolled back" : "nothing rolled back"}: ${gone.why}`, { kind: gone.kind, why: gone.why });
                process.exitCode = gone.kind === "nothing" ? exitCode.done : exitCode.error;
                return;
            }
            const { stable, candidate, fromPercent, result, text } = gone;
            output.progress(text);
            // What was rolled back is on record with its own reason and evidence: to do it again changes neither.
            const before = result.kind === "already" && candidate !== undefined && (await isOnRecord(session, candidate));
            gone.warnings.forEach((line) => {
                output.warn(line);
            });
            if (before) {
                output.progress("the rollback that is on record stays as it is");
            } else if (stable !== undefined) {
                if (candidate !== undefined) {
                    void announcerOf(session, output.warn.bind(output)).announce({ stable, candidate, weightPercent: 0 }, { kind: "rollback", reason });
                }
                const rollout = { stable, ...defined({ candidate }), from: fromPercent, to: 0 } as const;
                await record(session, output.warn.bind(output), {
                    kind: "rolled-back",
                    rollout,
                    text: reason,
                    cause: { kind: "person", category: flags.category },
                    movedInSeconds: result.tookMs / 1_000,
                });
            } else {
                output.warn("not in the ledger: the content of the revision is not known. Keep this output");
            }
            const reconciled = flags.reconcile ? await reconcile(session, output, engine) : undefined;
            output.result(reconciledText(reconciled), { ...result, ...defined({ reconciled }) });
            process.exitCode = reconciled === undefined || reconciled.kind === "updated" ? exitCode.rolledBack : exitCode.error;
        });
}

/** Whether the ledger has the candidate's rollback already. Where it can't be read, it counts as without. */
async function isOnRecord({ ledger }: Session, candidate: RevisionReference): Promise<boolean> {
    try {
        const { records } = await ledger.read();
        const own = records.filter(({ kind, rollout }) => (kind === "rolled-back" || kind === "entered") && rollout.candidate?.digest === candidate.digest);
        return own.at(-1)?.kind === "rolled-back";
    } catch {
        return false;
    }
}

/** Writes the way back into the stack's file, and has the engine follow: its next update finds nothing left to do. */
export async function reconcile(session: Session, output: Output, engine: typeof update = update): Promise<EngineOutcome> {
    const { stack } = session;
    if (stack === undefined) {
        return { kind: "failed", reason: "there is no stack here: run 'pulumi up' with rolloutPercent 0 where it is" };
    }
    stack.file.setRolloutPercent(0);
    output.progress("bringing the program's state in line: rolloutPercent 0, pulumi up");
    return shownUpdate(output, engine, { folder: stack.folder, stack: stack.name, message: "rollback: reconcile", unrepaired: true });
}

function reconciledText(reconciled: EngineOutcome | undefined): string {
    switch (reconciled?.kind) {
        case undefined:
            return "rolled back. Left to do: set rolloutPercent to 0 and run 'pulumi up'.";
        case "updated":
            return `rolled back, and the program's state is in line (${reconciled.seconds.toFixed(1)} s). Commit the stack's file: rolloutPercent is 0.`;
        case "refused":
        case "failed":
            return `rolled back, but the program's state is not in line: ${reconciled.reason}. What to do: run 'pulumi up' with rolloutPercent 0.`;
    }
}
