import { heard } from "../announce/heard.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Weight } from "../plan/plan.ts";
import type { RollbackCategory } from "../watch/cause.ts";
import type { Asked } from "./asked.ts";
import { type RolloutHistory, firstShareOf, isIncident, linkTo, onRecord } from "./history.ts";
import { silence } from "./silence.ts";
import { type Established, notApplicable, open } from "./state.ts";

type Question = Pick<Asked, "facts" | "history">;

/** Nothing was rolled back, and no critical alert fired, from the first step to `hours` after the finish. */
export function noIncident({ facts, history }: Question, hours = 0): Established {
    const { now, schedule, fired } = facts;
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
    if (fired.kind === "missing") {
        return open(`whether a critical alert fired can't be seen: ${fired.reason}`);
    }
    const begun = firstShareOf(schedule.plan, history) ?? finished;
    const endMs = Date.parse(finished.at) + hours * 3_600_000 * schedule.timeScale;
    const alert = fired.value.fired.find(({ from, to }) => Date.parse(to) >= Date.parse(begun.at) && Date.parse(from) <= endMs);
    if (alert !== undefined) {
        return {
            state: "failed",
            text: `the critical alert ${alert.name} fired from ${alert.from} to ${alert.to}`,
            at: alert.to,
            evidence: { kind: "alert", alert: alert.name },
        };
    }
    if (Date.parse(fired.value.since) > Date.parse(begun.at)) {
        return open(`Prometheus knows what fired since ${fired.value.since} only, and the rollout began at ${begun.at}`);
    }
    return Date.parse(now) < endMs
        ? open(`${String(hours)} h have not passed since it was finished`)
        : { state: "holds", text: "nothing was rolled back, no incident is on record, and no critical alert fired", at: now, evidence: linkTo(finished) };
}

/** Each hold and rollback is on record. That there was none says something only of a step that was looked at. */
export function incidentsRecorded({ facts: { live }, history }: Question, since: Weight | undefined): Established {
    const entered = since === undefined ? undefined : history.entered(since);
    if (since !== undefined && entered === undefined) {
        return open(`${String(since)} % was not entered`);
    }
    const incident = history.incidents.findLast(({ sequence }) => sequence > (entered?.sequence ?? 0));
    if (incident !== undefined) {
        return onRecord(incident, "");
    }
    if (entered === undefined) {
        return { state: "not-applicable", text: "there was no hold and no rollback" };
    }
    const text = "it was judged since, and no hold and no rollback is on record";
    if (live?.move.from === since && live?.judgement !== undefined) {
        return { state: "holds", text, at: live.at, evidence: { kind: "live" } };
    }
    const look = history.judged.find(({ of, record }) => of === since && record.sequence > entered.sequence)?.record;
    return look === undefined
        ? open(`${String(since)} % was not judged since it was entered: 'rollout watch' judges it, and puts that on record`)
        : { state: "holds", text, at: look.at, evidence: linkTo(look) };
}

/** People heard something as often while the newest incident lasted: until it was rolled back or passed, or until now. */
export function updatesOfIncident({ facts, history }: Question): Established {
    const { candidate, schedule, now } = facts;
    const span = newestIncident(history);
    if (candidate === undefined || span === undefined) {
        return notApplicable("there was no hold and no rollback");
    }
    return silence(heard(history.rollout, { candidate }), { from: span.begun.at, to: span.ended?.at ?? now }, schedule);
}

/** An incident of a rollout: the first record that tells of it, and the one that ended it. */
interface IncidentSpan {
    readonly begun: LedgerRecord;
    /** A rollback, or a judgement of the step that passed. Absent while it lasts. */
    readonly ended?: LedgerRecord;
}

function newestIncident({ rollout }: RolloutHistory): IncidentSpan | undefined {
    let newest: IncidentSpan | undefined;
    let begun: LedgerRecord | undefined;
    for (const record of rollout) {
        if (record.kind === "rolled-back") {
            newest = { begun: begun ?? record, ended: record };
            begun = undefined;
        } else if (isIncident(record)) {
            // What is told of a rollback comes after it, and is of the same incident.
            begun ??= tellsOfRollback(record) ? undefined : record;
        } else if (begun !== undefined && passes(record)) {
            newest = { begun, ended: record };
            begun = undefined;
        }
    }
    return begun === undefined ? newest : { begun };
}

function tellsOfRollback(record: LedgerRecord): boolean {
    return (record.kind === "told" || record.kind === "not-told") && record.message === "rollback";
}

/** A step that was judged well, or was left forward. */
function passes(record: LedgerRecord): boolean {
    switch (record.kind) {
        case "verdict":
        case "watch":
            return record.judgement?.verdict === "pass";
        case "entered":
            return record.rollout.to !== 0;
        case "finished":
            return true;
        default:
            return false;
    }
}

/** A step that did not pass was held. */
export function held({ history: { incidents } }: Question): Established {
    // A watcher tells people of a hold, and that is on record.
    const hold = incidents.findLast((record) => record.kind !== "rolled-back" && !tellsOfRollback(record));
    return hold === undefined ? notApplicable("nothing was held: it was rolled back at once") : onRecord(hold, "");
}

/** The newest incident is over. */
export function incidentEnded({ history }: Question): Established {
    const span = newestIncident(history);
    return span === undefined ? notApplicable("there was no hold and no rollback") : onRecord(span.ended, `it is not over: ${span.begun.text}`);
}

/** What was rolled back came again as another candidate, or with a reason on record. */
export function triedAgain({ history: { rolledBack, rollout, successor, successorRecords } }: Question): Established {
    if (rolledBack === undefined) {
        return notApplicable("nothing was rolled back");
    }
    const { sequence } = rolledBack;
    const retry = rollout.findLast((record) => record.sequence > sequence && record.kind === "note" && record.purpose === "retry");
    const again = rollout.findLast((record) => record.sequence > sequence && record.kind === "entered" && record.rollout.to !== 0);
    if (again !== undefined && (retry === undefined || retry.sequence > again.sequence)) {
        return {
            state: "failed",
            text: `the same content went forward again without a reason on record: ${again.text}`,
            at: again.at,
            evidence: linkTo(again),
        };
    }
    if (retry !== undefined) {
        return onRecord(retry, "");
    }
    const [first] = successorRecords;
    return successor === undefined || first === undefined
        ? open("nothing has come after what was rolled back")
        : { state: "holds", text: `${successor.name} came after it`, at: first.at, evidence: linkTo(first) };
}

/** The newest rollback is one that a person made, for this. */
export function byCategory({ history: { rolledBack } }: Question, category: RollbackCategory): Established {
    if (rolledBack?.kind !== "rolled-back") {
        return open("there was no rollback");
    }
    const { cause, text, at } = rolledBack;
    const state = cause?.kind === "person" && cause.category === category ? "holds" : "not-applicable";
    return {
        state,
        text: state === "holds" ? `a person rolled it back: ${text}` : `something else called for the rollback: ${text}`,
        at,
        evidence: linkTo(rolledBack),
    };
}
