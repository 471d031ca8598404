import { defined } from "../defined.ts";
import { type RolloutPlan, type Weight, nextStep } from "../plan/plan.ts";
import type { LedgerRecord, NotifierName } from "../ledger/ledger-record.ts";
import { heard } from "../announce/heard.ts";
import { soakSecondsAt } from "../plan/schedule.ts";
import { type RolloutHistory, linkTo } from "./history.ts";
import { type Established, open } from "./state.ts";
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
            return onRecord(question.history.rolledBack, "there was no rollback");
        case "gate-passed":
            return gatePassed(question, event.weightPercent);
        case "soaked":
            return soaked(question, event.weightPercent);
        case "checkpoint":
            return checkpoint(question, event.hours);
        case "told":
            return event.message === "update" ? updates(question) : told(question, event.message, event.notifier);
        case "no-incident":
            return noIncident(question, event.hours);
        case "incidents-recorded":
            return incidentsRecorded(question, event.since);
    }
}

function onRecord(record: LedgerRecord | undefined, otherwise: string): Established {
    return record === undefined ? open(otherwise) : { state: "holds", text: record.text, at: record.at, evidence: linkTo(record) };
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

function told({ facts, history, asOf }: Question, message: ToldMessage, notifier: NotifierName | undefined): Established {
    const { candidate, signatureMinutes } = facts;
    const finished = history.entered("finished");
    if (candidate === undefined || (afterwards.has(message) && finished === undefined)) {
        return open("the rollout is not finished");
    }
    const records = message === "before" ? history.all : message === "incident" || message === "rollback" ? history.rollout : history.attempt;
    const sinceMs = message === "before" ? Date.parse(asOf) - signatureMinutes * 60_000 : Number.NEGATIVE_INFINITY;
    const newest = heard(records, { candidate, message, ...defined({ notifier }) }).findLast(
        ({ at }) => Date.parse(at) >= sinceMs && (message !== "before" || Date.parse(at) <= Date.parse(asOf)),
    );
    return onRecord(newest, notifier === undefined ? `message '${message}' was not sent` : `${notifier} did not deliver '${message}'`);
}

/** The first step with a share of the traffic, as it was entered: from then on there is something to tell. */
function firstShareOf(plan: RolloutPlan, history: RolloutHistory): LedgerRecord | undefined {
    const first = nextStep(plan, 0);
    return first === undefined ? undefined : history.entered(first.weightPercent);
}

/** How much later than planned the next message may come, as a factor on the plan's interval: a notifier that has to be tried again needs some of it. */
const latest = 1.5;

/** People heard something at least as often as the plan says, from the first step on. */
function updates({ facts, history }: Question): Established {
    const { candidate, schedule, now } = facts;
    const begun = firstShareOf(schedule.plan, history);
    if (candidate === undefined || begun === undefined) {
        return open("the rollout has not begun");
    }
    const messages = heard(history.attempt, { candidate });
    const newest = messages.findLast(({ message }) => message !== "before");
    if (newest === undefined) {
        return open("no message has said how it stands");
    }
    const mostSeconds = schedule.limits.statusUpdateMinutes * 60 * latest;
    const end = history.entered("finished")?.at ?? now;
    const times = [begun.at, ...messages.map(({ at }) => at), end]
        .map((at) => Date.parse(at))
        .filter((at) => at >= Date.parse(begun.at) && at <= Date.parse(end));
    const gapSeconds = Math.max(0, ...times.toSorted((left, right) => left - right).map((at, index, all) => (at - (all[index - 1] ?? at)) / 1_000));
    const text = `told ${String(messages.length)} times, the longest silence was ${String(Math.round(gapSeconds))} s of at most ${String(Math.round(mostSeconds))} s`;
    return { state: gapSeconds <= mostSeconds ? "holds" : "failed", text, at: newest.at, evidence: linkTo(newest) };
}

function noIncident({ facts: { now, schedule }, history }: Question, hours = 0): Established {
    const finished = history.entered("finished");
    if (finished === undefined) {
        return open("the rollout is not finished");
    }
    const back = history.attempt.findLast(({ kind }) => kind === "rolled-back");
    if (back !== undefined) {
        return { state: "failed", text: `traffic was rolled back: ${back.text}`, at: back.at, evidence: linkTo(back) };
    }
    const incident = history.attempt.findLast((record) => record.sequence > finished.sequence && record.kind === "told" && record.message === "incident");
    if (incident !== undefined) {
        return { state: "failed", text: incident.text, at: incident.at, evidence: linkTo(incident) };
    }
    const neededMs = hours * 3_600_000 * schedule.timeScale;
    return Date.parse(now) - Date.parse(finished.at) < neededMs
        ? open(`${String(hours)} h have not passed since it was finished`)
        : { state: "holds", text: "nothing was rolled back, and no incident is on record", at: now, evidence: linkTo(finished) };
}

function incidentsRecorded({ history }: Question, since: Weight | undefined): Established {
    const entered = since === undefined ? undefined : history.entered(since);
    if (since !== undefined && entered === undefined) {
        return open(`${String(since)} % was not entered`);
    }
    const incident = history.incidents.findLast(({ sequence }) => sequence > (entered?.sequence ?? 0));
    if (incident !== undefined) {
        return onRecord(incident, "");
    }
    return entered === undefined
        ? { state: "not-applicable", text: "there was no hold and no rollback" }
        : { state: "holds", text: "no hold and no rollback is on record", at: entered.at, evidence: linkTo(entered) };
}
