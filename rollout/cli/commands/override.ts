import type { Command } from "commander";

import { approvalDigest } from "../../consent/approval.ts";
import { askedElsewhere } from "../../checklist/asked-elsewhere.ts";
import { everyCriterionAt } from "../../gate/criteria.ts";
import { describeMove } from "../../plan/move.ts";
import { overrideProblems } from "../../consent/override.ts";
import { record } from "../recording.ts";
import { UsageError } from "../session.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";
import { nextMoveOf } from "./approve.ts";

interface OverrideFlags extends CommonOptions {
    readonly lift: readonly string[];
    readonly reason: string;
}

/** `rollout override`: takes one step although a condition is not met. With a reason, for this step only, and shown in every report. */
export function addOverride(program: Command, open: Opening = opened): void {
    subcommand(program, "override", "let the next step be taken although a condition is not met; never one that rolls back at once")
        .requiredOption("--lift <ids...>", "what to lift: soak, approvals, ids of criteria or of boxes as 'rollout gate' shows them")
        .requiredOption("--reason <text>", "why, in a sentence: it is kept in the ledger and shown in every report")
        .action(async (flags: OverrideFlags) => {
            const { session, output } = await open(flags);
            const move = await nextMoveOf(session, output);
            if (move === undefined) {
                return;
            }
            const { profile } = session.target;
            const boxes = (profile.checklist ?? []).filter((box) => box.blocks === move.to && !askedElsewhere(profile, box, move)).map(({ id }) => id);
            const problems = overrideProblems({ lifts: flags.lift, reason: flags.reason }, everyCriterionAt(profile, move.from), boxes);
            if (problems.length > 0) {
                throw new UsageError(problems.join("\n"));
            }
            const { identity, verified } = await session.actor();
            const given = { digest: approvalDigest(move), lifts: flags.lift, reason: flags.reason, identity, verified };
            const override = await session.consents.override(given, session.schedule.limits.approvalMinutes);
            await record(session, output.warn.bind(output), {
                kind: "override",
                override,
                rollout: { stable: move.stable, candidate: move.candidate, from: move.from, to: move.to },
                text: `${flags.lift.join(", ")} lifted for ${describeMove(move)}: ${flags.reason}`,
            });
            output.result(`${flags.lift.join(", ")} lifted for ${describeMove(move)}, by ${identity}. It counts for this step only.`, { move, override });
        });
}
