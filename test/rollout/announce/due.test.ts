import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type HeardStep, type TellingMemory, type WatchedLook, due, nothingTold } from "../../../rollout/announce/due.ts";
import { heard, rememberedFrom } from "../../../rollout/announce/heard.ts";
import type { LedgerDraft } from "../../../rollout/ledger/ledger-record.ts";
import type { Weight } from "../../../rollout/plan/plan.ts";
import type { Judgement, Reason } from "../../../rollout/gate/verdict.ts";
import type { Decision } from "../../../rollout/watch/decide.ts";
import { chainOf, timeAt } from "../ledger/arbitraries.ts";

const stable = { name: "v1-0-0", digest: `sha256:${"1".repeat(64)}` };
const candidate = { name: "v1-1-0", digest: `sha256:${"2".repeat(64)}` };
const every = 900;

function step(weightPercent: Weight): HeardStep {
    return { stable, candidate, weightPercent, enteredAt: timeAt(weightPercent) };
}

function gate(shortfall: Reason["shortfall"]): Judgement {
    const reason: Reason = { criterion: "error-ratio", verdict: shortfall === undefined ? "pass" : "hold", text: "as told", samples: 1 };
    return { verdict: reason.verdict, reasons: [shortfall === undefined ? reason : { ...reason, shortfall }] };
}

const soaking: Decision = { kind: "soaking", secondsLeft: 600 };
const calm: WatchedLook = { step: step(10), decision: soaking, gate: gate(undefined) };
const broken: WatchedLook = { ...calm, gate: gate("breached") };

/** What is said at each look, by second. */
function said(looks: readonly (readonly [seconds: number, look: WatchedLook])[], from: TellingMemory = nothingTold): readonly string[] {
    let memory = from;
    return looks.flatMap(([seconds, look]) => {
        const result = due(memory, look, seconds, every);
        memory = result.memory;
        const { occasion } = result;
        return occasion === undefined ? [] : [`${String(seconds)} ${occasion.kind}${occasion.kind === "update" && occasion.over === true ? " over" : ""}`];
    });
}

describe("people hear", () => {
    it("of the start once, and of each step after it once", () => {
        const at = (weightPercent: Weight): WatchedLook => ({ ...calm, step: step(weightPercent) });
        expect(
            said([
                [0, at(10)],
                [5, at(10)],
                [10, at(25)],
                [15, at(25)],
                [20, at(50)],
                [25, at(100)],
                [30, at(100)],
            ]),
        ).toEqual(["0 start", "10 step", "20 step", "25 step"]);
    });

    it("of the start again where the rollout starts again at the same weight", () => {
        expect(
            said([
                [0, calm],
                [10, { ...calm, step: { ...step(10), enteredAt: timeAt(99) } }],
            ]),
        ).toEqual(["0 start", "10 start"]);
    });

    it("how it stands, every 15 minutes after anything was said", () => {
        expect(
            said([
                [0, calm],
                [899, calm],
                [900, calm],
                [905, calm],
                [1_799, calm],
                [1_800, calm],
            ]),
        ).toEqual(["0 start", "900 update", "1800 update"]);
    });

    it("of a problem when two looks in a row find it, once, and that it is over with the next update", () => {
        expect(
            said([
                [0, calm],
                [5, broken],
                [10, broken],
                [15, broken],
                [20, calm],
                [25, calm],
                [909, calm],
                [910, calm],
                [1_810, calm],
            ]),
        ).toEqual(["0 start", "10 incident", "910 update over", "1810 update"]);
    });

    it("nothing of a problem that a single look finds", () => {
        expect(
            said([
                [0, calm],
                [5, broken],
                [10, calm],
                [15, broken],
                [20, calm],
            ]),
        ).toEqual(["0 start"]);
    });

    it("of a problem that comes and goes no more than once between two updates", () => {
        const looks = Array.from({ length: 170 }, (_, index) => [index * 5, Math.floor(index / 3) % 2 === 0 ? calm : broken] as const);
        expect(said(looks)).toEqual(["0 start", "20 incident"]);
    });

    it("how a problem stands while it lasts, every 15 minutes", () => {
        expect(
            said([
                [0, calm],
                [5, broken],
                [10, broken],
                [910, broken],
                [1_810, broken],
            ]),
        ).toEqual(["0 start", "10 incident", "910 update", "1810 update"]);
    });

    it("that a problem is over although the rollout went on in the meantime", () => {
        const next: WatchedLook = { ...calm, step: step(25) };
        expect(
            said([
                [0, calm],
                [5, broken],
                [10, broken],
                [15, calm],
                [20, next],
                [25, next],
                [920, next],
            ]),
        ).toEqual(["0 start", "10 incident", "20 step", "920 update over"]);
    });

    it.each<{ what: string; decision: Decision; shortfall?: Reason["shortfall"]; told: boolean }>([
        { what: "the soak goes well", decision: soaking, told: false },
        { what: "the soak has not shown enough yet", decision: soaking, shortfall: "unproven", told: false },
        { what: "a limit is broken during the soak", decision: soaking, shortfall: "breached", told: true },
        {
            what: "it waits for more evidence, with time left",
            decision: { kind: "holding", reason: "unproven", secondsLeft: 1_700 },
            shortfall: "unproven",
            told: false,
        },
        {
            what: "it would go back for want of evidence before the next update",
            decision: { kind: "holding", reason: "unproven", secondsLeft: 800 },
            shortfall: "unproven",
            told: true,
        },
        { what: "it holds since a limit is broken", decision: { kind: "holding", reason: "errors", secondsLeft: 1_700 }, shortfall: "breached", told: true },
        { what: "nothing is seen", decision: { kind: "blind", reason: "connection refused", secondsLeft: 200 }, told: true },
        { what: "it is ready", decision: { kind: "ready" }, told: false },
        { what: "it can't be rolled back", decision: { kind: "roll-back", reason: "errors; not done yet" }, told: true },
    ])("of a problem ($told) when $what", ({ decision, shortfall, told }) => {
        const look: WatchedLook = { step: step(10), decision, gate: gate(shortfall) };
        expect(
            said([
                [0, calm],
                [5, look],
                [10, look],
            ]),
        ).toEqual(told ? ["0 start", "10 incident"] : ["0 start"]);
    });

    it("something at least every 15 minutes and one look, whatever happens", () => {
        const look = fc.constantFrom(calm, broken, { ...calm, decision: { kind: "blind", reason: "no answer", secondsLeft: 10 } as const });
        fc.assert(
            fc.property(fc.array(look, { minLength: 250, maxLength: 400 }), (looks) => {
                const times = said(looks.map((one, index) => [index * 10, one] as const)).map((line) => Number(line.split(" ")[0]));
                const gaps = [...times, looks.length * 10].map((time, index) => time - (times[index - 1] ?? 0));
                expect(Math.max(...gaps)).toBeLessThanOrEqual(every + 10);
            }),
            { numRuns: 50 },
        );
    });
});

describe("what the ledger shows that people heard", () => {
    const common = { actor: { identity: "ci", verified: true }, rollout: { stable, candidate, from: 10, to: 10 }, text: "told" } as const;
    const told = (message: Extract<LedgerDraft, { kind: "told" }>["message"], weight: Weight = 10): LedgerDraft => ({
        ...common,
        rollout: { ...common.rollout, from: weight, to: weight },
        kind: "told",
        message,
        delivered: [{ notifier: "slack", at: timeAt(0), attempts: 1 }],
        undelivered: [],
    });
    const missed: LedgerDraft = { ...common, kind: "not-told", message: "start", undelivered: [{ notifier: "slack", reason: "status 500", attempts: 5 }] };
    // The chain's records are one second apart, and older than the step of weight 10 only at the beginning.
    const entered: HeardStep = { ...step(10), enteredAt: timeAt(0) };

    it("keeps a watcher that starts anew from saying it again", () => {
        const memory = rememberedFrom(chainOf([told("start"), told("update")]), entered);
        expect(memory).toMatchObject({ step: entered, toldAtSeconds: Date.parse(timeAt(1)) / 1_000, incidentOpen: false });
    });

    it("counts for the step that it was about, and for no other", () => {
        expect(rememberedFrom(chainOf([told("start")]), { ...step(25), enteredAt: timeAt(0) }).step).toBeUndefined();
    });

    it("counts for nothing where it is older than the step", () => {
        expect(rememberedFrom(chainOf([told("start")]), { ...entered, enteredAt: timeAt(60) })).toEqual(nothingTold);
    });

    it("leaves a problem open that nothing was said of since", () => {
        expect(rememberedFrom(chainOf([told("start"), told("incident")]), entered).incidentOpen).toBe(true);
        expect(rememberedFrom(chainOf([told("incident"), told("update")]), entered).incidentOpen).toBe(false);
    });

    it("has no message in it that nobody could deliver", () => {
        expect(heard(chainOf([missed]), { candidate, message: "start" })).toEqual([]);
        expect(rememberedFrom(chainOf([missed]), entered)).toEqual(nothingTold);
    });

    it("can be asked for by notifier, and is of one candidate only", () => {
        const records = chainOf([told("before")]);
        expect(heard(records, { candidate, message: "before", notifier: "slack" })).toHaveLength(1);
        expect(heard(records, { candidate, message: "before", notifier: "status-page" })).toEqual([]);
        expect(heard(records, { candidate: stable })).toEqual([]);
    });
});
