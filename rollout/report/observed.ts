import { z } from "zod";

import type { Observation } from "../gate/evidence.ts";

/** Something that may not be known, as JSON: then it says why, and is never a zero. */
export function observedSchema<T extends z.ZodType>(value: T) {
    return z
        .discriminatedUnion("kind", [
            z.strictObject({ kind: z.literal("observed"), value }).readonly(),
            z.strictObject({ kind: z.literal("missing"), reason: z.string() }).readonly(),
        ])
        .readonly();
}

/** What is known. */
export function observed<T>(value: T): Observation<T> {
    return { kind: "observed", value };
}

/** What is not known, and why. */
export function missing(reason: string): { readonly kind: "missing"; readonly reason: string } {
    return { kind: "missing", reason };
}
