import type { Command } from "commander";

import { approvalDigest, whyNotSigner } from "../../consent/approval.ts";
import { askedElsewhere } from "../../checklist/asked-elsewhere.ts";
import { everyCriterionAt } from "../../gate/criteria.ts";
import { describeMove } from "../../plan/move.ts";
import { overrideProblems, whyNotOverriding } from "../../consent/override.ts";
import { policyOf } from "../../gate/conditions/consents.ts";
import type { Role } from "../../plan/plan.ts";
import { exitCode } from "../exit-code.ts";
import { record } from "../recording.ts";
import { UsageError, refuseUnknownRole } from "../session.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";
import { nextMoveOf } from "./approve.ts";

interface OverrideFlags extends CommonOptions {
    readonly lift: readonly string[];
    readonly reason: string;
    readonly role: Role;
}

/** `rollout override`: takes one step although a condition is not met. With a reason, for this step only, and shown in every report. */
export function addOverride(program: Command, open: Opening = opened): void {
    subcommand(program, "override", "let the next step be taken although a condition is not met; never one that rolls back at once")
        .requiredOption("--role <role>", "role that decides: the override counts as its own")
        .requiredOption("--lift <ids...>", "what to lift: soak, approvals, ids of criteria or of boxes as 'rollout gate' shows them")
        .requiredOption("--reason <text>", "why, in a sentence: it is kept in the ledger and shown in every report")
        .action(async (flags: OverrideFlags) => {
            const { session, output } = await open(flags);
            refuseUnknownRole(session, flags.role);
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
            const actor = await session.actor();
            const { identity, verified } = actor;
            const policy = await policyOf(session);
            const refusal = whyNotOverriding(flags.role, identity, policy) ?? whyNotSigner(actor, policy);
            if (refusal !== undefined) {
                output.result(`not lifted: ${refusal}`, { kind: "refused", why: refusal });
                process.exitCode = exitCode.hold;
                return;
            }
            const given = { digest: approvalDigest(move), lifts: flags.lift, reason: flags.reason, role: flags.role, identity, verified };
            const override = await session.consents.override(given, session.schedule.limits.approvalMinutes);
            await record(session, output.warn.bind(output), {
                kind: "override",
                override,
                rollout: { stable: move.stable, candidate: move.candidate, from: move.from, to: move.to },
                text: `${flags.lift.join(", ")} lifted for ${describeMove(move)}: ${flags.reason}`,
            });
            output.result(`${flags.lift.join(", ")} lifted for ${describeMove(move)}, by ${identity} as ${flags.role}. It counts for this step only.`, {
                move,
                override,
            });
        });
}
