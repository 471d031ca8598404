import { describe, expect, it } from "vitest";

import { whyNeeded, whyTooFew } from "../../../rollout/route/needed.ts";
import type { LiveRoute } from "../../../rollout/route/route.ts";
import { type Weight, weightsOf } from "../../../rollout/plan/plan.ts";
import { candidateCapacity, stableCapacity } from "../../../rollout/route/capacity.ts";
import type { RolloutRecord } from "../../../rollout/route/record.ts";
import { plan } from "../../../service/plan.ts";

const v1 = { name: "v1", digest: `sha256:${"1".repeat(64)}` };
const v2 = { name: "v2", digest: `sha256:${"2".repeat(64)}` };

const steady: LiveRoute = { kind: "found", present: { record: { kind: "steady", stable: v1 }, routedPercent: 0 } };

function rolling(weightPercent: Weight, routedPercent: number = weightPercent, tampering?: string): LiveRoute {
    const record = { kind: "rolling", stable: v1, candidate: v2, weightPercent } as const;
    return { kind: "found", present: { record, routedPercent, ...(tampering === undefined ? {} : { tampering }) } };
}

describe("what users need, by the live route", () => {
    it.each<{ name: string; live: LiveRoute; revision: string | undefined; why: string | undefined }>([
        { name: "the service while its route is there", live: steady, revision: undefined, why: "the live route leads users to this service" },
        { name: "the service without a route", live: { kind: "absent" }, revision: undefined, why: undefined },
        { name: "a revision without a route", live: { kind: "absent" }, revision: "v1", why: undefined },
        { name: "the stable revision alone", live: steady, revision: "v1", why: "the live route leads 100 % of the users to it" },
        { name: "the stable revision at 25 %", live: rolling(25), revision: "v1", why: "the live route leads 75 % of the users to it" },
        { name: "the stable revision at 100 %, before the finish", live: rolling(100), revision: "v1", why: "a rollback would lead all users to it" },
        { name: "the candidate at 25 %", live: rolling(25), revision: "v2", why: "the live route leads 25 % of the users to it" },
        { name: "the candidate at 0 %", live: rolling(0), revision: "v2", why: undefined },
        { name: "the candidate that a hand gave users", live: rolling(0, 40), revision: "v2", why: "the live route leads 40 % of the users to it" },
        { name: "the candidate whose users a hand took away", live: rolling(25, 0), revision: "v2", why: "the live route leads 25 % of the users to it" },
        { name: "a revision that the route does not know", live: steady, revision: "v0", why: undefined },
        {
            name: "a revision that an edited route may know",
            live: rolling(25, 25, "spec.rules has another length"),
            revision: "v0",
            why: "the live route is not what its record says, so it may lead users to it",
        },
        {
            name: "anything on an unreadable route",
            live: { kind: "damaged", reason: "no record", revisions: [] },
            revision: "v0",
            why: "the live route can't be judged: no record",
        },
        {
            name: "anything on an unreachable server",
            live: { kind: "unreachable", reason: "timeout" },
            revision: undefined,
            why: "the live route can't be judged: timeout",
        },
    ])("$name: $why", ({ live, revision, why }) => {
        expect(whyNeeded(live, revision)).toBe(why);
    });
});

describe("how few pods are too few, by the live route", () => {
    it("is below what the plan says for the step, for each step and both revisions", () => {
        for (const weightPercent of weightsOf(plan).filter((weight) => weight > 0)) {
            const record: RolloutRecord & { readonly kind: "rolling" } = { kind: "rolling", stable: v1, candidate: v2, weightPercent };
            for (const [revision, { minimum }] of [
                ["v1", stableCapacity(plan, record)],
                ["v2", candidateCapacity(plan, record)],
            ] as const) {
                expect(whyTooFew(plan, rolling(weightPercent), revision, { minimum, maximum: minimum })).toBeUndefined();
                expect(whyTooFew(plan, rolling(weightPercent), revision, { minimum: minimum - 1, maximum: 10 })).toMatch(/which takes \d+ pods or more/);
                expect(whyTooFew(plan, rolling(weightPercent), revision, { minimum, maximum: minimum - 1 })).toMatch(/which takes \d+ pods or more/);
            }
        }
    });

    it("is nothing where no user is", () => {
        expect(whyTooFew(plan, { kind: "absent" }, "v1", { minimum: 1, maximum: 1 })).toBeUndefined();
        expect(whyTooFew(plan, rolling(0), "v2", { minimum: 1, maximum: 1 })).toBeUndefined();
    });

    it("is any number on a route that can't be read or was edited", () => {
        expect(whyTooFew(plan, { kind: "unreachable", reason: "timeout" }, "v1", { minimum: 9, maximum: 9 })).toMatch(/can't be judged: timeout/);
        expect(whyTooFew(plan, rolling(25, 40), "v1", { minimum: 9, maximum: 9 })).toMatch(/not what its record says/);
    });
});
