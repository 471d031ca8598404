import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { z } from "zod";

import type { Evidence } from "../../../rollout/gate/evidence.ts";
import { evidenceSchema } from "../../../rollout/ledger/evidence-schema.ts";

/** Evidence that was recorded, and the judgements of that day: see recorded/record.ts. */
const recorded = z
    .object({
        healthy: z.record(z.string(), z.record(z.string(), z.unknown())),
        cases: z.array(
            z.object({
                name: z.string(),
                weightPercent: z.number(),
                criteria: z.enum(["step", "success"]),
                change: z.record(z.string(), z.unknown()),
                verdict: z.string(),
                notPassed: z.record(z.string(), z.string()),
                digest: z.string(),
            }),
        ),
    })
    .parse(JSON.parse(readFileSync(resolve(import.meta.dirname, "judgements.json"), "utf8")));

/** What was recorded: the change to healthy evidence, and the judgement. */
export const { cases } = recorded;

/** The evidence of a case, in today's form. */
export function evidenceOf({ weightPercent, change }: (typeof cases)[number]): Evidence {
    return evidenceSchema.parse(renamed(patched(recorded.healthy[weightPercent], change)));
}

/** `base` with a merge patch applied: RFC 7386. */
function patched(base: unknown, patch: unknown): unknown {
    if (!isObject(patch)) {
        return patch;
    }
    const merged = new Map(Object.entries(isObject(base) ? base : {}));
    for (const [key, value] of Object.entries(patch)) {
        if (value === null) {
            merged.delete(key);
        } else {
            merged.set(key, patched(merged.get(key), value));
        }
    }
    return Object.fromEntries(merged);
}

/** Evidence of that day, with events under the name that they have now. */
function renamed(evidence: unknown): unknown {
    return isObject(evidence)
        ? Object.fromEntries(Object.entries(evidence).map(([key, value]) => [key === "engagementEvents" ? "events" : key, renamed(value)]))
        : evidence;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
