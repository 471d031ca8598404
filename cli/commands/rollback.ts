import type { Command } from "commander";

import { announcerOf } from "../announcing.ts";
import { type EngineOutcome, update } from "../engine.ts";
import { exitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { record } from "../recording.ts";
import type { Session } from "../session.ts";
import { takeBack } from "../watching.ts";
import { type CommonOptions, opened, subcommand } from "./command.ts";

interface RollbackFlags extends CommonOptions {
    readonly reason: string;
    readonly reconcile: boolean;
}

/** `rollout rollback`: all traffic to the stable revision, now; then the program's state in line with it. */
export function addRollback(program: Command): void {
    subcommand(program, "rollback", "put all traffic back on the stable revision, in one patch; then bring the program's state in line")
        .requiredOption("--reason <text>", "why: it is kept in the ledger and on the route")
        .option("--no-reconcile", "leave the program's state to the next `pulumi up` with rolloutPercent 0")
        .action(async (flags: RollbackFlags) => {
            const { session, output } = opened(flags);
            const { namespace, service } = session.target;
            const live = await session.cluster.readStep(namespace, service);
            if (live.kind !== "found" || live.present.record.kind !== "rolling") {
                const why =
                    live.kind === "found"
                        ? "there is no candidate: the stable revision has all traffic already"
                        : live.kind === "absent"
                          ? "there is no route"
                          : live.reason;
                output.result(`nothing rolled back: ${why}`, { kind: "nothing", why });
                process.exitCode = live.kind === "found" ? exitCode.done : exitCode.error;
                return;
            }
            const { stable, candidate } = live.present.record;
            const result = await takeBack(session, { stable, candidate }, flags.reason);
            if (result.kind === "failed") {
                output.result(`NOT rolled back: ${result.reason}. What to do: set rolloutPercent to 0 and run 'pulumi up', or run this again.`, result);
                process.exitCode = exitCode.error;
                return;
            }
            output.progress(
                result.kind === "already"
                    ? `${stable.name} has all traffic already; ${candidate.name} is marked as rolled back`
                    : `${stable.name} has all traffic, after ${String(Math.round(result.tookMs))} ms`,
            );
            void announcerOf(session, output.warn.bind(output)).announce({ stable, candidate, weightPercent: 0 }, { kind: "rollback", reason: flags.reason });
            await record(session, output.warn.bind(output), {
                kind: "rolled-back",
                rollout: { stable, candidate, from: live.present.routedPercent, to: 0 },
                text: flags.reason,
            });
            const reconciled = flags.reconcile ? await reconcile(session, output) : undefined;
            output.result(reconciledText(reconciled), { ...result, ...(reconciled === undefined ? {} : { reconciled }) });
            process.exitCode = reconciled === undefined || reconciled.kind === "updated" ? exitCode.rolledBack : exitCode.error;
        });
}

/** Writes the way back into the stack's file, and has the engine follow: its next update finds nothing left to do. */
export async function reconcile(session: Session, output: Output): Promise<EngineOutcome> {
    const { stack } = session;
    if (stack === undefined) {
        return { kind: "failed", reason: "there is no stack here: run 'pulumi up' with rolloutPercent 0 where it is" };
    }
    stack.file.setRolloutPercent(0);
    output.progress("bringing the program's state in line: rolloutPercent 0, pulumi up");
    return update({ folder: stack.folder, stack: stack.name, message: "rollback: reconcile", onLine: () => undefined });
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
