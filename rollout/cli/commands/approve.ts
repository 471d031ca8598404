import type { Command } from "commander";

import { approvalDigest } from "../../consent/approval.ts";
import { defined } from "../../defined.ts";
import { type Move, describeMove, nextMove } from "../../plan/move.ts";
import type { Role } from "../../plan/plan.ts";
import { exitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { record } from "../recording.ts";
import { type Session, refuseUnknownRole } from "../session.ts";
import { shownSeconds } from "../show.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface ApproveFlags extends CommonOptions {
    readonly role: Role;
    readonly note?: string;
}

/** `rollout approve`: a role agrees to the next step, with exactly the content that is live now. */
export function addApprove(program: Command, open: Opening = opened): void {
    subcommand(program, "approve", "agree, for a role, to the next step with exactly the content that is live now")
        .requiredOption("--role <role>", "role that agrees")
        .option("--note <text>", "what should be read beside it: a link, a remark")
        .action(async (flags: ApproveFlags) => {
            const { session, output } = await open(flags);
            refuseUnknownRole(session, flags.role);
            const move = await nextMoveOf(session, output);
            if (move === undefined) {
                return;
            }
            const { identity, verified } = await session.actor();
            const given = { role: flags.role, identity, verified, digest: approvalDigest(move), ...defined({ note: flags.note }) };
            const approval = await session.consents.approve(given, session.schedule.limits.approvalMinutes);
            await record(session, output.warn.bind(output), {
                kind: "approval",
                approval,
                rollout: { stable: move.stable, candidate: move.candidate, from: move.from, to: move.to },
                text: `${flags.role} approves ${describeMove(move)}`,
            });
            const vouched = verified ? "" : ", which nothing vouches for";
            const seconds = (Date.parse(approval.expiresAt) - Date.parse(approval.at)) / 1_000;
            output.result(
                `${flags.role} approves ${describeMove(move)}, as ${identity}${vouched}. It counts for ${shownSeconds(seconds)}, and for this content only.`,
                { move, approval },
            );
        });
}

/** The step forward that comes next, from what is live. Says why there is none. */
export async function nextMoveOf(session: Session, output: Output): Promise<Move | undefined> {
    const live = await session.cluster.readStep(session.target.namespace, session.target.service);
    if (live.kind === "found" && live.present.record.kind === "rolling") {
        return nextMove(session.target.profile.plan, live.present.record);
    }
    const why =
        live.kind === "found"
            ? "there is no candidate: declare one, and deploy it at 0 %"
            : live.kind === "absent"
              ? "there is no route: deploy the service first"
              : live.reason;
    output.result(`there is no next step: ${why}`, { kind: "nothing", why });
    process.exitCode = exitCode.error;
    return undefined;
}
