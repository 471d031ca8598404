import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import { nextStep, stepAt, weightsOf } from "../../../rollout/plan/plan.ts";
import { type RolloutRecord, weightOf } from "../../../rollout/route/record.ts";
import { type Present, orderOf, transition } from "../../../rollout/route/transition.ts";
import { anyPercent, anyWeight, revision, rolling, steady } from "../arbitraries.ts";
import { plan } from "../../../service/plan.ts";

const weights = weightsOf(plan);

/** A live system whose route shows exactly what its record says. */
function at(record: RolloutRecord): Present {
    return { record, routedPercent: weightOf(record) };
}

/** What people may ask of a stack: three revisions, in every part and at every weight. */
const anyWish = fc.oneof(
    fc.constantFrom("v1", "v2", "v3").map((stable) => steady(stable)),
    fc
        .tuple(anyWeight, fc.constantFrom("v1", "v2", "v3"), fc.constantFrom("v1", "v2", "v3"))
        .filter(([, candidate, stable]) => candidate !== stable)
        .map(([weightPercent, candidate, stable]) => rolling(weightPercent, candidate, stable)),
);

/** A wish that most people have: the next step, or the end of the rollout, from wherever the stack stands. Random wishes alone hardly ever get to 100. */
type Wish = RolloutRecord | "next";

function meant(wish: Wish, live: RolloutRecord | undefined): RolloutRecord {
    if (wish !== "next") {
        return wish;
    }
    if (live?.kind !== "rolling") {
        return rolling(0, live?.stable.name === "v2" ? "v3" : "v2", live?.stable.name ?? "v1");
    }
    const next = nextStep(plan, live.weightPercent);
    return next === undefined ? { kind: "steady", stable: live.candidate } : { ...live, weightPercent: next.weightPercent };
}

/** The records that a stack goes through when it is asked for `wishes`, one after the other: a refused one changes nothing. */
function pathOf(wishes: readonly Wish[]): readonly RolloutRecord[] {
    const path: RolloutRecord[] = [];
    for (const wish of wishes) {
        const live = path.at(-1);
        const wanted = meant(wish, live);
        if (transition(plan, live && at(live), wanted).kind !== "refused") {
            path.push(wanted);
        }
    }
    return path;
}

const anyPath = fc.array(fc.oneof(anyWish, fc.constant("next" as const)), { minLength: 5, maxLength: 40 }).map((wishes) => pathOf([steady("v1"), ...wishes]));

/** The share of user requests that anything but `revisionName` gets. */
function shareBeside(revisionName: string, record: RolloutRecord): number {
    if (record.stable.name === revisionName) {
        return weightOf(record);
    }
    return record.kind === "rolling" && record.candidate.name === revisionName ? 100 - record.weightPercent : 100;
}

describe("every path of allowed changes", () => {
    it("starts at 0", () => {
        fc.assert(
            fc.property(fc.array(anyWish, { minLength: 1 }), (wishes) => {
                const [first] = pathOf(wishes);
                expect(first === undefined || weightOf(first) === 0).toBe(true);
            }),
        );
    });

    it("never skips a step: traffic moves to a revision in the order of the plan", () => {
        fc.assert(
            fc.property(anyPath, (path) => {
                path.slice(1).forEach((record, index) => {
                    const before = path[index] ?? record;
                    const [from, to] = [shareBeside(before.stable.name, before), shareBeside(before.stable.name, record)];
                    const finished = from === 100 && to === 100;
                    expect(to <= from || to === nextStep(plan, weightOf(before))?.weightPercent || finished, `${String(from)} -> ${String(to)}`).toBe(true);
                });
            }),
        );
    });

    it("never gives traffic to a revision that no step of the plan has brought", () => {
        fc.assert(
            fc.property(anyPath, (path) => {
                path.slice(1).forEach((record, index) => {
                    const before = path[index] ?? record;
                    const served = before.kind === "rolling" ? [before.stable.name, before.candidate.name] : [before.stable.name];
                    const serves = record.kind === "rolling" && record.weightPercent > 10 ? [record.stable.name, record.candidate.name] : [record.stable.name];
                    expect(served).toEqual(expect.arrayContaining(serves));
                });
            }),
        );
    });

    it("can be rolled back in one change, from wherever it stands", () => {
        fc.assert(
            fc.property(anyPath, (path) => {
                const live = path.at(-1) ?? steady();
                fc.pre(live.kind === "rolling");
                expect(transition(plan, at(live), { ...live, weightPercent: 0 }).kind).toMatch(/^(back|unchanged)$/);
                expect(transition(plan, at(live), { kind: "steady", stable: live.stable }).kind).toBe("withdraw");
            }),
        );
    });

    it("can be completed step by step and finished, from wherever it stands", () => {
        fc.assert(
            fc.property(anyPath, (path) => {
                const last = path.at(-1) ?? steady();
                fc.pre(last.kind === "rolling");
                let live = last;
                for (const { weightPercent } of plan.steps.filter((step) => step.weightPercent > last.weightPercent)) {
                    const wanted = { ...last, weightPercent };
                    expect(transition(plan, at(live), wanted).kind).toBe("forward");
                    live = wanted;
                }
                expect(transition(plan, at(live), { kind: "steady", stable: live.candidate }).kind).toBe("finish");
            }),
        );
    });
});

describe("going forward", () => {
    it.each([
        { from: steady(), to: rolling(10), step: 10 },
        { from: rolling(0), to: rolling(10), step: 10 },
        { from: rolling(10), to: rolling(25), step: 25 },
        { from: rolling(25), to: rolling(50), step: 50 },
        { from: rolling(50), to: rolling(100), step: 100 },
    ] as const)("is allowed to the next step, $step", ({ from, to, step }) => {
        expect(transition(plan, at(from), to)).toEqual({ kind: "forward", from: weightOf(from), step: stepAt(plan, step) });
    });

    it("may begin with a candidate that runs dark", () => {
        expect(transition(plan, at(steady()), rolling(0))).toEqual({ kind: "declare" });
    });

    it("may take another candidate as long as the first has no traffic", () => {
        expect(transition(plan, at(rolling(0)), rolling(0, "v3"))).toEqual({ kind: "declare" });
        expect(transition(plan, at(rolling(0)), { ...rolling(0), candidate: revision("v2", "fixed") })).toEqual({ kind: "declare" });
    });

    it("is refused from a route that does not show its record, whatever its weights are", () => {
        fc.assert(
            fc.property(anyWeight, anyPercent, (weight, routedPercent) => {
                const next = nextStep(plan, weight);
                fc.pre(next !== undefined && routedPercent !== weight && routedPercent <= next.weightPercent);
                expect(transition(plan, { record: rolling(weight), routedPercent }, rolling(next.weightPercent)).kind).toBe("refused");
            }),
        );
    });
});

describe("a rollback", () => {
    it("is allowed to every lower step, from any weight of the plan", () => {
        for (const from of weights) {
            for (const to of weights.filter((weight) => weight < from)) {
                expect(transition(plan, at(rolling(from)), rolling(to))).toEqual({ kind: "back", fromPercent: from, to });
            }
        }
    });

    it("is allowed from any percentage on the live route, one that a hand left there too", () => {
        fc.assert(
            fc.property(
                anyWeight,
                anyPercent,
                anyWeight,
                fc.option(fc.constant("its weights are all 0"), { nil: undefined }),
                (weight, routedPercent, to, tampering) => {
                    // With an edited route, what counts as routed is the worst that it could be: only what the record allows is a way back.
                    fc.pre(to < routedPercent && (tampering === undefined || to <= weight));
                    const present = { record: rolling(weight), routedPercent, ...defined({ tampering }) };
                    expect(transition(plan, present, rolling(to)).kind).toBe("back");
                },
            ),
        );
    });

    it("is not what a step forward becomes on a route that was edited so that the candidate could have everything", () => {
        for (const tampering of ["spec.rules[0] was added", "its weights are all 0"]) {
            expect(transition(plan, { record: rolling(25), routedPercent: 100, tampering }, rolling(50))).toMatchObject({
                kind: "refused",
                problem: expect.stringContaining(tampering) as unknown,
            });
        }
    });

    it("is allowed when a hand took the traffic away already, and the record has yet to follow", () => {
        expect(transition(plan, { record: rolling(50), routedPercent: 0 }, rolling(0))).toEqual({ kind: "back", fromPercent: 50, to: 0 });
    });

    it("is allowed with no candidate at all, from any percentage", () => {
        fc.assert(
            fc.property(anyWeight, anyPercent, (weight, routedPercent) => {
                expect(transition(plan, { record: rolling(weight), routedPercent }, steady())).toEqual({ kind: "withdraw", fromPercent: routedPercent });
            }),
        );
    });

    it("takes away what a hand put beside a stable revision that has no candidate", () => {
        expect(transition(plan, { record: steady(), routedPercent: 30, tampering: "it has a backend that is no part of the rollout, 'x'" }, steady())).toEqual({
            kind: "back",
            fromPercent: 30,
            to: 0,
        });
    });
});

describe("a revision that was rolled back", () => {
    const rolledBack = [{ revision: revision("v2"), reason: "errors 6 %, bound 5 %" }];
    const marked = (record: RolloutRecord): Present => ({ ...at(record), rolledBack });
    const retry = "run 'rollout retry --role <role> --reason \"<why it may go on>\"', which takes the mark away and writes down who did";
    const fix = `put the fix in a new revision, under a new name; or, when the revision was not the cause, ${retry}`;

    it.each([10, 25, 50, 100] as const)("goes to no step: not to %i percent", (weight) => {
        const refused = { kind: "refused", problem: "candidate v2 was rolled back: errors 6 %, bound 5 %", fix };
        expect(transition(plan, marked(rolling(0)), rolling(weight))).toEqual(refused);
        expect(transition(plan, marked(steady()), rolling(weight))).toEqual(refused);
        expect(transition(plan, marked(rolling(0, "v3")), rolling(weight))).toEqual(refused);
    });

    it("goes to no step under another name either", () => {
        expect(transition(plan, marked(steady()), { ...rolling(10), candidate: revision("v2-again", "v2") })).toMatchObject({
            problem: "candidate v2-again was rolled back, as v2, with the same image and config: errors 6 %, bound 5 %",
        });
    });

    it("may stay at 0, be withdrawn, and be declared again", () => {
        expect(transition(plan, marked(rolling(0)), rolling(0))).toEqual({ kind: "unchanged" });
        expect(transition(plan, marked(rolling(0)), steady())).toEqual({ kind: "withdraw", fromPercent: 0 });
        expect(transition(plan, marked(steady()), rolling(0))).toEqual({ kind: "declare" });
    });

    it("stands in no other one's way", () => {
        expect(transition(plan, marked(rolling(0)), rolling(0, "v3"))).toEqual({ kind: "declare" });
        expect(transition(plan, marked(rolling(0, "v3")), rolling(10, "v3"))).toEqual({ kind: "forward", from: 0, step: stepAt(plan, 10) });
        expect(transition(plan, marked(rolling(0)), { ...rolling(10), candidate: revision("v2", "fixed") })).toMatchObject({ kind: "forward" });
    });

    it("never stands in the way back, from wherever a hand has put it", () => {
        fc.assert(
            fc.property(anyWeight, anyPercent, anyWeight, (weight, routedPercent, to) => {
                fc.pre(to < routedPercent);
                expect(transition(plan, { record: rolling(weight), routedPercent, rolledBack }, rolling(to)).kind).toBe("back");
            }),
        );
    });

    it("is not guessed: marks that can't be read hold every candidate", () => {
        expect(transition(plan, { ...at(rolling(0)), rolledBack: "unreadable" }, rolling(10))).toEqual({
            kind: "refused",
            problem: "the route's list of revisions that were rolled back can't be read",
            fix: `look at it with 'kubectl get httproute -o yaml'; then ${retry}`,
        });
        expect(transition(plan, { ...at(rolling(0)), rolledBack: "unreadable" }, rolling(0))).toEqual({ kind: "unchanged" });
    });
});

describe("a change that asks for nothing new", () => {
    it.each([...weights.map((weight) => rolling(weight)), steady()])("is recognised: $kind $weightPercent", (record) => {
        expect(transition(plan, at(record), record)).toEqual({ kind: "unchanged" });
    });
});

describe("a refusal says what is wrong and what to do", () => {
    const v2Changed = revision("v2", "fixed");
    const v1Changed = revision("v1", "fixed");
    const foreign = "it has a backend that is no part of the rollout, 'by-hand'";
    it.each<{ case: string; present: Present | undefined; wanted: RolloutRecord; problem: string; fix: string }>([
        {
            case: "a start at 10",
            present: undefined,
            wanted: rolling(10),
            problem: "a stack starts at 0 %, and the config has 10 %",
            fix: "set rolloutPercent to 0, deploy, then go to 10",
        },
        {
            case: "a jump from 0 to 25",
            present: at(rolling(0)),
            wanted: rolling(25),
            problem: "the rollout is at 0 %, and 25 % is not the next step",
            fix: "set rolloutPercent to 10, or to a lower step to roll back",
        },
        {
            case: "a jump to 25 with a new candidate",
            present: at(steady()),
            wanted: rolling(25),
            problem: "the rollout is at 0 %, and 25 % is not the next step",
            fix: "set rolloutPercent to 10, or to a lower step to roll back",
        },
        {
            case: "a jump from 10 to 100",
            present: at(rolling(10)),
            wanted: rolling(100),
            problem: "the rollout is at 10 %, and 100 % is not the next step",
            fix: "set rolloutPercent to 25, or to a lower step to roll back",
        },
        {
            case: "a second candidate",
            present: at(rolling(10)),
            wanted: rolling(10, "v3"),
            problem: "a second candidate, v3, while v2 is at 10 %",
            fix: "roll back with candidate v2 as it is and rolloutPercent 0, then declare the change",
        },
        {
            case: "a second candidate while the first still has traffic by hand",
            present: { record: rolling(0), routedPercent: 30 },
            wanted: rolling(0, "v3"),
            problem: "a second candidate, v3, while v2 is at 30 %",
            fix: "roll back with candidate v2 as it is and rolloutPercent 0, then declare the change",
        },
        {
            case: "another image of the candidate",
            present: at(rolling(10)),
            wanted: { ...rolling(10), candidate: v2Changed },
            problem: "candidate v2 has another image or config, and it is at 10 %",
            fix: "a revision is immutable: roll back with candidate v2 as it is and rolloutPercent 0, then declare the change under a new name",
        },
        {
            case: "another image of the stable revision",
            present: at(rolling(10)),
            wanted: { ...rolling(10), stable: v1Changed },
            problem: "stable revision v1 has another image or config than the one deployed",
            fix: "a revision is immutable: keep stable as it is, and declare the change as a candidate under a new name",
        },
        {
            case: "another stable revision",
            present: at(steady()),
            wanted: steady("v3"),
            problem: "stable would change from v1 to v3 with no rollout",
            fix: "keep stable v1, and declare v3 as the candidate",
        },
        {
            case: "a finish from 50",
            present: at(rolling(50)),
            wanted: steady("v2"),
            problem: "candidate v2 would become stable while it has 50 % of the traffic",
            fix: "go on to 100 first, step by step; or roll back to 0",
        },
        {
            case: "a finish from a 100 that only a hand made",
            present: { record: rolling(10), routedPercent: 100 },
            wanted: steady("v2"),
            problem: "candidate v2 would become stable while it has 100 % of the traffic, and its record says 10 %",
            fix: "go on to 100 first, step by step; or roll back to 0",
        },
        {
            case: "a finish from a 100 that a hand took something from",
            present: { record: rolling(100), routedPercent: 80 },
            wanted: steady("v2"),
            problem: "candidate v2 would become stable while it has 80 % of the traffic, and its record says 100 %",
            fix: "go on to 100 first, step by step; or roll back to 0",
        },
        {
            case: "a finish and a new candidate in one change",
            present: at(rolling(100)),
            wanted: rolling(0, "v3", "v2"),
            problem: "the rollout is being finished and a new candidate declared in one change",
            fix: "finish first: stable := candidate, no candidate, rolloutPercent 0; declare the next candidate after that",
        },
        {
            case: "a finish of a route that has a backend of somebody else",
            present: { record: rolling(100), routedPercent: 100, tampering: foreign },
            wanted: steady("v2"),
            problem: `the live route is not what its record says, ${foreign}: it was changed by hand`,
            fix: "run 'pulumi up --refresh' with the candidate at 100 as it was, then finish",
        },
        {
            case: "a step from weights that a hand raised",
            present: { record: rolling(10), routedPercent: 20 },
            wanted: rolling(25),
            problem: "the live route gives the candidate 20 %, its record says 10 %: it was changed by hand",
            fix: "run 'pulumi up --refresh' with rolloutPercent 10, then step forward",
        },
        {
            case: "a step from weights that a hand lowered",
            present: { record: rolling(50), routedPercent: 12.345 },
            wanted: rolling(100),
            problem: "the live route gives the candidate 12.35 %, its record says 50 %: it was changed by hand",
            fix: "run 'pulumi up --refresh' with rolloutPercent 10, then step forward",
        },
        {
            case: "a step from a route with a backend of somebody else in the candidate's place",
            present: { record: rolling(10), routedPercent: 10, tampering: foreign },
            wanted: rolling(25),
            problem: `the live route is not what its record says, ${foreign}: it was changed by hand`,
            fix: "run 'pulumi up --refresh' with rolloutPercent 10, then step forward",
        },
        {
            case: "a candidate for a route that a hand changed",
            present: { record: steady(), routedPercent: 30, tampering: foreign },
            wanted: rolling(0),
            problem: `the live route is not what its record says, ${foreign}: it was changed by hand`,
            fix: "run 'pulumi up --refresh' with no candidate, then declare it again",
        },
    ])("to $case", ({ present, wanted, problem, fix }) => {
        expect(transition(plan, present, wanted)).toEqual({ kind: "refused", problem, fix });
    });

    it("that leads out of it: what a refusal of a changed route advises is allowed", () => {
        fc.assert(
            fc.property(anyWeight, anyPercent, anyWeight, fc.option(fc.constant(foreign), { nil: undefined }), (weight, routedPercent, to, tampering) => {
                const present = { record: rolling(weight), routedPercent, ...defined({ tampering }) };
                const decided = transition(plan, present, rolling(to));
                const advised = decided.kind === "refused" ? /with rolloutPercent (\d+)/.exec(decided.fix)?.[1] : undefined;
                const step = plan.steps.find(({ weightPercent }) => String(weightPercent) === advised);
                fc.pre(step !== undefined);
                expect(transition(plan, present, rolling(step.weightPercent)).kind).toMatch(/^(back|unchanged)$/);
            }),
        );
    });
});

describe("the order of changes", () => {
    it.each([
        { wish: "a start", decided: transition(plan, undefined, steady()), order: "capacity-first" },
        { wish: "a declared candidate", decided: transition(plan, at(steady()), rolling(0)), order: "capacity-first" },
        { wish: "a step forward", decided: transition(plan, at(rolling(25)), rolling(50)), order: "capacity-first" },
        { wish: "nothing new", decided: transition(plan, at(rolling(25)), rolling(25)), order: "capacity-first" },
        { wish: "a refused jump, so that the gate stops it first", decided: transition(plan, at(rolling(0)), rolling(50)), order: "capacity-first" },
        { wish: "a step back", decided: transition(plan, at(rolling(50)), rolling(10)), order: "route-first" },
        { wish: "a withdrawn candidate", decided: transition(plan, at(rolling(50)), steady()), order: "route-first" },
        { wish: "a finish", decided: transition(plan, at(rolling(100)), steady("v2")), order: "route-first" },
        { wish: "a route that can't be read, since only the way back is let through then", decided: undefined, order: "route-first" },
    ] as const)("is $order for $wish", ({ decided, order }) => {
        expect(orderOf(decided)).toBe(order);
    });
});
