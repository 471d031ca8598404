import { type Command, InvalidArgumentError } from "commander";

import { type CheckpointHours, type CheckpointQuestion, checkpointQuestion } from "../../plan/checkpoint.ts";
import { announcerOf } from "../../announce/live/announcing.ts";
import { exitCode } from "../exit-code.ts";
import { Observer } from "../../watch/live/observer.ts";
import { record } from "../recording.ts";
import type { Session } from "../session.ts";
import { judgementTable } from "../show.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

/** `rollout checkpoint`: the review of a finished rollout after a day and after two, written to the ledger. */
export function addCheckpoint(program: Command, open: Opening = opened): void {
    subcommand(program, "checkpoint", "judge a finished rollout after 24 or 48 hours; exit code 0: every success criterion passes, 3: not, or too early")
        .argument("<hours>", "24h or 48h", hoursIn)
        .action(async (hours: CheckpointHours, flags: CommonOptions) => {
            const { session, output } = await open(flags);
            const question = await questionOf(session, hours);
            if (question.kind === "not-due") {
                output.result(`no review: ${question.why}`, question);
                process.exitCode = exitCode.hold;
                return;
            }
            const { finished, candidate, windowSeconds } = question;
            const observer = new Observer(session);
            try {
                const evidence = await observer.evidenceSinceFinish({ stable: candidate.name, finishedAt: finished.at, windowSeconds });
                const judgement = observer.judge(session.target.profile.successCriteria, evidence);
                const passed = judgement.verdict === "pass";
                const open = judgement.reasons.filter(({ verdict }) => verdict !== "pass").map(({ criterion }) => criterion);
                const text = passed
                    ? `after ${String(hours)} h, every success criterion passes for ${candidate.name}`
                    : `after ${String(hours)} h, ${candidate.name} does not pass ${open.join(", ")}`;
                const written = await record(session, output.warn.bind(output), {
                    kind: "checkpoint",
                    hours,
                    judgement,
                    evidence: { kind: "whole", evidence },
                    rollout: { stable: finished.rollout.stable, candidate, from: 100, to: "finished" },
                    text,
                });
                if (passed) {
                    const subject = { stable: finished.rollout.stable, candidate, weightPercent: 100, judgement } as const;
                    void announcerOf(session, output.warn.bind(output)).announce(subject, { kind: hours === 24 ? "day" : "two-days" });
                }
                output.result(`${judgementTable(judgement)}\n${text}`, { hours, candidate, judgement, written });
                // A review that is not on record was not made.
                process.exitCode = !written ? exitCode.error : passed ? exitCode.done : exitCode.hold;
            } finally {
                await observer.close();
            }
        });
}

async function questionOf({ cluster, ledger, state, schedule, target }: Session, hours: CheckpointHours): Promise<CheckpointQuestion> {
    const [live, verification, now] = await Promise.all([cluster.readStep(target.namespace, target.service), ledger.read(), state.serverNow()]);
    if (live.kind !== "found") {
        return { kind: "not-due", why: live.kind === "absent" ? "there is no route: nothing is deployed" : live.reason };
    }
    if (!verification.intact) {
        return { kind: "not-due", why: `the ledger is not whole: ${verification.findings[0]?.text ?? "see 'rollout ledger verify'"}` };
    }
    const { stable } = live.present.record;
    return checkpointQuestion({ hours, records: verification.counting, stable, now: now.toISOString(), timeScale: schedule.timeScale });
}

function hoursIn(text: string): CheckpointHours {
    switch (text) {
        case "24h":
            return 24;
        case "48h":
            return 48;
        default:
            throw new InvalidArgumentError("use 24h or 48h");
    }
}
