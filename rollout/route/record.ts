import type { Weight } from "../plan/plan.ts";
import type { LabelKeys } from "./label-keys.ts";
import type { RevisionReference } from "./revision.ts";

/**
 * Where a rollout stands: the stable revision alone, or a candidate beside it at one of the plan's weights.
 *
 * There is no third state: a weight without a candidate can't be written down.
 */
export type RolloutRecord =
    | { readonly kind: "steady"; readonly stable: RevisionReference }
    | { readonly kind: "rolling"; readonly stable: RevisionReference; readonly candidate: RevisionReference; readonly weightPercent: Weight };

/** The candidate's weight: 0 when there is no candidate. */
export function weightOf(record: RolloutRecord): Weight {
    return record.kind === "rolling" ? record.weightPercent : 0;
}

/** The annotations that carry `record`. The inverse of {@link decodeRecord}. */
export function encodeRecord(record: RolloutRecord, { record: keys }: Pick<LabelKeys, "record">): Record<string, string> {
    const always = { [keys.weightPercent]: String(weightOf(record)), [keys.stable]: writtenReference(record.stable) };
    return record.kind === "steady" ? always : { ...always, [keys.candidate]: writtenReference(record.candidate) };
}

/** The record that `annotations` carry, or undefined when they carry none or a damaged one: what can't be read is not guessed. */
export function decodeRecord(annotations: Readonly<Record<string, unknown>>, { record: keys }: Pick<LabelKeys, "record">): RolloutRecord | undefined {
    const stable = readReference(annotations[keys.stable]);
    const weightPercent = readWeight(annotations[keys.weightPercent]);
    if (stable === undefined || weightPercent === undefined) {
        return undefined;
    }
    if (annotations[keys.candidate] === undefined) {
        return weightPercent === 0 ? { kind: "steady", stable } : undefined;
    }
    const candidate = readReference(annotations[keys.candidate]);
    return candidate === undefined ? undefined : { kind: "rolling", stable, candidate, weightPercent };
}

/**
 * The weight in an annotation: a whole number from 0 to 100, or undefined where it is none. Whether the plan has a step for it is decided where a step is taken.
 */
export function readWeight(text: unknown): Weight | undefined {
    const percent = typeof text === "string" && /^(?:0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : Number.NaN;
    return percent <= 100 ? percent : undefined;
}

/** Whether two references name the same content under the same name. */
export function sameRevision(left: RevisionReference, right: RevisionReference): boolean {
    return left.name === right.name && left.digest === right.digest;
}

/** A reference as annotations carry it: `<name>@<digest>`. The inverse of {@link readReference}. */
export function writtenReference(reference: RevisionReference): string {
    return `${reference.name}@${reference.digest}`;
}

/** The reference in `value`, or undefined when it is not one. */
export function readReference(value: unknown): RevisionReference | undefined {
    const match = typeof value === "string" ? /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)@(sha256:[0-9a-f]{64})$/.exec(value) : null;
    const [, name, digest] = match ?? [];
    return name === undefined || digest === undefined ? undefined : { name, digest };
}
