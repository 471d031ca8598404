import { type Command, InvalidArgumentError } from "commander";

import { defined } from "../../defined.ts";
import { factSources } from "../../gate/conditions/assembly.ts";
import { signatureMinutesOf } from "../../gate/conditions/checklist-facts.ts";
import { whyNotSigner } from "../../consent/approval.ts";
import { isNamed } from "../../consent/person.ts";
import type { Checklist } from "../../checklist/box.ts";
import { type Signature, signatureDigest } from "../../checklist/signature.ts";
import type { Role } from "../../plan/plan.ts";
import { checklistOf } from "../checklist-evaluation.ts";
import { checklistSubject } from "../checklist-subject.ts";
import { exitCode } from "../exit-code.ts";
import { record } from "../recording.ts";
import { UsageError, refuseUnknownRole } from "../session.ts";
import { shownSeconds } from "../show.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface SignFlags extends CommonOptions {
    readonly role: Role;
    readonly link?: string;
    readonly note?: string;
}

/** `rollout sign`: a role says that boxes of the checklist hold which no program can look at. */
export function addSign(program: Command, open: Opening = opened): void {
    subcommand(program, "sign", "say, for a role, that boxes of the checklist hold which no program can look at")
        .argument("<boxes...>", "ids of the boxes, as 'rollout checklist' shows them")
        .requiredOption("--role <role>", "role that signs")
        .option("--link <url>", "where the reader finds what it rests on", urlIn)
        .option("--note <text>", "what it rests on, in a sentence")
        .action(async (ids: readonly string[], flags: SignFlags) => {
            const { session, output } = await open(flags);
            refuseUnknownRole(session, flags.role);
            const boxes = boxesToSign(checklistOf(session), ids, flags.role);
            const { role, link, note } = flags;
            if (link === undefined && note === undefined) {
                throw new UsageError("what does it rest on? Give --link, --note or both");
            }
            const subject = await checklistSubject(session);
            if (subject === undefined) {
                output.result("there is nothing to sign for: no candidate is declared, and none was rolled out", { kind: "nothing" });
                process.exitCode = exitCode.error;
                return;
            }
            const sources = factSources(session);
            const actor = await session.actor();
            const { identity, verified } = actor;
            const policy = await sources.policy();
            const allowed = policy.roles[role];
            const refusal = allowed !== undefined && !isNamed(allowed, identity) ? `${identity} may not act as ${role}` : whyNotSigner(actor, policy);
            if (refusal !== undefined) {
                output.result(`not signed: ${refusal}`, { kind: "refused", why: refusal });
                process.exitCode = exitCode.hold;
                return;
            }
            const { stable, candidate, at } = subject;
            const signatures: Signature[] = [];
            for (const { id } of boxes) {
                const given = {
                    box: id,
                    role,
                    identity,
                    verified,
                    digest: signatureDigest(id, candidate),
                    ...defined({ link, note }),
                };
                signatures.push(await session.signatures.sign(given, signatureMinutesOf(sources)));
            }
            const words = boxes.map(({ id }) => id).join(", ");
            await record(session, output.warn.bind(output), {
                kind: "signed",
                signatures,
                rollout: { stable, candidate, from: at === "finished" ? 100 : at, to: at },
                text: `${role} signs ${words} for ${candidate.name}${note === undefined ? "" : `: ${note}`}`,
            });
            const vouched = verified ? "" : ", which nothing vouches for";
            output.result(
                `${role} signs ${words} for ${candidate.name}, as ${identity}${vouched}. It counts for ${shownSeconds(signatureMinutesOf(sources) * 60)}, and for this content only.`,
                { candidate, signatures },
            );
        });
}

/** @throws {UsageError} with everything that is wrong with a signature before it is given. */
export function boxesToSign(checklist: Checklist, ids: readonly string[], role: Role): Checklist {
    const problems = ids.flatMap((id) => problemWith(checklist, id, role));
    if (problems.length > 0) {
        throw new UsageError(problems.join("\n"));
    }
    return checklist.filter(({ id }) => ids.includes(id));
}

function problemWith(checklist: Checklist, id: string, role: Role): readonly string[] {
    const way = checklist.find((box) => box.id === id)?.establishedBy;
    if (way === undefined) {
        return [`there is no box ${id}: see 'rollout checklist'`];
    }
    if (way.kind !== "attested") {
        return [`${id} is established by looking (${way.kind}), and no signature counts for it`];
    }
    if (way.approves !== undefined) {
        return [`${id} is the approval of a step: use 'rollout approve --role ${way.role}' when the step comes next`];
    }
    return way.role === role ? [] : [`${id} is signed by ${way.role}, not by ${role}`];
}

function urlIn(text: string): string {
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
        throw new InvalidArgumentError("write an address with https:// or http://");
    }
    return text;
}
