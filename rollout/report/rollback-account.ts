import { z } from "zod";

import { type LedgerRecord, notifierNames } from "../ledger/ledger-record.ts";
import { shownSeconds } from "../plan/duration.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import { type CriterionCell, criteriaOf, criterionCellSchema, criterionCells, inOrder, shownBound } from "./criterion-cell.ts";
import { evidenceIn } from "./curve.ts";
import { missing, observed, observedSchema } from "./observed.ts";
import { basisOf, breachSince } from "./proceedings.ts";
import { rounded, shownTime } from "./wording.ts";

/** Everything that is known of a rollback: for the live page, the reports and `rollout status`. */
export const rollbackAccountSchema = z
    .strictObject({
        /** Of the ledger record. */
        sequence: z.int(),
        /** ISO 8601, by the API server's clock: when it was written down, right after the weights had moved. */
        at: z.string(),
        candidate: z.string(),
        /** Weight that the candidate had, in percent. */
        from: z.number(),
        /** What called for it: a criterion of a look, the quick alarm, a time limit of the plan, or a person. */
        calledBy: z.enum(["criterion", "alarm", "limit", "person"]),
        /** Who acted, or whose watcher did. */
        identity: z.string(),
        /** Why, one line each. */
        because: z.array(z.string()).readonly(),
        /** What was judged when it was decided, with what decided it first. Never what came later. Empty where nothing was judged. */
        criteria: z.array(criterionCellSchema).readonly(),
        /** How many of the candidate's requests went wrong. `by`: who counted; what the alarm counted begins where its evidence does, all else is of the newest evidence's window. */
        failed: observedSchema(
            z.strictObject({
                by: z.enum(["alarm", "gateway", "pods"]),
                counted: z.enum(["failed", "slow"]),
                bad: z.number(),
                of: z.number(),
                windowSeconds: z.number().exactOptional(),
            }),
        ),
        /** From the decision until the API server confirmed that the candidate has weight 0, in seconds. */
        movedInSeconds: observedSchema(z.number()),
        /** From the first sign of the fault on record until the record of the rollback, in seconds. */
        sinceFaultSeconds: observedSchema(z.number()),
        /** Who was told of the trouble and of its end, by which way, oldest first. Empty: nobody, as far as the ledger knows. */
        told: z
            .array(
                z
                    .strictObject({
                        message: z.enum(["incident", "rollback"]),
                        notifier: z.enum(notifierNames),
                        at: z.string(),
                        /** Why it did not arrive. Absent where it did. */
                        undelivered: z.string().exactOptional(),
                    })
                    .readonly(),
            )
            .readonly(),
    })
    .readonly();

/** A {@link rollbackAccountSchema}. */
export type RollbackAccount = z.infer<typeof rollbackAccountSchema>;

type RolledBack = Extract<LedgerRecord, { readonly kind: "rolled-back" }>;

/**
 * The account of the newest rollback in the records of one rollout, oldest first; undefined where there is none. All of it is from the ledger: what is measured
 * after a rollback says nothing of why it was made.
 */
export function accountOf(profile: Pick<ServiceProfile, "criteria">, records: readonly LedgerRecord[]): RollbackAccount | undefined {
    const index = records.findLastIndex(({ kind }) => kind === "rolled-back");
    const back = records[index];
    if (back?.kind !== "rolled-back") {
        return undefined;
    }
    const entered = records.findLastIndex(({ kind }, place) => kind === "entered" && place < index);
    const step = records.slice(Math.max(0, entered), index);
    const decided = decidedOn(back);
    return {
        sequence: back.sequence,
        at: back.at,
        candidate: back.rollout.candidate?.name ?? "the candidate",
        from: back.rollout.from,
        calledBy: callerOf(back),
        identity: `${back.actor.identity}${back.actor.verified ? "" : " (unverified)"}`,
        because: reasonsOf(back),
        criteria: judgedThen(profile, back, step, decided),
        failed: failedIn(back, step),
        movedInSeconds:
            back.movedInSeconds === undefined
                ? missing("the record does not say: an update of the stack moved it, or version 0.2.0")
                : observed(back.movedInSeconds),
        sinceFaultSeconds: sinceFault(back, step),
        told: toldOf(records.slice(Math.max(0, entered))),
    };
}

/** The account in sentences, for a page without a grid: what decided, how many failed, how long it took, and who was told. */
export function accountLines(account: RollbackAccount): readonly string[] {
    const decided = account.criteria.filter((cell) => cell.decided).map(({ id }) => id);
    return [
        `${callerWords(account)}${decided.length === 0 ? "" : `, by ${decided.join(", ")}`}, at ${shownTime(account.at)}`,
        `Failed: ${failedWords(account)}`,
        `Took: ${tookWords(account)}`,
        `Told: ${account.told.length === 0 ? "nobody, as far as the ledger knows" : account.told.map(toldWords).join("; ")}`,
    ];
}

/** What called for it, in words. */
export function callerWords({ calledBy, identity }: RollbackAccount): string {
    return {
        criterion: "A criterion called for it",
        alarm: "The quick alarm called for it",
        limit: "A time limit of the plan called for it",
        person: `A person called for it: ${identity}`,
    }[calledBy];
}

/** How many requests went wrong, in words. */
export function failedWords({ failed }: RollbackAccount): string {
    if (failed.kind === "missing") {
        return `not known: ${failed.reason}`;
    }
    const { by, counted, bad, of, windowSeconds } = failed.value;
    const what = `${rounded(bad, 0)} of ${rounded(of, 0)} requests ${counted === "failed" ? "failed" : "took longer than 1 s"}`;
    const who = { alarm: "by the quick alarm's count", gateway: "as users got them", pods: "by the pods" }[by];
    return `${what}, ${who}${windowSeconds === undefined ? "" : `, in ${shownSeconds(windowSeconds)}`}`;
}

/** How long it took, in words. */
export function tookWords({ movedInSeconds, sinceFaultSeconds }: RollbackAccount): string {
    const moved =
        movedInSeconds.kind === "observed"
            ? `${shortSeconds(movedInSeconds.value)} from the decision to weight 0`
            : "from the decision to weight 0 is not known";
    return sinceFaultSeconds.kind === "observed" ? `${moved}; ${shortSeconds(sinceFaultSeconds.value)} from the first sign of the fault` : moved;
}

/** One that was told, in words. */
export function toldWords({ message, notifier, at, undelivered }: RollbackAccount["told"][number]): string {
    return undelivered === undefined ? `${notifier} (${message}) at ${shownTime(at)}` : `NOT ${notifier} (${message}): ${undelivered}`;
}

/** A rollback takes less than a second, which must not be shown as none. */
function shortSeconds(seconds: number): string {
    return seconds < 10 ? `${rounded(seconds, 2)} s` : shownSeconds(seconds);
}

function callerOf(back: RolledBack): RollbackAccount["calledBy"] {
    const { cause } = back;
    if (cause !== undefined) {
        return cause.kind;
    }
    if (basisOf(back) === "a person's word") {
        return "person";
    }
    return back.judgement?.verdict === "rollback" ? "criterion" : "limit";
}

/** Ids of the criteria that decided. None where a person did, or where nothing was seen for too long. */
function decidedOn(back: RolledBack): readonly string[] {
    if (back.cause !== undefined) {
        return back.cause.kind === "alarm" ? back.cause.criteria : [];
    }
    const reasons = back.judgement?.reasons ?? [];
    const fatal = reasons.filter(({ verdict }) => verdict === "rollback");
    return (fatal.length > 0 ? fatal : reasons.filter(({ verdict, text }) => verdict !== "pass" && back.text.includes(text))).map(({ criterion }) => criterion);
}

/** The criteria that broke their bound, or the reason of the watcher's count, or the one that the person gave. */
function reasonsOf({ cause, judgement, text }: RolledBack): readonly string[] {
    const fatal = cause === undefined ? (judgement?.reasons ?? []).filter(({ verdict }) => verdict === "rollback") : [];
    return fatal.length === 0 ? [text] : fatal.map(({ criterion, text: found }) => `${criterion}: ${found}`);
}

/** What was judged then. What the alarm counted takes the place of the look before it, which had not seen it yet. */
function judgedThen(
    profile: Pick<ServiceProfile, "criteria">,
    back: RolledBack,
    step: readonly LedgerRecord[],
    decided: readonly string[],
): readonly CriterionCell[] {
    const { from } = back.rollout;
    const looks = [...step.filter(({ rollout }) => rollout.from === from), back];
    const judgement = looks.map((look) => ("judgement" in look ? look.judgement : undefined)).findLast((one) => one !== undefined);
    const cells = criterionCells(profile, from, judgement?.reasons ?? [], decided);
    const { cause } = back;
    if (cause?.kind !== "alarm") {
        return cells;
    }
    const criteria = criteriaOf(profile, from);
    const counted = cause.criteria.map((id): CriterionCell => {
        const criterion = criteria.get(id);
        const bound = criterion === undefined ? undefined : shownBound(criterion.measure);
        return {
            id,
            title: criterion?.title ?? id,
            state: "fail",
            decided: true,
            value: `${rounded(cause.bad, 0)} of ${rounded(cause.of, 0)}`,
            ...(bound === undefined ? {} : { bound }),
            text: `the quick alarm: ${back.text}`,
        };
    });
    return inOrder([...counted, ...cells.filter(({ id }) => !cause.criteria.includes(id))]);
}

function failedIn(back: RolledBack, step: readonly LedgerRecord[]): RollbackAccount["failed"] {
    const { cause } = back;
    if (cause?.kind === "alarm") {
        const { counted, bad, of } = cause;
        return observed({ by: "alarm", counted, bad, of });
    }
    const evidence = [...step, back].map(evidenceIn).findLast((one) => one !== undefined);
    const candidate = evidence?.candidate;
    if (evidence === undefined || candidate === undefined) {
        return missing("no evidence of the step is on record");
    }
    const { gateway, requests } = candidate;
    const counts = gateway.kind === "seen" ? gateway.requests : requests;
    if (counts.kind === "missing") {
        return counts;
    }
    const { failed: bad, total: of } = counts.value;
    return observed({ by: gateway.kind === "seen" ? "gateway" : "pods", counted: "failed", bad, of, windowSeconds: evidence.windowSeconds });
}

/** From the first look on record that showed a breach which lasted, or the evidence that showed it first. */
function sinceFault(back: RolledBack, step: readonly LedgerRecord[]): RollbackAccount["sinceFaultSeconds"] {
    const shown = step.reduce<string | undefined>(breachSince, undefined);
    const since = shown ?? (callerOf(back) === "criterion" ? evidenceIn(back)?.takenAt : undefined);
    return since === undefined
        ? missing("no look on record had shown a breach before")
        : observed(Math.max(0, (Date.parse(back.at) - Date.parse(since)) / 1_000));
}

function toldOf(records: readonly LedgerRecord[]): RollbackAccount["told"] {
    return records.flatMap((record) => {
        if ((record.kind !== "told" && record.kind !== "not-told") || (record.message !== "incident" && record.message !== "rollback")) {
            return [];
        }
        const { message, at } = record;
        const delivered = record.kind === "told" ? record.delivered : [];
        return [
            ...delivered.map((one) => ({ message, notifier: one.notifier, at: one.at })),
            ...record.undelivered.map(({ notifier, reason }) => ({ message, notifier, at, undelivered: reason })),
        ];
    });
}
