import { describe, expect, it } from "vitest";

import type { Judgement, Reason } from "../../../rollout/gate/verdict.ts";
import { decide, nothingSeen } from "../../../rollout/watch/decide.ts";
import { isOnlyUnproven, lackIn } from "../../../rollout/watch/lack.ts";

const passing: Reason = { criterion: "uptime", verdict: "pass", text: "kept", samples: 900 };
const unproven = (criterion: string, samples: number, neededSamples?: number): Reason => ({
    criterion,
    verdict: "hold",
    shortfall: "unproven",
    text: "not shown yet",
    samples,
    ...(neededSamples === undefined ? {} : { neededSamples }),
});
const judged = (...reasons: Reason[]): Judgement => ({ verdict: reasons.every(({ verdict }) => verdict === "pass") ? "pass" : "hold", reasons });
const breached: Reason = { criterion: "errors", verdict: "hold", shortfall: "breached", text: "errors 2 %", samples: 100 };
const unseen: Reason = { criterion: "errors", verdict: "hold", shortfall: "unseen", text: "no answer", samples: 0 };

describe("evidence that can't come in time", () => {
    it.each([
        { what: "enough soon", reasons: [unproven("events", 500, 900)], says: undefined },
        {
            what: "too slow",
            reasons: [passing, unproven("events", 10, 3_000)],
            says: /at this traffic events can't be shown in time: it needs .* more, and 20 min are left/,
        },
        { what: "two too slow", reasons: [unproven("events", 10, 3_000), unproven("errors", 20, 3_000)], says: /events, and 1 more can't be shown/ },
        {
            what: "one of them never counted",
            reasons: [unproven("errors", 500, 900), unproven("events", 0, 3_000)],
            says: /events can't be shown in time: nothing of it was counted/,
        },
        { what: "no users", reasons: [unproven("errors", 0, 900), unproven("events", 0, 3_000)], says: /there are no users/ },
        { what: "what time alone shows", reasons: [unproven("window", 3)], says: undefined },
        { what: "a breach", reasons: [breached], says: undefined },
    ])("is said at once: $what", ({ reasons, says }) => {
        const lack = lackIn([judged(...reasons)], { soakedSeconds: 600, leftSeconds: 1_200 });
        expect(lack === undefined ? lack : says?.test(lack)).toBe(says === undefined ? undefined : true);
    });

    it("is not said in the first moments of a step", () => {
        expect(lackIn([judged(unproven("errors", 0, 900))], { soakedSeconds: 5, leftSeconds: 2_700 })).toBeUndefined();
    });
});

describe("a step whose hold is over", () => {
    const times = { soakSeconds: 900, holdSeconds: 1_800, blindSeconds: 300 };
    const at = (gate: Judgement, soakedSeconds: number, waitsForEvidence?: boolean) =>
        decide(
            nothingSeen,
            { kind: "judged", atSeconds: soakedSeconds, soakedSeconds, gate, atOnce: judged(passing) },
            { ...times, ...(waitsForEvidence === undefined ? {} : { waitsForEvidence }) },
        ).decision;

    it("rolls back for lack of evidence, unless people are to decide", () => {
        const gate = judged(unproven("events", 10, 3_000));
        expect(at(gate, 3_000)).toMatchObject({ kind: "roll-back" });
        expect(at(gate, 3_000, false)).toMatchObject({ kind: "roll-back" });
        expect(at(gate, 3_000, true)).toMatchObject({ kind: "holding", waits: true, lack: expect.stringContaining("events") as string });
    });

    it.each([
        { what: "a breach", reason: breached },
        { what: "what can't be seen", reason: unseen },
    ])("rolls back for $what, whoever is to decide on lack of evidence", ({ reason }) => {
        expect(at(judged(unproven("events", 10, 3_000), reason), 3_000, true)).toMatchObject({ kind: "roll-back" });
        expect(isOnlyUnproven([judged(unproven("events", 10), reason)])).toBe(false);
    });

    it("says while it soaks that it will come to that", () => {
        expect(at(judged(unproven("events", 1, 3_000)), 600)).toMatchObject({
            kind: "soaking",
            lack: expect.stringContaining("can't be shown in time") as string,
        });
    });
});
