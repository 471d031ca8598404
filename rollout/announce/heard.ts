import type { LedgerRecord, NotifierName } from "../ledger/ledger-record.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Weight } from "../plan/plan.ts";
import { type HeardStep, type TellingMemory, nothingTold } from "./due.ts";
import type { ToldMessage } from "../checklist/message.ts";

/** A record of a message that people heard. */
export type ToldRecord = Extract<LedgerRecord, { kind: "told" }>;

/** Which messages to find. An omitted field matches everything. */
export interface HeardQuestion {
    readonly candidate: RevisionReference;
    readonly message?: ToldMessage;
    /** Of messages about a step: its weight. */
    readonly weightPercent?: Weight;
    /** Not older than this: ISO 8601. */
    readonly since?: string;
    /** Delivered by this notifier. */
    readonly notifier?: NotifierName;
}

/** The messages that people heard about a rollout, oldest first. A message that no notifier could deliver is not among them. */
export function heard(records: readonly LedgerRecord[], { candidate, message, weightPercent, since, notifier }: HeardQuestion): readonly ToldRecord[] {
    return records.filter(
        (record): record is ToldRecord =>
            record.kind === "told" &&
            record.rollout.candidate?.digest === candidate.digest &&
            (message === undefined || record.message === message) &&
            (weightPercent === undefined || record.rollout.to === weightPercent) &&
            (since === undefined || Date.parse(record.at) >= Date.parse(since)) &&
            (notifier === undefined || record.delivered.some((delivery) => delivery.notifier === notifier)),
    );
}

/** What one who tells people remembers, as far as the ledger shows it: after a restart, or when another watcher did it until now. */
export function rememberedFrom(records: readonly LedgerRecord[], step: HeardStep): TellingMemory {
    const own = heard(records, { candidate: step.candidate, since: step.enteredAt });
    const newest = own.at(-1);
    const aboutStep = own.some(({ message, rollout }) => (message === "start" || message === "step") && rollout.to === step.weightPercent);
    const places = (message: ToldMessage): number => own.findLastIndex((record) => record.message === message);
    return {
        ...nothingTold,
        ...(aboutStep ? { step } : {}),
        ...(newest === undefined ? {} : { toldAtSeconds: Date.parse(newest.at) / 1_000 }),
        incidentOpen: places("incident") > places("update"),
    };
}
