import { describe, expect, it } from "vitest";

import { type GateParts, gate } from "../../../../rollout/gate/conditions/gate.ts";
import type { Criterion } from "../../../../rollout/gate/criterion.ts";
import type { Judgement, Reason } from "../../../../rollout/gate/verdict.ts";
import { steady } from "../../arbitraries.ts";
import { evidence } from "../../ledger/arbitraries.ts";
import { enteredAt, liveFor, move, question, unreachable } from "./moves.ts";

const errors: Criterion = {
    id: "errors",
    title: "errors below 0.5 %",
    subject: "candidate",
    measure: { kind: "error-ratio", below: 0.005 },
    onBreach: "hold",
    source: "",
};
const events: Criterion = { ...errors, id: "events", title: "events are recorded", measure: { kind: "probe", probe: "events" } };
const slow: Criterion = { ...errors, id: "slow", title: "p95 at most 500 ms" };
const fatal: Criterion = { ...errors, id: "fatal", title: "errors at most 5 %", onBreach: "rollback" };

const passing = (criterion: Criterion): Reason => ({ criterion: criterion.id, verdict: "pass", text: "fine", samples: 1 });

interface Asked {
    readonly collected: (readonly [string, readonly string[]])[];
    readonly judged: (readonly string[])[];
}

/** A gate whose judge says what `verdictOf` says of each criterion. */
function gateWith(verdictOf: (criteria: readonly Criterion[]) => Judgement, parts: Partial<GateParts> = {}) {
    const asked: Asked = { collected: [], judged: [] };
    const condition = gate({
        criteriaAt: (weightPercent) => ({ weightPercent, gate: [errors, events], investigate: [slow, errors], atOnce: [fatal] }),
        writes: (criterion) => criterion === events,
        collect: async (_move, since, criteria) => {
            asked.collected.push([since, criteria.map(({ id }) => id)]);
            return evidence;
        },
        judge: (criteria) => {
            asked.judged.push(criteria.map(({ id }) => id));
            return verdictOf(criteria);
        },
        ...parts,
    });
    return { condition, asked };
}

const allPass = (criteria: readonly Criterion[]): Judgement => ({ verdict: "pass", reasons: criteria.map(passing) });

/** Everything passes but one criterion. */
function allBut(criterion: Criterion, reason: Partial<Reason>, verdict: Judgement["verdict"] = "hold") {
    return (criteria: readonly Criterion[]): Judgement => ({
        verdict,
        reasons: criteria.map((one) => (one === criterion ? { ...passing(one), verdict, ...reason } : passing(one))),
    });
}

describe("a gate", () => {
    it("is passed when every criterion is, and keeps what it was judged on", async () => {
        const { condition, asked } = gateWith(allPass);
        const finding = await condition(question());
        expect(finding).toMatchObject({ obstacles: [], summary: "gate passed by 4 criteria", evidence, judgement: { verdict: "pass" } });
        expect(asked.collected).toEqual([[enteredAt, ["errors", "events", "slow", "fatal"]]]);
        expect(asked.judged).toEqual([["errors", "events", "slow", "fatal"]]);
    });

    it.each<{ what: string; judge: (criteria: readonly Criterion[]) => Judgement; obstacle: object }>([
        {
            what: "a bound that is not kept",
            judge: allBut(errors, { shortfall: "breached", text: "0.62 % of 5,210 requests, bound 0.5 %" }),
            obstacle: {
                id: "errors",
                liftable: true,
                notEvaluated: false,
                problem: "errors below 0.5 %: 0.62 % of 5,210 requests, bound 0.5 %",
                fix: "find the cause; wait if it is over, or roll back with rolloutPercent 0",
            },
        },
        {
            what: "too few requests",
            judge: allBut(slow, { shortfall: "unproven", text: "12 of 400 requests" }),
            obstacle: {
                id: "slow",
                liftable: true,
                notEvaluated: false,
                problem: "p95 at most 500 ms: 12 of 400 requests",
                fix: "wait for more evidence, then run the command again",
            },
        },
        {
            what: "what can't be seen",
            judge: allBut(errors, { shortfall: "unseen", text: "Prometheus gave no answer" }),
            obstacle: { id: "errors", liftable: true, notEvaluated: true, problem: "errors below 0.5 %: Prometheus gave no answer" },
        },
        {
            what: "what rolls back at once, which nobody may lift",
            judge: allBut(fatal, { shortfall: "breached", text: "6 %" }, "rollback"),
            obstacle: { id: "fatal", liftable: false, problem: "errors at most 5 %: 6 %", fix: "roll back: set rolloutPercent to 0" },
        },
        {
            what: "what would roll back at once and can't be seen, which nobody may lift either",
            judge: allBut(fatal, { shortfall: "unseen", text: "no data" }),
            obstacle: { id: "fatal", liftable: false, notEvaluated: true, problem: "errors at most 5 %: no data" },
        },
        {
            what: "a criterion that the judge passes over",
            judge: (criteria) => ({ verdict: "pass", reasons: criteria.filter((one) => one !== slow).map(passing) }),
            obstacle: { id: "slow", notEvaluated: true, problem: "p95 at most 500 ms: it was not judged" },
        },
        {
            what: "a verdict with no reason",
            judge: (criteria) => ({ verdict: "hold", reasons: criteria.map(passing) }),
            obstacle: { id: "gate", liftable: false, notEvaluated: true, problem: "the judge says hold, and not why" },
        },
    ])("is not passed by $what", async ({ judge, obstacle }) => {
        const { obstacles } = await gateWith(judge).condition(question());
        expect(obstacles).toHaveLength(1);
        expect(obstacles).toMatchObject([obstacle]);
    });

    it("names everything that is not met", async () => {
        const judge = (criteria: readonly Criterion[]): Judgement => ({
            verdict: "hold",
            reasons: criteria.map((one) => ({ ...passing(one), verdict: "hold" })),
        });
        expect((await gateWith(judge).condition(question())).obstacles.map(({ id }) => id)).toEqual(["errors", "events", "slow", "fatal"]);
    });

    it.each([
        {
            what: "the judge fails",
            parts: {
                judge: () => {
                    throw new Error("no test for it");
                },
            },
            why: "the evidence could not be judged: no test for it",
        },
        {
            what: "the evidence can't be collected",
            parts: { collect: async () => Promise.reject(new Error("no sources")) },
            why: "the evidence could not be judged: no sources",
        },
    ])("is not passed when $what", async ({ parts, why }) => {
        const { obstacles } = await gateWith(allPass, parts).condition(question());
        expect(obstacles).toMatchObject([{ id: "gate", liftable: false, notEvaluated: true, problem: why }]);
    });

    it.each([
        {
            what: "the API server can't be reached",
            live: unreachable,
            why: "there is no evidence: the live route can't be read: connect ECONNREFUSED 127.0.0.1:6443",
        },
        { what: "the candidate is not deployed", live: liveFor(900, steady()), why: "there is no evidence: v2 is not at 10 % yet: deploy it there first" },
    ])("looks at nothing and is not passed when $what", async ({ live, why }) => {
        const { condition, asked } = gateWith(allPass);
        expect((await condition(question({ live }))).obstacles).toMatchObject([{ id: "gate", notEvaluated: true, problem: why }]);
        expect(asked.collected).toEqual([]);
    });

    it("runs no probe that writes in a preview, and says so", async () => {
        const { condition, asked } = gateWith(allPass);
        const { summary } = await condition(question({ preview: true }));
        expect(asked.collected.map(([, ids]) => ids)).toEqual([["errors", "slow", "fatal"]]);
        expect(summary).toBe("gate passed by 3 criteria; in a preview, 1 that would write are left out");
    });

    it("is asked about the step that is left", async () => {
        const asked: number[] = [];
        const { condition } = gateWith(allPass, {
            criteriaAt: (weightPercent) => {
                asked.push(weightPercent);
                return { weightPercent, gate: [errors], investigate: [], atOnce: [] };
            },
        });
        await condition(question({ move: { ...move, from: 10, to: 25 } }));
        expect(asked).toEqual([10]);
    });
});
