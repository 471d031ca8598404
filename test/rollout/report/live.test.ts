import { describe, expect, it } from "vitest";

import { type LiveReading, liveView } from "../../../rollout/report/live.ts";
import { criteriaAt } from "../../../rollout/gate/criteria.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import type { Decision } from "../../../rollout/watch/decide.ts";
import { evidenceOf, revision } from "./fixture.ts";
import { profile } from "../../../service/profile.ts";

const scope = { at: "2025-10-26T07:10:00.000Z", service: "video-ranking", namespace: "nova-prod", environment: "prod" };
const nobody = { kind: "observed", value: [] } as const;
const nothingOnRecord = { kind: "observed", value: undefined } as const;

function underWay(decision: Decision, changed: Partial<LiveReading & { readonly kind: "under-way" }> = {}): LiveReading {
    const common = { stable: revision("v1-0-0"), candidate: revision("v1-1-0"), weightPercent: 25, soakedSeconds: 600, soakSeconds: 1_800 } as const;
    return { kind: "under-way", ...common, decision, approvalsMissing: nobody, ...changed };
}

function seenWith(errorRatio: number) {
    const evidence = evidenceOf(scope.at, 1_800, 25, { errorRatio });
    const { gate, atOnce } = criteriaAt(profile, 25);
    return { seen: { evidence, gate: judge(gate, evidence), atOnce: judge(atOnce, evidence) } };
}

describe("the first screen", () => {
    it.each([
        {
            what: "a soak that goes well",
            reading: underWay({ kind: "soaking", secondsLeft: 1_200 }, seenWith(0.0004)),
            view: {
                tone: "good",
                step: "v1-1-0 at 25 % (quarter)",
                health: "Healthy: all criteria pass",
                next: "Then, if the gate passes: v1-1-0 from 25 % to 50 %.",
                left: "20 min of 30 min",
            },
        },
        {
            what: "a soak with a bound that is broken",
            reading: underWay({ kind: "soaking", secondsLeft: 1_200 }, seenWith(0.02)),
            view: { tone: "wait", health: "Not healthy: a bound is broken" },
        },
        {
            what: "a gate that holds",
            reading: underWay({ kind: "holding", secondsLeft: 300, reason: "errors" }),
            view: {
                tone: "wait",
                health: "Not healthy enough: the gate holds",
                next: "If the gate does not pass until then, the watcher rolls back.",
                left: "5 min",
            },
        },
        {
            what: "a gate that holds for more reasons than the first screen has room for",
            reading: underWay({ kind: "holding", secondsLeft: 300, reason: "errors" }, seenWith(0.2)),
            view: { why: [expect.any(String), expect.any(String), expect.any(String), expect.stringMatching(/^and \d+ more$/)] },
        },
        {
            what: "a gate that holds while the candidate has no users",
            reading: underWay({ kind: "holding", secondsLeft: Number.POSITIVE_INFINITY, reason: "errors" }, { weightPercent: 0 }),
            view: { tone: "wait", next: "When the gate passes: v1-1-0 from 0 % to 10 %.", left: "no limit: no user is at risk" },
        },
        {
            what: "nothing that is seen",
            reading: underWay({ kind: "blind", secondsLeft: 90, reason: "no answer" }),
            view: { tone: "bad", health: "Nothing is seen of the candidate", why: ["no answer"], left: "90 s" },
        },
        {
            what: "nothing that is seen of a step which has just begun",
            reading: underWay({ kind: "blind", secondsLeft: 290, reason: "nothing was measured in it yet" }, { soakedSeconds: 10 }),
            view: { tone: "wait", health: "Not known yet: the step has just begun", why: ["nothing was measured in it yet"] },
        },
        {
            what: "a breach that rolls it back",
            reading: underWay({ kind: "roll-back", reason: "errors 12 %" }),
            view: { tone: "bad", health: "Not healthy: rolling back", next: "A watcher rolls back now.", left: "now" },
        },
        {
            what: "a step that is ready",
            reading: underWay({ kind: "ready" }, { soakedSeconds: 1_900, ...seenWith(0.0004) }),
            view: { tone: "good", next: "v1-1-0 from 25 % to 50 % may be taken.", left: "none: soaked for 32 min" },
        },
        {
            what: "a step of which nothing was judged",
            reading: underWay({ kind: "soaking", secondsLeft: 60 }),
            view: { tone: "wait", health: "Not known: nothing was judged" },
        },
        {
            what: "a step that waits for an approval",
            reading: underWay({ kind: "ready" }, { approvalsMissing: { kind: "observed", value: ["tech-lead"] } }),
            view: { next: "v1-1-0 from 25 % to 50 % waits. Approval is missing of tech-lead." },
        },
        {
            what: "approvals that can't be read",
            reading: underWay({ kind: "ready" }, { approvalsMissing: { kind: "missing", reason: "forbidden" } }),
            view: { next: "v1-1-0 from 25 % to 50 % waits. It is not known whether it is approved: forbidden." },
        },
        {
            what: "no rollout",
            reading: { kind: "nothing", why: "v1 has all traffic", rolledBack: false, last: nothingOnRecord },
            view: { tone: "plain", step: "No rollout", health: "No candidate has users", left: "nothing is timed" },
        },
        {
            what: "a candidate that was rolled back",
            reading: { kind: "nothing", why: "errors 12 %", rolledBack: true, last: nothingOnRecord },
            view: { tone: "bad", step: "Rolled back", why: ["errors 12 %"] },
        },
        {
            what: "no answer of the cluster",
            reading: { kind: "unknown", why: "connection refused" },
            view: { tone: "bad", step: "Unknown", why: ["connection refused"] },
        },
    ] as const satisfies readonly { readonly what: string; readonly reading: LiveReading; readonly view: object }[])(
        "says where it stands: $what",
        ({ reading, view }) => {
            expect(liveView(profile, reading, scope)).toMatchObject({ ...scope, ...view });
        },
    );

    it("never shows as well what was not seen", () => {
        for (const reading of [underWay({ kind: "blind", secondsLeft: 9, reason: "no answer" }), { kind: "unknown", why: "no answer" } as const]) {
            expect(liveView(profile, reading, scope)).toMatchObject({ tone: "bad", figures: [], observedShare: { kind: "missing" } });
        }
    });

    it("shows the way through the plan only while a rollout is under way, and the soak only while it lasts", () => {
        const soaking = liveView(profile, underWay({ kind: "soaking", secondsLeft: 1_200 }, seenWith(0.0004)), scope);
        expect(soaking.course.map(({ destination, state }) => `${String(destination)} ${state}`)).toEqual([
            "0 done",
            "10 done",
            "25 current",
            "50 ahead",
            "100 ahead",
            "finished ahead",
        ]);
        expect(soaking.soak).toEqual({ soakedSeconds: 600, soakSeconds: 1_800 });
        expect(liveView(profile, underWay({ kind: "ready" }, seenWith(0.0004)), scope)).not.toHaveProperty("soak");
        expect(liveView(profile, { kind: "nothing", why: "v1 has all traffic", rolledBack: false, last: nothingOnRecord }, scope).course).toEqual([]);
    });

    it.each([
        { unproven: 1, why: ["1 criterion is not shown to hold yet: it needs more requests or time"] },
        { unproven: 2, why: ["2 criteria are not shown to hold yet: they need more requests or time"] },
    ])("is healthy so far while $unproven of its criteria needs more requests, and says so", ({ unproven, why }) => {
        const { seen } = seenWith(0.0004);
        const reasons = Array.from({ length: unproven }, (_, index) => ({
            criterion: `criterion-${String(index)}`,
            verdict: "hold" as const,
            shortfall: "unproven" as const,
            text: "too few to tell",
            samples: 10,
        }));
        const gate = { verdict: "hold" as const, reasons: [...seen.gate.reasons, ...reasons] };
        const view = liveView(profile, underWay({ kind: "soaking", secondsLeft: 60 }, { seen: { ...seen, gate } }), scope);
        expect(view).toMatchObject({ tone: "good", health: "Healthy so far: no bound is broken", why });
    });
});
