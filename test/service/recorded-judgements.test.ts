import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { everyCriterionAt } from "../../rollout/gate/criteria.ts";
import { judge } from "../../rollout/gate/judge.ts";
import { evidenceSchema } from "../../rollout/ledger/evidence-schema.ts";
import { profile } from "../../service/profile.ts";
import { kept } from "./recorded/record.ts";

/** Evidence that was recorded, and the judgements of that day: see recorded/record.ts. */
const { healthy, cases } = z
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
    .parse(JSON.parse(readFileSync(resolve(import.meta.dirname, "recorded/judgements.json"), "utf8")));

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

describe("recorded evidence", () => {
    it("is of every weight, of many kinds, and of each verdict", () => {
        expect(cases.length).toBeGreaterThan(300);
        expect(new Set(cases.map(({ name }) => name)).size).toBeGreaterThan(25);
        expect(new Set(cases.map(({ weightPercent }) => weightPercent))).toEqual(new Set([0, 10, 25, 50, 100]));
        expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(["pass", "hold", "rollback"]));
    });

    it.each(profile.criteria.map(({ weightPercent }) => weightPercent))("is judged as it was on that day, to the last word, at %i %%", (weightPercent) => {
        const differing = cases
            .filter((one) => one.weightPercent === weightPercent)
            .flatMap(({ name, criteria, change, verdict, notPassed, digest }) => {
                const evidence = evidenceSchema.parse(renamed(patched(healthy[weightPercent], change)));
                const now = kept(judge(criteria === "step" ? everyCriterionAt(profile, weightPercent) : profile.successCriteria, evidence));
                return now.digest === digest ? [] : [{ name, was: { verdict, notPassed }, now }];
            });
        expect(differing).toEqual([]);
    });
});
