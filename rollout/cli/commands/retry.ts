import type { Command } from "commander";

import { whyNotSigner } from "../../consent/approval.ts";
import { whyNotOverriding } from "../../consent/override.ts";
import { whyNoReason } from "../../consent/reason.ts";
import { policyOf } from "../../gate/conditions/consents.ts";
import type { Role } from "../../plan/plan.ts";
import { markOf } from "../../route/rolled-back.ts";
import { exitCode } from "../exit-code.ts";
import { record } from "../recording.ts";
import { UsageError, refuseUnknownRole } from "../session.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface RetryFlags extends CommonOptions {
    readonly reason: string;
    readonly role: Role;
}

/** `rollout retry`: a role lets a revision that was rolled back go forward again. It is by the rules of an override. The ledger hears of it first, and without it nothing is changed. */
export function addRetry(program: Command, open: Opening = opened): void {
    subcommand(program, "retry", "let a candidate that was rolled back go forward again")
        .requiredOption("--role <role>", "role that decides")
        .requiredOption("--reason <text>", "why the revision was not the cause: it is kept in the ledger")
        .action(async (flags: RetryFlags) => {
            const { session, output } = await open(flags);
            refuseUnknownRole(session, flags.role);
            const noReason = whyNoReason(flags.reason);
            if (noReason !== undefined) {
                throw new UsageError(`the reason ${noReason}: say in a sentence why the revision was not the cause`);
            }
            const { namespace, service } = session.target;
            const live = await session.cluster.readStep(namespace, service);
            if (live.kind !== "found" || live.present.record.kind !== "rolling") {
                output.result("there is no candidate to try again", { kind: "nothing" });
                process.exitCode = exitCode.error;
                return;
            }
            const { stable, candidate } = live.present.record;
            const actor = await session.actor();
            const policy = await policyOf(session);
            const refusal = whyNotOverriding(flags.role, actor.identity, policy) ?? whyNotSigner(actor, policy);
            if (refusal !== undefined) {
                output.result(`not cleared: ${refusal}`, { kind: "refused", why: refusal });
                process.exitCode = exitCode.hold;
                return;
            }
            const marks = live.present.rolledBack ?? [];
            if (marks !== "unreadable" && markOf(marks, candidate) === undefined) {
                const why = `${candidate.name} was not rolled back, so nothing keeps it from its next step but its gate: see 'rollout gate'`;
                output.result(`nothing to retry: ${why}`, { kind: "nothing", why });
                process.exitCode = exitCode.error;
                return;
            }
            const text = `${candidate.name} may be tried again, says ${flags.role}: ${flags.reason}`;
            const written = await record(session, output.warn.bind(output), {
                kind: "note",
                purpose: "retry",
                rollout: { stable, candidate, from: 0, to: 0 },
                text,
            });
            if (!written) {
                output.result("nothing changed: the reason could not be written to the ledger", { kind: "failed" });
                process.exitCode = exitCode.error;
                return;
            }
            const cleared = await session.route.clearRolledBack({ namespace, name: service, revision: candidate });
            output.result(
                cleared.kind === "failed"
                    ? `not cleared: ${cleared.reason}`
                    : cleared.kind === "not-marked"
                      ? `nothing was cleared: meanwhile ${candidate.name} is marked no more`
                      : `${candidate.name} may go forward again, from 0 %; testers reach it after 'pulumi up --refresh'`,
                cleared,
            );
            process.exitCode = cleared.kind === "cleared" ? exitCode.done : exitCode.error;
        });
}
