import { type Command, InvalidArgumentError, Option } from "commander";

import { defined } from "../../defined.ts";
import { shownSeconds } from "../../plan/duration.ts";
import { type Message, type Occasion, toldMessages } from "../../announce/message.ts";
import { referenceTo } from "../../route/revision.ts";
import { type Announcer, type Subject, announcerOf } from "../../announce/live/announcing.ts";
import { assess } from "../assessing.ts";
import { exitCode } from "../exit-code.ts";
import { type Session, UsageError } from "../session.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";
import type { ToldMessage } from "../../checklist/message.ts";

interface NotifyFlags extends CommonOptions {
    readonly message: ToldMessage;
    readonly reason?: string;
    readonly startsAt?: string;
    readonly usersAffected?: true;
    readonly dryRun?: true;
}

/** `rollout notify`: one message of the communication plan, by hand. `watch`, `run`, `rollback` and `finish` send theirs by themselves. */
export function addNotify(program: Command, open: Opening = opened): void {
    subcommand(program, "notify", "tell people: one message of the communication plan, by hand")
        .addOption(new Option("--message <kind>", "which message").choices(toldMessages).makeOptionMandatory())
        .option("--starts-at <time>", "when the rollout is to start, for 'before': ISO 8601; default: in 24 hours", timeOf)
        .option("--reason <text>", "what is wrong, or why: for 'incident' and 'rollback'; for 'update': what to say")
        .option("--users-affected", "for 'incident': users are affected, so the status page says so too")
        .option("--dry-run", "print the message, and send nothing")
        .action(async (flags: NotifyFlags) => {
            const { session, output } = await open(flags);
            const announcer = announcerOf(session, output.warn.bind(output));
            const { subject, occasion } = await asked(session, flags);
            const message = announcer.message(subject, occasion);
            if (flags.dryRun === true) {
                output.result(shownMessage(message), message);
                return;
            }
            await send(session, announcer, subject, occasion, (text, value) => {
                output.result(text, value);
            });
        });
}

async function send(
    session: Session,
    announcer: Announcer,
    subject: Subject,
    occasion: Occasion,
    result: (text: string, value: unknown) => void,
): Promise<void> {
    if (session.target.communication === undefined) {
        throw new UsageError("no message can be sent: the stack's config names no notifier. Set communication.slack, webhook, email or statusPage");
    }
    const deliveries = await announcer.announce(subject, occasion);
    const heardBy = deliveries.flatMap(({ kind, notifier }) => (kind === "delivered" ? [notifier] : []));
    result(heardBy.length === 0 ? "no message was sent" : `sent by ${heardBy.join(", ")}`, deliveries);
    process.exitCode = deliveries.length > 0 && deliveries.every(({ kind }) => kind !== "undelivered") ? exitCode.done : exitCode.error;
}

interface Asked {
    readonly subject: Subject;
    readonly occasion: Occasion;
}

async function asked(session: Session, { message: kind, reason, startsAt, usersAffected }: NotifyFlags): Promise<Asked> {
    switch (kind) {
        case "before":
            return { subject: declared(session), occasion: { kind, startsAt: startsAt ?? new Date(Date.now() + 24 * 3_600_000).toISOString() } };
        case "start":
        case "step":
            return { subject: await standing(session), occasion: { kind } };
        case "update": {
            const subject = await standing(session);
            return { subject, occasion: { kind, state: reason ?? stateOf(subject) } };
        }
        case "incident":
            return { subject: await standing(session), occasion: { kind, reason: needed(reason, kind), usersAffected: usersAffected === true } };
        case "rollback":
            return { subject: await onRoute(session), occasion: { kind, reason: needed(reason, kind) } };
        case "success":
        case "day":
        case "two-days":
            return { subject: await finished(session), occasion: { kind } };
    }
}

/** The rollout that the stack's file declares: before it starts, the route knows nothing of it. */
function declared({ stack }: Session): Subject {
    const config = stack?.file.config(process.env);
    if (config?.candidate === undefined) {
        throw new UsageError(
            stack === undefined ? "name the stack with --stack: its file says what is to be rolled out" : "the stack's file declares no candidate",
        );
    }
    return { stable: referenceTo(config.stable), candidate: referenceTo(config.candidate), weightPercent: 0 };
}

/** The step under way, judged now. */
async function standing(session: Session): Promise<Subject> {
    const outcome = await assess(session);
    if (outcome.kind !== "assessed") {
        throw new Error(`there is nothing to tell of: ${outcome.why}`);
    }
    const { step, judgement } = outcome;
    const soakSeconds = (session.schedule.steps.find(({ weightPercent }) => weightPercent === step.weightPercent)?.soakMinutes ?? 0) * 60;
    const { stable, candidate, weightPercent } = step;
    const soakLeftSeconds = Math.max(0, soakSeconds - step.soakedSeconds);
    return { stable, candidate, weightPercent, soakLeftSeconds, ...defined({ judgement }) };
}

/** The two revisions on the live route, whatever their weights. */
async function onRoute({ cluster, target }: Session): Promise<Subject> {
    const live = await cluster.readStep(target.namespace, target.service);
    if (live.kind !== "found" || live.present.record.kind !== "rolling") {
        throw new Error("there is nothing to tell of: the live route names no candidate");
    }
    const { stable, candidate } = live.present.record;
    return { stable, candidate, weightPercent: 0 };
}

/** The rollout that was finished last, with the newest judgement of it, as the ledger has them. */
async function finished({ ledger }: Session): Promise<Subject> {
    const { counting: records } = await ledger.read();
    const end = records.findLast(({ kind }) => kind === "finished");
    if (end?.rollout.candidate === undefined) {
        throw new Error("there is nothing to tell of: the ledger has no finished rollout");
    }
    const { stable, candidate } = end.rollout;
    const judged = records.findLast(
        (record) =>
            (record.kind === "checkpoint" || record.kind === "finished" || record.kind === "verdict") && record.rollout.candidate?.digest === candidate.digest,
    );
    const judgement = judged !== undefined && "judgement" in judged ? judged.judgement : undefined;
    return { stable, candidate, weightPercent: 100, ...defined({ judgement }) };
}

function stateOf({ soakLeftSeconds = 0, judgement }: Subject): string {
    if (soakLeftSeconds > 0) {
        return `soaking, ${shownSeconds(soakLeftSeconds)} left`;
    }
    return judgement?.verdict === "pass" ? "the soak is over, and every criterion passes" : "the soak is over, and not every criterion passes";
}

function needed(reason: string | undefined, kind: string): string {
    if (reason === undefined || reason.trim() === "") {
        throw new UsageError(`--message ${kind} needs --reason: what people are to read`);
    }
    return reason;
}

function shownMessage({ title, text, fields, links, notices }: Message): string {
    return [
        title,
        "",
        text,
        "",
        ...fields.map(({ name, value }) => `${name}: ${value}`),
        ...links.map(({ name, url }) => `${name}: ${url}`),
        ...notices.map((notice) => `Status page, ${notice.kind} ${notice.state}: ${notice.text}`),
    ].join("\n");
}

function timeOf(text: string): string {
    const milliseconds = Date.parse(text);
    if (Number.isNaN(milliseconds)) {
        throw new InvalidArgumentError("use a time such as 2026-01-31T09:00:00Z");
    }
    return new Date(milliseconds).toISOString();
}
