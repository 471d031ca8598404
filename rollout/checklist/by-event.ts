import { defined } from "../defined.ts";
import type { Weight } from "../plan/plan.ts";
import { heard } from "../announce/heard.ts";
import { soakSecondsAt } from "../plan/schedule.ts";
import type { LedgerEvent } from "./box.ts";
import { figureOnRecord } from "./by-figure.ts";
import { byCategory, held, incidentEnded, incidentsRecorded, noIncident, triedAgain, updatesOfIncident } from "./by-incident.ts";
import { firstShareOf, linkTo, onRecord } from "./history.ts";
import { silence } from "./silence.ts";
import { lookedAtSinceRollback } from "./since-rollback.ts";
import { type Established, open, worse } from "./state.ts";
import type { Asked } from "./asked.ts";
import type { ToldMessage } from "./message.ts";

type Question = Omit<Asked<"event">, "way">;

/** Establishes a box by what the ledger shows. */
export function byEvent({ way, ...question }: Asked<"event">): Established {
    const { event } = way;
    switch (event.kind) {
        case "entered":
            return onRecord(question.history.entered(event.weightPercent), `${String(event.weightPercent)} % was not entered`);
        case "finished":
            return onRecord(question.history.entered("finished"), "the rollout is not finished");
        case "rolled-back":
            return event.category === undefined ? onRecord(question.history.rolledBack, "there was no rollback") : byCategory(question, event.category);
        case "gate-passed":
            return event.afterSoak === true
                ? worse(gatePassed(question, event.weightPercent), soaked(question, event.weightPercent))
                : gatePassed(question, event.weightPercent);
        case "soaked":
            return soaked(question, event.weightPercent);
        case "checkpoint":
            return checkpoint(question, event.hours);
        case "told":
            return told(question, event);
        case "updates":
            return event.during === "rollout" ? updatesOfRollout(question) : updatesOfIncident(question);
        case "held":
            return held(question);
        case "incident-ended":
            return incidentEnded(question);
        case "tried-again":
            return triedAgain(question);
        case "figure":
            return figureOnRecord(question, event);
        case "since-rollback":
            return lookedAtSinceRollback(question, event);
        case "no-incident":
            return noIncident(question, event.hours);
        case "incidents-recorded":
            return incidentsRecorded(question, event.since);
    }
}

/** The live judgement of the step counts too: the step that it lets pass keeps it. */
function gatePassed({ facts: { live }, history }: Question, weightPercent: Weight): Established {
    const at = `the gate of ${String(weightPercent)} %`;
    if (live?.move.from === weightPercent) {
        return live.judgement?.verdict === "pass"
            ? { state: "holds", text: `${at} passes on ${String(live.judgement.reasons.length)} criteria`, at: live.at, evidence: { kind: "live" } }
            : open(`${at} ${live.judgement === undefined ? "could not be judged" : "does not pass"}`);
    }
    const newest = history.judged.find(({ of }) => of === weightPercent);
    if (newest === undefined) {
        return open(`${at} was not judged`);
    }
    const { record, judgement } = newest;
    const passed = judgement.verdict === "pass";
    return {
        state: passed ? "holds" : "failed",
        text: passed ? `${at} passed on ${String(judgement.reasons.length)} criteria` : `${at} did not pass: ${record.text}`,
        at: record.at,
        evidence: linkTo(record),
    };
}

/** By the clock of the step where the evidence kept it, else by the times of the records, which lie a little closer together. */
function soaked({ facts: { live, schedule }, history }: Question, weightPercent: Weight): Established {
    const neededSeconds = soakSecondsAt(schedule, weightPercent);
    const text = (seconds: number): string => `soaked ${String(Math.floor(seconds))} s of ${String(Math.round(neededSeconds))} s at ${String(weightPercent)} %`;
    if (live?.move.from === weightPercent) {
        const { soakedSeconds } = live;
        return soakedSeconds !== undefined && soakedSeconds >= neededSeconds
            ? { state: "holds", text: text(soakedSeconds), at: live.at, evidence: { kind: "live" } }
            : open(soakedSeconds === undefined ? "it is not known how long the step has lasted" : text(soakedSeconds));
    }
    const entered = history.entered(weightPercent);
    const left = history.judged.find(({ of, record }) => of === weightPercent && record.sequence > (entered?.sequence ?? 0))?.record;
    if (entered === undefined || left === undefined) {
        return open(`${String(weightPercent)} % was not entered, or not watched to the end of its soak`);
    }
    const kept = "evidence" in left && left.evidence.kind === "whole" ? left.evidence.evidence.soakedSeconds : undefined;
    const seconds = kept ?? (Date.parse(left.at) - Date.parse(entered.at)) / 1_000;
    return { state: seconds >= neededSeconds ? "holds" : "failed", text: text(seconds), at: left.at, evidence: linkTo(left) };
}

function checkpoint({ history }: Question, hours: 24 | 48): Established {
    const record = history.attempt.findLast((one) => one.kind === "checkpoint" && one.hours === hours);
    if (record?.kind !== "checkpoint") {
        return open(`the review after ${String(hours)} h was not made`);
    }
    return { state: record.judgement?.verdict === "pass" ? "holds" : "failed", text: record.text, at: record.at, evidence: linkTo(record) };
}

/** Messages that belong to the end of a rollout, or come before its beginning: the others must be of the present attempt. */
const afterwards: ReadonlySet<ToldMessage> = new Set<ToldMessage>(["success", "day", "two-days"]);

function told({ facts, history, asOf }: Question, { message, notifier, hoursBefore = 0 }: Extract<LedgerEvent, { kind: "told" }>): Established {
    const { candidate, signatureMinutes, schedule } = facts;
    const finished = history.entered("finished");
    if (candidate === undefined || (afterwards.has(message) && finished === undefined)) {
        return open("the rollout is not finished");
    }
    const records = message === "before" ? history.all : message === "incident" || message === "rollback" ? history.rollout : history.attempt;
    const sinceMs = message === "before" ? Date.parse(asOf) - signatureMinutes * 60_000 : Number.NEGATIVE_INFINITY;
    const found = heard(records, { candidate, message, ...defined({ notifier }) }).filter(
        ({ at }) => Date.parse(at) >= sinceMs && (message !== "before" || Date.parse(at) <= Date.parse(asOf)),
    );
    const neededMs = hoursBefore * 3_600_000 * schedule.timeScale;
    const inTime = found.findLast(({ at }) => Date.parse(asOf) - Date.parse(at) >= neededMs);
    const newest = found.at(-1);
    if (inTime === undefined && newest !== undefined) {
        return open(`message '${message}' was sent at ${newest.at}, and must be ${String(hoursBefore)} h old`);
    }
    return onRecord(inTime, notifier === undefined ? `message '${message}' was not sent` : `${notifier} did not deliver '${message}'`);
}

/** People heard something at least as often as the plan says, from the first step on. */
function updatesOfRollout({ facts, history }: Question): Established {
    const { candidate, schedule, now } = facts;
    const begun = firstShareOf(schedule.plan, history);
    if (candidate === undefined || begun === undefined) {
        return open("the rollout has not begun");
    }
    return silence(heard(history.attempt, { candidate }), { from: begun.at, to: history.entered("finished")?.at ?? now }, schedule);
}
