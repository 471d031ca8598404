import type { Subject } from "../criterion.ts";
import type { Evidence, Observation, RevisionEvidence } from "../evidence.ts";

/**
 * The revisions that a subject is made of. The service is both, always: with one of them missing it is not known what users meet.
 *
 * @returns why there is nothing to look at, where the evidence holds no candidate.
 */
export function revisionsOf(subject: Subject, { stable, candidate }: Evidence): Observation<readonly RevisionEvidence[]> {
    if (subject === "stable") {
        return { kind: "observed", value: [stable] };
    }
    if (candidate === undefined) {
        return { kind: "missing", reason: "the evidence holds no candidate" };
    }
    return { kind: "observed", value: subject === "candidate" ? [candidate] : [stable, candidate] };
}

/** What was observed of each revision of a subject. One of them missing makes all missing. */
export function observed<T>(subject: Subject, evidence: Evidence, read: (revision: RevisionEvidence) => Observation<T>): Observation<readonly T[]> {
    const revisions = revisionsOf(subject, evidence);
    if (revisions.kind === "missing") {
        return revisions;
    }
    const values: T[] = [];
    for (const revision of revisions.value) {
        const observation = read(revision);
        if (observation.kind === "missing") {
            return { kind: "missing", reason: `${revision.revision}: ${observation.reason}` };
        }
        values.push(observation.value);
    }
    return { kind: "observed", value: values };
}

/** Whether all values are finite numbers from 0. */
export function areAmounts(values: readonly number[]): boolean {
    return values.every((value) => Number.isFinite(value) && value >= 0);
}
