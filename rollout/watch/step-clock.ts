import type { LabelKeys } from "../route/label-keys.ts";

/** How long the present step has lasted, by the API server's clock alone: the clock of the machine that asks plays no part. */
export type StepClock =
    | {
          readonly kind: "known";
          /** When the step was entered, ISO 8601. The newest write to the weights or the record, by any writer: an edit by hand begins the soak again. */
          readonly enteredAt: string;
          /** When the API server answered, ISO 8601. */
          readonly now: string;
          /** Whole seconds from one to the other, less one for what both round off: never more than really passed. At least 0. */
          readonly soakedSeconds: number;
      }
    /** How long the step has lasted is unknown. A soak is not over then. */
    | { readonly kind: "unknown"; readonly reason: string; readonly now?: string };

/**
 * Reads the clock from an object's `metadata.managedFields`, where the API server notes who wrote which field, and when that writer last changed any field
 * of its own.
 *
 * So the time is that of the step or later, never earlier: a writer of the weights or the record changes a field of its own at that moment. A writer
 * of other fields (labels by hand, status by the gateway) has an entry of its own, which is not looked at.
 *
 * @param now the `Date` of the API server's answer, in any form that `Date` reads; undefined when it had none.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function stepClock(managedFields: unknown, now: string | undefined, { record: keys }: LabelKeys): StepClock {
    const nowMs = Date.parse(now ?? "");
    if (Number.isNaN(nowMs)) {
        return { kind: "unknown", reason: "the API server's answer had no date" };
    }
    const answeredAt = { now: new Date(nowMs).toISOString() };
    const entries = (Array.isArray(managedFields) ? managedFields : []).map((entry) => entryOf(entry, Object.values(keys)));
    // Fields that a step always has. The candidate's annotation is missing where there is no candidate.
    for (const field of [keys.weightPercent, "spec.rules"]) {
        if (!entries.some(({ owned }) => owned.includes(field))) {
            return { kind: "unknown", reason: `the writer of ${field} is unknown: the object's managedFields were removed`, ...answeredAt };
        }
    }
    const writers = entries.filter(({ owned }) => owned.length > 0);
    const timeless = writers.find(({ writtenMs }) => Number.isNaN(writtenMs));
    if (timeless !== undefined) {
        return { kind: "unknown", reason: `it is not noted when ${timeless.manager} wrote ${timeless.owned.join(", ")}`, ...answeredAt };
    }
    const enteredMs = Math.max(...writers.map(({ writtenMs }) => writtenMs));
    if (enteredMs - nowMs > mostSkewMs) {
        const ahead = String(Math.round((enteredMs - nowMs) / 1_000));
        return { kind: "unknown", reason: `the step would have been entered ${ahead} s from now: the clocks of the API servers differ`, ...answeredAt };
    }
    return {
        kind: "known",
        enteredAt: new Date(enteredMs).toISOString(),
        ...answeredAt,
        soakedSeconds: Math.max(0, Math.floor((nowMs - enteredMs) / 1_000) - 1),
    };
}

/** Difference between the clocks of two API servers that is taken for normal, in milliseconds. The soak is 0 for as long. */
const mostSkewMs = 10_000;

interface Entry {
    readonly manager: string;
    /** Which fields of a step it wrote. */
    readonly owned: readonly string[];
    /** Not a number where it isn't noted. */
    readonly writtenMs: number;
}

function entryOf(value: unknown, recordKeys: readonly string[]): Entry {
    const entry = fields(value);
    const owned = fields(entry.fieldsV1);
    const annotations = fields(fields(owned["f:metadata"])["f:annotations"]);
    return {
        manager: typeof entry.manager === "string" ? entry.manager : "an unknown writer",
        owned: [...recordKeys.filter((key) => `f:${key}` in annotations), ...("f:rules" in fields(owned["f:spec"]) ? ["spec.rules"] : [])],
        // The client library makes a Date of it for built-in kinds, and leaves the text for custom ones.
        writtenMs: entry.time instanceof Date ? entry.time.getTime() : typeof entry.time === "string" ? Date.parse(entry.time) : Number.NaN,
    };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
