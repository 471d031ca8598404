import type { Weight } from "../plan/plan.ts";
import type { RevisionReference } from "./revision.ts";

/**
 * Where a rollout stands: the stable revision alone, or a candidate beside it at one of the plan's weights.
 *
 * There is no third state: a weight without a candidate can't be written down.
 */
export type RolloutRecord =
    | { readonly kind: "steady"; readonly stable: RevisionReference }
    | { readonly kind: "rolling"; readonly stable: RevisionReference; readonly candidate: RevisionReference; readonly weightPercent: Weight };

/** Annotation keys that carry a record on the route and on the gate. `kubectl get httproute -o yaml` shows them to people. */
export const recordAnnotations = {
    weightPercent: "nova.example.com/rollout-percent",
    stable: "nova.example.com/stable",
    candidate: "nova.example.com/candidate",
} as const;

/** The candidate's weight: 0 when there is no candidate. */
export function weightOf(record: RolloutRecord): Weight {
    return record.kind === "rolling" ? record.weightPercent : 0;
}

/** The annotations that carry `record`. The inverse of {@link decodeRecord}. */
export function encodeRecord(record: RolloutRecord): Record<string, string> {
    const always = { [recordAnnotations.weightPercent]: String(weightOf(record)), [recordAnnotations.stable]: writtenReference(record.stable) };
    return record.kind === "steady" ? always : { ...always, [recordAnnotations.candidate]: writtenReference(record.candidate) };
}

/** The record that `annotations` carry, or undefined when they carry none or a damaged one: what can't be read is not guessed. */
export function decodeRecord(annotations: Readonly<Record<string, unknown>>): RolloutRecord | undefined {
    const stable = readReference(annotations[recordAnnotations.stable]);
    const weightPercent = readWeight(annotations[recordAnnotations.weightPercent]);
    if (stable === undefined || weightPercent === undefined) {
        return undefined;
    }
    if (annotations[recordAnnotations.candidate] === undefined) {
        return weightPercent === 0 ? { kind: "steady", stable } : undefined;
    }
    const candidate = readReference(annotations[recordAnnotations.candidate]);
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
