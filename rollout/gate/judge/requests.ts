import type { Criterion } from "../criterion.ts";
import type { Evidence } from "../evidence.ts";
import { type JudgeFinding, unseen } from "./finding.ts";
import { judgeShare } from "./share.ts";
import { areAmounts, observed } from "./subject.ts";

/** Judges failed requests over all requests. */
export function judgeErrors(criterion: Criterion, bound: number, evidence: Evidence): JudgeFinding {
    return judgeRequests(criterion, evidence, bound, "errors", ({ failed }) => failed);
}

/** Judges availability: the share of requests that were not answered well must stay below what it leaves. */
export function judgeAvailability(criterion: Criterion, atLeast: number, evidence: Evidence): JudgeFinding {
    return flipped(judgeRequests(criterion, evidence, complement(atLeast), "unavailable", ({ failed }) => failed));
}

/** Judges requests that ran into a time limit. */
export function judgeTimeouts(criterion: Criterion, bound: number, evidence: Evidence): JudgeFinding {
    return judgeRequests(criterion, evidence, bound, "timeouts", ({ timedOut }) => timedOut ?? Number.NaN);
}

/** Judges cache hits: the share of lookups that missed must stay below what the bound leaves. */
export function judgeCacheHits(criterion: Criterion, bound: number, evidence: Evidence): JudgeFinding {
    const lookups = observed(criterion.subject, evidence, (revision) => revision.cache);
    if (lookups.kind === "missing") {
        return unseen(lookups.reason);
    }
    const all = lookups.value.flatMap(({ hits, misses, errors }) => [hits, misses, errors]);
    if (!areAmounts(all)) {
        return unseen(`${all.join(", ")} lookups in the cache are no measurement`);
    }
    const misses = lookups.value.reduce((sum, one) => sum + one.misses, 0);
    const total = lookups.value.reduce((sum, one) => sum + one.hits + one.misses, 0);
    return flipped(judgeShare(criterion, { count: misses, total, bound: complement(bound), counted: "misses", unit: "lookups" }));
}

/** Judges events: those that were accepted and neither confirmed nor lost yet count as lost. */
export function judgeRecordedEvents(criterion: Criterion, atLeast: number, evidence: Evidence): JudgeFinding {
    const events = observed(criterion.subject, evidence, (revision) => revision.events);
    if (events.kind === "missing") {
        return unseen(events.reason);
    }
    const all = events.value.flatMap(({ accepted, recorded, failed }) => [accepted, recorded, failed]);
    if (!areAmounts(all)) {
        return unseen(`${all.join(", ")} events are no measurement`);
    }
    const count = events.value.reduce((sum, { accepted, recorded, failed }) => sum + Math.max(failed, accepted - recorded), 0);
    const total = events.value.reduce((sum, { accepted }) => sum + accepted, 0);
    return flipped(judgeShare(criterion, { count, total, bound: complement(atLeast), counted: "not recorded", unit: "events" }));
}

function judgeRequests(
    criterion: Criterion,
    evidence: Evidence,
    bound: number,
    counted: string,
    read: (requests: { readonly failed: number; readonly timedOut?: number }) => number,
): JudgeFinding {
    const requests = observed(criterion.subject, evidence, (revision) => revision.requests);
    if (requests.kind === "missing") {
        return unseen(requests.reason);
    }
    if (!areAmounts(requests.value.flatMap((one) => [one.total, read(one)])) || requests.value.some((one) => read(one) > one.total)) {
        return unseen(`${requests.value.map((one) => `${String(read(one))} ${counted} of ${String(one.total)} requests`).join(", ")} is no measurement`);
    }
    const count = requests.value.reduce((sum, one) => sum + read(one), 0);
    const total = requests.value.reduce((sum, one) => sum + one.total, 0);
    return judgeShare(criterion, { count, total, bound, counted, unit: "requests" });
}

/** The same reason in the measure's own unit: what is left of 1. */
function flipped(finding: JudgeFinding): JudgeFinding {
    const { value, bound } = finding;
    return { ...finding, ...(value === undefined ? {} : { value: complement(value) }), ...(bound === undefined ? {} : { bound: complement(bound) }) };
}

/** What is left of 1, without the last digit's error: 0.001 and not 0.0010000000000000009. */
function complement(ratio: number): number {
    return Number((1 - ratio).toPrecision(12));
}
