import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import type { Judgement, Verdict } from "../../../rollout/gate/verdict.ts";
import { type Decision, type Look, type WatchMemory, decide, nothingSeen } from "../../../rollout/watch/decide.ts";

const times = { soakSeconds: 900, holdSeconds: 1_800, blindSeconds: 300 };

function judgement(verdict: Verdict, criterion = "error-ratio"): Judgement {
    return { verdict, reasons: [{ criterion, verdict, text: `text of ${verdict}`, samples: 1 }] };
}

function judged(soakedSeconds: number, gate: Verdict, atOnce: Verdict = "pass", blindness?: string): Look {
    return {
        kind: "judged",
        atSeconds: soakedSeconds,
        soakedSeconds,
        gate: judgement(gate),
        atOnce: judgement(atOnce, "errors-at-once"),
        ...defined({ blindness }),
    };
}

function watch(looks: readonly Look[]): readonly Decision[] {
    let memory: WatchMemory = nothingSeen;
    return looks.map((look) => {
        const next = decide(memory, look, times);
        memory = next.memory;
        return next.decision;
    });
}

describe("a watched step", () => {
    it.each([
        { when: "the soak is under way, though the gate passes", looks: [judged(899, "pass")], kind: "soaking" },
        { when: "the soak is under way and the gate holds", looks: [judged(10, "hold")], kind: "soaking" },
        { when: "the soak is over to the second and the gate passes", looks: [judged(900, "pass")], kind: "ready" },
        { when: "the soak is over and the gate holds", looks: [judged(900, "hold")], kind: "holding" },
        { when: "what takes a rollout back can't be judged", looks: [judged(900, "pass", "hold")], kind: "holding" },
        { when: "the hold is one second short of its limit", looks: [judged(2_699, "hold")], kind: "holding" },
        { when: "the hold reaches its limit", looks: [judged(2_700, "hold")], kind: "roll-back" },
        { when: "a criterion rolls back during the soak", looks: [judged(1, "hold", "rollback")], kind: "roll-back" },
        {
            when: "a criterion rolls back long after the gate passed, while an approval is waited for",
            looks: [judged(900, "pass"), judged(9_000, "pass", "rollback")],
            kind: "roll-back",
        },
        { when: "a criterion rolls back though no traffic is seen", looks: [judged(5, "hold", "rollback", "no series")], kind: "roll-back" },
        { when: "no traffic of the candidate is seen", looks: [judged(900, "pass", "pass", "no series")], kind: "blind" },
        { when: "the soak is not a number", looks: [judged(Number.NaN, "pass")], kind: "soaking" },
    ] as const)("is $kind when $when", ({ looks, kind }) => {
        expect(watch(looks).at(-1)?.kind).toBe(kind);
    });

    it("rolls back when nothing was seen for as long as the plan allows, and not a second earlier", () => {
        const blind = (atSeconds: number): Look => ({ kind: "blind", atSeconds, reason: "connection refused" });
        expect(watch([blind(100), blind(399), blind(400)]).map(({ kind }) => kind)).toEqual(["blind", "blind", "roll-back"]);
    });

    it("forgets that it was blind as soon as it sees again", () => {
        const blind = (atSeconds: number): Look => ({ kind: "blind", atSeconds, reason: "connection refused" });
        expect(watch([blind(100), judged(350, "hold"), blind(401), blind(700)]).map(({ kind }) => kind)).toEqual(["blind", "soaking", "blind", "blind"]);
    });

    it("counts a hold from the last time the gate passed", () => {
        expect(watch([judged(5_000, "pass"), judged(6_799, "hold"), judged(6_800, "hold")]).map(({ kind }) => kind)).toEqual(["ready", "holding", "roll-back"]);
    });

    it("says which criterion rolled it back", () => {
        expect(watch([judged(1, "hold", "rollback")])).toEqual([{ kind: "roll-back", reason: "errors-at-once: text of rollback" }]);
    });

    it("is ready only when the last look passed after the soak, whatever came before", () => {
        const look: fc.Arbitrary<Look> = fc.oneof(
            fc.record({ kind: fc.constant("blind" as const), atSeconds: fc.nat(10_000), reason: fc.constant("down") }),
            fc
                .tuple(fc.nat(10_000), fc.constantFrom("pass", "hold", "rollback"), fc.constantFrom("pass", "hold", "rollback"), fc.boolean())
                .map(([at, gate, atOnce, sees]) => judged(at, gate, atOnce, sees ? undefined : "no series")),
        );
        fc.assert(
            fc.property(fc.array(look, { minLength: 1 }), (looks) => {
                const last = looks.at(-1);
                if (watch(looks).at(-1)?.kind === "ready") {
                    expect(last).toMatchObject({ kind: "judged", gate: { verdict: "pass" }, atOnce: { verdict: "pass" } });
                    expect(last?.kind === "judged" && last.soakedSeconds >= times.soakSeconds && last.blindness === undefined).toBe(true);
                }
            }),
        );
    });
});
