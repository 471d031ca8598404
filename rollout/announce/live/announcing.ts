import { setTimeout as sleep } from "node:timers/promises";

import { defined } from "../../defined.ts";
import { wordsOf } from "../../words.ts";
import { notifiersOf } from "./notifiers.ts";
import type { Delivery } from "./notifiers/delivery.ts";
import type { LedgerRecord, LedgerRollout } from "../../ledger/ledger-record.ts";
import { messageOf } from "../messages.ts";
import { type TellingMemory, due, nothingTold } from "../due.ts";
import { heard, rememberedFrom } from "../heard.ts";
import type { Message, Occasion, RolloutFacts } from "../message.ts";
import { type RolloutRecord, sameRevision } from "../../route/record.ts";
import { weightsOf } from "../../plan/plan.ts";
import { soakSecondsAt } from "../../plan/schedule.ts";
import { type SessionDraft, record } from "../../cli/recording.ts";
import type { Session } from "../../cli/session.ts";
import type { LiveStep, WatchEnd, WatchStatus } from "../../watch/live/watcher.ts";

/** The rollout that a message is about, as it stands. */
export type Subject = Pick<RolloutFacts, "stable" | "candidate" | "weightPercent" | "judgement" | "soakLeftSeconds">;

/** What an announcer needs of the world. */
export interface AnnouncerParts {
    /** Sends a message by each notifier. If omitted, no message is sent. */
    readonly deliver?: (message: Message) => Promise<readonly Delivery[]>;
    /** The ledger's records. @throws when it can't be read. */
    readonly records: () => Promise<readonly LedgerRecord[]>;
    /** Writes to the ledger. */
    readonly write: (draft: SessionDraft) => Promise<unknown>;
    /** What the live route says. Undefined where it can't be read. */
    readonly present: () => Promise<RolloutRecord | undefined>;
    /** What every message about this stack says. */
    readonly common: Pick<RolloutFacts, "service" | "environment" | "plannedSeconds" | "weights" | "updateEverySeconds" | "links">;
    /** How long a step must last, in seconds. */
    readonly soakSecondsAt: (weightPercent: LiveStep["weightPercent"]) => number;
    /** Told when people heard something, in seconds since 1970. */
    readonly heard: (atSeconds: number) => void;
    readonly warn: (line: string) => void;
    readonly nowSeconds: () => number;
    readonly pause: (milliseconds: number) => Promise<void>;
}

/**
 * Tells people of a rollout, beside it: neither a watcher nor a command waits for a function here, and none throws. A notifier that hangs, or a ledger that
 * can't be read, delays a message and nothing else.
 */
export class Announcer {
    readonly #parts: AnnouncerParts;
    readonly #underWay = new Set<Promise<unknown>>();
    #memory: TellingMemory = nothingTold;
    /** The newest step that was looked at, while this watcher is the one that watches. */
    #last: { readonly step: LiveStep; readonly subject: Subject } | undefined;
    #latest: WatchStatus | undefined;
    #considering = false;
    #updating = false;
    #rolledBack: LiveStep | undefined;

    constructor(parts: AnnouncerParts) {
        this.#parts = parts;
    }

    /** Takes a look of the watcher, and says what is due: a step, a problem, how it stands. A look that comes while an older one is considered replaces it. */
    look(status: WatchStatus): void {
        if (this.#parts.deliver === undefined) {
            return;
        }
        this.#latest = status;
        if (!this.#considering) {
            this.#considering = true;
            this.#beside(this.#considerLatest());
        }
    }

    /** Says that the watcher rolled a step back. */
    rolledBack(step: LiveStep, reason: string): void {
        this.#rolledBack = step;
        const judgement = this.#last?.subject.judgement;
        this.#beside(
            this.announce({ stable: step.stable, candidate: step.candidate, weightPercent: 0, ...defined({ judgement }) }, { kind: "rollback", reason }),
        );
    }

    /** Says that what was to be done with a step was not done, such as a rollback that the API server refuses. */
    failed(step: LiveStep, reason: string, usersAffected: boolean): void {
        const { stable, candidate, weightPercent } = step;
        const judgement = this.#last?.subject.judgement;
        this.#beside(this.announce({ stable, candidate, weightPercent, ...defined({ judgement }) }, { kind: "incident", reason, usersAffected }));
    }

    /** Takes the end of a watch. It announces another party's rollback or finish only if that party has not done so a little later. */
    ended(end: WatchEnd): void {
        const last = this.#last;
        if (last === undefined || this.#parts.deliver === undefined) {
            return;
        }
        if (end.kind === "rolled-back" || end.kind === "nothing") {
            this.#last = undefined;
            this.#memory = nothingTold;
        }
        if (end.kind === "rolled-back" && this.#rolledBack?.enteredAt !== last.step.enteredAt) {
            this.#beside(this.#tellOfAnother({ ...last.subject, weightPercent: 0 }, { kind: "rollback", reason: end.reason }, last.step.enteredAt));
        }
        if (end.kind === "nothing") {
            this.#beside(this.#tellOfFinish(last.subject, last.step.enteredAt));
        }
    }

    /** Tells people, and writes down who heard it and who did not. @returns what came of it, by notifier. */
    async announce(subject: Subject, occasion: Occasion): Promise<readonly Delivery[]> {
        const { deliver, warn, write } = this.#parts;
        if (deliver === undefined) {
            return [];
        }
        try {
            const message = this.message(subject, occasion);
            const deliveries = await deliver(message);
            const delivered = deliveries.flatMap((one) => (one.kind === "delivered" ? [{ notifier: one.notifier, at: one.at, attempts: one.attempts }] : []));
            const undelivered = deliveries.flatMap((one) =>
                one.kind === "undelivered" ? [{ notifier: one.notifier, reason: one.reason.slice(0, longestReason), attempts: one.attempts }] : [],
            );
            for (const { notifier, reason, attempts } of undelivered) {
                warn(`${notifier} did not get the message '${occasion.kind}' (tries: ${String(attempts)}): ${reason}`);
            }
            const rollout = rolloutOf(subject, occasion);
            if (delivered.length > 0) {
                this.#parts.heard(this.#parts.nowSeconds());
                const text = `${delivered.map(({ notifier }) => notifier).join(", ")}: ${message.title}`;
                await write({ kind: "told", message: occasion.kind, rollout, text, delivered, undelivered });
            } else if (undelivered.length > 0) {
                await write({ kind: "not-told", message: occasion.kind, rollout, text: `not delivered: ${message.title}`, undelivered });
            }
            return deliveries;
        } catch (error) {
            warn(`the message '${occasion.kind}' was not sent: ${wordsOf(error)}`);
            return [];
        }
    }

    /** The message as it would be sent. */
    message(subject: Subject, occasion: Occasion): Message {
        return messageOf({ ...this.#parts.common, ...subject, at: new Date(this.#parts.nowSeconds() * 1_000).toISOString() }, occasion);
    }

    /** Settles when nothing is being sent any more: within the notifiers' time limits. */
    async settled(): Promise<void> {
        while (this.#underWay.size > 0) {
            await Promise.all(this.#underWay);
        }
    }

    async #considerLatest(): Promise<void> {
        try {
            for (let status = this.#latest; status !== undefined; status = this.#latest) {
                this.#latest = undefined;
                await this.#consider(status);
            }
        } finally {
            this.#considering = false;
        }
    }

    async #consider({ step, decision, examination }: WatchStatus): Promise<void> {
        if (decision.kind === "standing-by") {
            this.#memory = nothingTold;
            this.#last = undefined;
            return;
        }
        if (step === undefined) {
            return;
        }
        if (this.#memory.step?.enteredAt !== step.enteredAt) {
            await this.#remember(step);
        }
        const { nowSeconds, common } = this.#parts;
        const judgement = defined({ judgement: examination?.gate });
        const soakLeftSeconds = Math.max(0, this.#parts.soakSecondsAt(step.weightPercent) - step.soakedSeconds);
        const subject: Subject = { stable: step.stable, candidate: step.candidate, weightPercent: step.weightPercent, soakLeftSeconds, ...judgement };
        this.#last = { step, subject };
        const look = { step, decision, ...defined({ gate: examination?.gate }) };
        const { memory, occasion } = due(this.#memory, look, nowSeconds(), common.updateEverySeconds);
        this.#memory = memory;
        // An update that is still being tried says the same as this one would: they don't pile up.
        if (occasion === undefined || (occasion.kind === "update" && this.#updating)) {
            return;
        }
        this.#updating = this.#updating || occasion.kind === "update";
        this.#beside(
            this.announce(subject, occasion).finally(() => {
                this.#updating = this.#updating && occasion.kind !== "update";
            }),
        );
    }

    /** Takes over what the ledger shows that people heard: from this watcher's last life, or from another watcher. */
    async #remember(step: LiveStep): Promise<void> {
        try {
            const known = rememberedFrom(await this.#parts.records(), step);
            this.#memory = { ...this.#memory, ...known, incidentOpen: known.incidentOpen || this.#memory.incidentOpen };
            if (known.toldAtSeconds !== undefined) {
                this.#parts.heard(known.toldAtSeconds);
            }
        } catch {
            // Better to send it twice than not at all.
        }
    }

    async #tellOfAnother(subject: Subject, occasion: Extract<Occasion, { kind: "rollback" | "success" }>, since: string): Promise<void> {
        await this.#parts.pause(othersTellWithinMs);
        const records = await this.#parts.records().catch(() => []);
        if (heard(records, { candidate: subject.candidate, message: occasion.kind, since }).length === 0) {
            await this.announce(subject, occasion);
        }
    }

    async #tellOfFinish(subject: Subject, since: string): Promise<void> {
        const present = await this.#parts.present();
        if (present?.kind === "steady" && sameRevision(present.stable, subject.candidate)) {
            await this.#tellOfAnother({ ...subject, weightPercent: 100 }, { kind: "success" }, since);
        }
    }

    #beside(work: Promise<unknown>): void {
        const guarded = work
            .catch((error: unknown) => {
                this.#parts.warn(`people were not told: ${wordsOf(error)}`);
            })
            .finally(() => this.#underWay.delete(guarded));
        this.#underWay.add(guarded);
    }
}

/** The announcer of a session's rollout. Without `communication` in its config it says nothing. */
export function announcerOf(session: Session, warn: (line: string) => void, onHeard: (atSeconds: number) => void = () => undefined): Announcer {
    const { target, schedule } = session;
    const { communication, service, environment, namespace } = target;
    const notifiers = communication === undefined ? undefined : notifiersOf(communication, process.env);
    return new Announcer({
        ...(notifiers === undefined || notifiers.names.length === 0 ? {} : { deliver: (message) => notifiers.deliver(message) }),
        records: async () => (await session.ledger.read()).counting,
        write: (draft) => record(session, warn, draft),
        present: async () => {
            const live = await session.cluster.readStep(namespace, service);
            return live.kind === "found" ? live.present.record : undefined;
        },
        common: {
            service,
            environment,
            weights: weightsOf(schedule.plan).filter((weight) => weight > 0),
            plannedSeconds: schedule.steps.reduce((sum, { weightPercent, soakMinutes }) => sum + (weightPercent === 0 ? 0 : soakMinutes * 60), 0),
            updateEverySeconds: schedule.limits.statusUpdateMinutes * 60,
            links: {
                ...(communication?.runbookUrl === undefined ? {} : { runbook: communication.runbookUrl }),
                ...(communication?.reportUrl === undefined ? {} : { report: communication.reportUrl }),
            },
        },
        soakSecondsAt: (weightPercent) => soakSecondsAt(schedule, weightPercent),
        heard: onHeard,
        warn,
        nowSeconds: () => Date.now() / 1_000,
        pause: (milliseconds) => sleep(milliseconds),
    });
}

/** A message moves nothing: where the rollout stands is both where it was and where it is. */
function rolloutOf({ stable, candidate, weightPercent }: Subject, { kind }: Occasion): LedgerRollout {
    const finished = kind === "success" || kind === "day" || kind === "two-days";
    return finished ? { stable, candidate, from: 100, to: "finished" } : { stable, candidate, from: weightPercent, to: weightPercent };
}

/** How long the party that rolled back or finished has to announce it, in milliseconds, before another watcher does. */
const othersTellWithinMs = 15_000;

/** Of a reason in the ledger, in characters. */
const longestReason = 300;
