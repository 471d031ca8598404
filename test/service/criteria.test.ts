import { describe, expect, it } from "vitest";

import { type Bound, boundOf, criteriaAt, everyCriterionAt } from "../../rollout/gate/criteria.ts";
import type { Criterion, Measure } from "../../rollout/gate/criterion.ts";
import { type Weight, stepAt, weightsOf } from "../../rollout/plan/plan.ts";
import { errorsBelowHalfPercent } from "../rollout/gate/judge/evidence.ts";
import { againstStable, holdAndInvestigate, rollbackAtOnce } from "../../service/criteria/standing.ts";
import { checkCriteria } from "../../rollout/gate/criteria/check.ts";
import { profile } from "../../service/profile.ts";
import { successCriteria } from "../../service/criteria/steps.ts";
import { plan } from "../../service/plan.ts";

const weights = weightsOf(plan);

const withTraffic = weights.filter((weight) => weight > 0);

/** Subject, kind and bound of each criterion of a list: `candidate error-ratio below 0.005`. */
function said(criteria: readonly Criterion[]): readonly string[] {
    return criteria.map(({ subject, measure }) => `${subject} ${nameOf(measure)}${boundText(boundOf(measure))}`);
}

function nameOf(measure: Measure): string {
    switch (measure.kind) {
        case "latency-p95":
            return measure.cache === undefined ? measure.kind : `${measure.kind} on ${measure.cache}`;
        case "probe":
            return `probe ${measure.probe}`;
        case "observed-split":
            return `observed-split ${String(measure.weightPercent)}`;
        default:
            return measure.kind;
    }
}

function boundText(bound: Bound | "none" | "faulty"): string {
    if (typeof bound === "string") {
        return bound === "none" ? "" : ` ${bound}`;
    }
    const words = { below: ["below", "at most"], above: ["above", "at least"] } as const;
    return ` ${words[bound.side][bound.inclusive ? 1 : 0]} ${String(bound.value)}`;
}

const mebi = 2 ** 20;

describe("the gate of each step", () => {
    // The numbers of the checklist, written down a second time on purpose.
    const gates: Readonly<Record<Weight, readonly string[]>> = {
        0: [
            "stable availability at least 0.999",
            "stable error-ratio below 0.001",
            "stable latency-p95 on hit at most 0.1",
            "stable latency-p95 on miss at most 0.3",
            "stable cache-hit-ratio at least 0.95",
            "stable cpu-utilisation below 0.5",
            `stable memory below ${String(300 * mebi)}`,
            "stable restarts at most 0",
            "candidate restarts at most 0",
            "candidate ready-pods at least 1",
            "candidate probe health",
            "candidate probe api",
            "candidate probe cache",
            "candidate probe engagement-events",
            "candidate probe search",
            "candidate probe trending",
            "candidate probe creator-recommendations",
            "candidate probe similar-videos",
        ],
        10: [
            "candidate error-ratio below 0.005",
            "candidate latency-p95 below 0.4",
            "candidate error-ratio-against-stable",
            "candidate client-errors-against-stable",
            "candidate latency-against-stable",
            "candidate cache-against-stable",
            "candidate database-connection-errors at most 0",
            "candidate restarts at most 0",
            "candidate critical-log-lines at most 0",
            "candidate probe health",
            "candidate probe api",
            "candidate probe cache",
            "candidate probe engagement-events",
            "candidate probe search",
            "candidate ready-pods at least 1",
            "service observed-split 10",
            "stable ready-pods at least 6",
        ],
        25: [
            "candidate error-ratio below 0.001",
            "candidate latency-p95 below 0.3",
            "candidate cache-hit-ratio above 0.9",
            "candidate error-ratio-against-stable",
            "candidate client-errors-against-stable",
            "candidate latency-against-stable",
            "candidate cache-against-stable",
            "candidate cpu-utilisation below 0.5",
            `candidate memory below ${String(300 * mebi)}`,
            `candidate memory-growth below ${String((150 * mebi) / 48)}`,
            "candidate database-pool-utilisation below 0.8",
            "candidate events-recorded at least 0.99",
            "candidate probe engagement-events",
            "candidate probe search",
            "candidate probe trending",
            "candidate probe creator-recommendations",
            "candidate probe similar-videos",
            "candidate ready-pods at least 3",
            "service observed-split 25",
            "stable ready-pods at least 6",
        ],
        50: [
            "candidate error-ratio below 0.001",
            "candidate latency-p95 on hit at most 0.1",
            "candidate latency-p95 on miss at most 0.3",
            "candidate error-ratio-against-stable",
            "candidate client-errors-against-stable",
            "candidate latency-against-stable",
            "candidate cache-against-stable",
            "candidate cpu-utilisation below 0.5",
            `candidate memory below ${String(300 * mebi)}`,
            "candidate database-pool-utilisation below 0.8",
            "candidate autoscaling",
            "candidate critical-log-lines at most 0",
            "candidate ready-pods at least 5",
            "service observed-split 50",
            "stable ready-pods at least 6",
        ],
        100: [
            "candidate error-ratio below 0.01",
            "candidate latency-p95 below 0.5",
            "candidate timeout-ratio below 0.001",
            "candidate database-connection-errors at most 0",
            "candidate database-pool-utilisation below 0.8",
            "candidate cache-hit-ratio above 0.9",
            "candidate restarts at most 0",
            "candidate probe health",
            "candidate probe api",
            "candidate probe cache",
            "candidate probe engagement-events",
            "candidate probe search",
            "candidate probe trending",
            "candidate probe creator-recommendations",
            "candidate probe similar-videos",
            `candidate memory-growth below ${String((150 * mebi) / 48)}`,
            "candidate ready-pods at least 6",
            "service observed-split 100",
        ],
    };

    it.each(weights)("asks at %i %% what the checklist asks", (weight) => {
        expect(said(criteriaAt(profile, weight).gate)).toEqual(gates[weight]);
    });

    it.each(weights)("holds at %i %% and never rolls back by itself", (weight) => {
        expect(criteriaAt(profile, weight).gate.map(({ onBreach }) => onBreach)).toEqual(criteriaAt(profile, weight).gate.map(() => "hold"));
    });

    it("compares with the stable revision at every weight where that has traffic", () => {
        const compares = (weight: Weight) => againstStable.every(({ id }) => criteriaAt(profile, weight).gate.some((criterion) => criterion.id === id));
        expect(weights.map(compares)).toEqual([false, true, true, true, false]);
        expect(everyCriterionAt(profile, 100).filter(({ measure }) => measure.kind.endsWith("-against-stable"))).toEqual([]);
    });
});

describe("what takes a rollout back at once", () => {
    it.each(withTraffic)("is at %i %% what the checklist lists", (weight) => {
        expect(said(criteriaAt(profile, weight).atOnce)).toEqual([
            "service availability at least 0.99",
            "candidate error-ratio below 0.05",
            "candidate latency-p95 at most 1",
            "candidate crash-loop at most 0",
            "candidate database-connection-errors at most 3",
        ]);
        expect(criteriaAt(profile, weight).atOnce.every(({ onBreach }) => onBreach === "rollback")).toBe(true);
    });

    it("is nothing at 0 %, where the candidate has no traffic to take", () => {
        expect([criteriaAt(profile, 0).atOnce, criteriaAt(profile, 0).investigate]).toEqual([[], []]);
    });
});

describe("what is held and looked into", () => {
    it.each(withTraffic)("is at %i %% what the checklist lists", (weight) => {
        expect(said(criteriaAt(profile, weight).investigate).slice(0, holdAndInvestigate.length)).toEqual([
            "candidate error-ratio below 0.01",
            "candidate latency-p95 at most 0.5",
            "candidate restarts at most 0",
            "candidate database-connection-errors at most 0",
            "candidate critical-log-lines at most 0",
        ]);
        expect(criteriaAt(profile, weight).investigate.every(({ onBreach }) => onBreach === "hold")).toBe(true);
    });
});

describe("a finished rollout", () => {
    it("is a success by the checklist's success metrics, on the stable revision that the candidate has become", () => {
        expect(said(successCriteria).slice(0, 8)).toEqual([
            "stable availability at least 0.999",
            "stable error-ratio below 0.001",
            "stable latency-p95 on hit at most 0.1",
            "stable latency-p95 on miss at most 0.3",
            "stable cache-hit-ratio above 0.95",
            "stable cpu-utilisation below 0.5",
            `stable memory below ${String(300 * mebi)}`,
            `stable memory-growth below ${String((150 * mebi) / 48)}`,
        ]);
        expect(successCriteria.filter(({ subject }) => subject !== "stable")).toEqual([]);
    });
});

describe("criteria", () => {
    const all = [...new Set([...weights.flatMap((weight) => everyCriterionAt(profile, weight)), ...successCriteria])];

    it("have ids that are unique within the plan.steps, so that an alert or a report names one thing", () => {
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    });

    it("each name the section of the checklist that they come from", () => {
        expect(all.filter(({ source }) => source.trim() === "")).toEqual([]);
    });

    it("are each judged once at a weight, also where two lists share one", () => {
        expect(everyCriterionAt(profile, 25).map(({ id }) => id)).toEqual([...new Set(everyCriterionAt(profile, 25).map(({ id }) => id))]);
        expect(rollbackAtOnce.every(({ id }) => everyCriterionAt(profile, 25).some((criterion) => criterion.id === id))).toBe(true);
    });

    it.each(plan.steps)("look back over no more than the soak of the step '$name'", ({ weightPercent }) => {
        const longest = Math.max(...everyCriterionAt(profile, weightPercent).map(({ windowMinutes = 0 }) => windowMinutes));
        expect(longest).toBeLessThanOrEqual(stepAt(plan, weightPercent).soakMinutes);
    });
});

describe("checking criteria", () => {
    const good = errorsBelowHalfPercent;
    const problemOf = (criterion: Criterion, soakMinutes = 15) => {
        try {
            checkCriteria("gate of 10 %", [criterion], soakMinutes);
            return "accepted";
        } catch (error) {
            return error instanceof RangeError ? error.message : "not a RangeError";
        }
    };
    const measured = (measure: Measure) => problemOf({ ...good, measure });

    it("gives them back when there is nothing to say", () => {
        expect(checkCriteria("gate of 10 %", [good], 15)).toEqual([good]);
    });

    it("refuses a list without any, since it would never say no", () => {
        expect(() => checkCriteria("gate of 10 %", [], 15)).toThrow(
            "gate of 10 %: there are no criteria, and a gate without any would never say no; add at least one",
        );
    });

    it("refuses one id for two criteria", () => {
        expect(() => checkCriteria("gate of 10 %", [good, { ...good, title: "errors" }], 15)).toThrow("error-ratio: the id is used twice");
    });

    it.each([
        { measure: { kind: "latency-p95" }, problem: "latency-p95 needs exactly one bound; without one everything passes" },
        { measure: { kind: "latency-p95", below: 0.3, atMost: 0.3 }, problem: "latency-p95 needs exactly one bound" },
        { measure: { kind: "cache-hit-ratio" }, problem: "cache-hit-ratio needs exactly one bound" },
        {
            measure: { kind: "error-ratio", below: Number.NaN },
            problem: "the bound of error-ratio is NaN; use a ratio above 0 and below 1, so 0.005 for 0.5 %",
        },
        { measure: { kind: "error-ratio", below: 0 }, problem: "the bound of error-ratio is 0; use a ratio" },
        { measure: { kind: "error-ratio", below: 0.5 / 0.5 }, problem: "the bound of error-ratio is 1; use a ratio" },
        { measure: { kind: "error-ratio", below: 5 }, problem: "the bound of error-ratio is 5; use a ratio" },
        { measure: { kind: "availability", atLeast: 99.9 }, problem: "the bound of availability is 99.9; use a ratio" },
        { measure: { kind: "latency-p95", below: Number.POSITIVE_INFINITY }, problem: "the bound of latency-p95 is Infinity; use a finite number above 0" },
        { measure: { kind: "memory", below: 0 }, problem: "the bound of memory is 0; use a finite number above 0" },
        { measure: { kind: "memory-growth", below: Number.NaN }, problem: "the bound of memory-growth is NaN" },
        { measure: { kind: "database-connection-errors", atMost: 0.5 }, problem: "is 0.5; use a whole number from 0" },
        { measure: { kind: "database-connection-errors", atMost: -1 }, problem: "is -1; use a whole number from 0" },
        { measure: { kind: "database-connection-errors", atMost: 3, shareAbove: 0 }, problem: "the share of requests is 0; use a ratio above 0 and below 1" },
        { measure: { kind: "ready-pods", atLeast: Number.NaN }, problem: "is NaN; use a whole number from 0" },
    ] satisfies readonly { readonly measure: Measure; readonly problem: string }[])("refuses $measure", ({ measure, problem }) => {
        expect(measured(measure)).toContain(problem);
    });

    it.each([
        { windowMinutes: 14, problem: "accepted" },
        { windowMinutes: 15, problem: "accepted" },
        { windowMinutes: 16, problem: "the window is 16 min and the soak 15 min; shorten the window, or lengthen the soak" },
        { windowMinutes: -1, problem: "the window is -1 min" },
        { windowMinutes: Number.NaN, problem: "the window is NaN min" },
    ])("says of a window of $windowMinutes min in a soak of 15 min: $problem", ({ windowMinutes, problem }) => {
        expect(problemOf({ ...good, windowMinutes })).toContain(problem);
    });

    it.each([
        { changes: { id: "Error ratio" }, problem: "the id is no word" },
        { changes: { title: " " }, problem: "the title is empty" },
        { changes: { source: "" }, problem: "the source is empty" },
    ])("refuses what nobody could name or trace: $problem", ({ changes, problem }) => {
        expect(problemOf({ ...good, ...changes })).toContain(problem);
    });

    it("names every problem at once", () => {
        const bad = { ...good, title: "", measure: { kind: "error-ratio", below: 5 } } as const;
        expect(problemOf(bad)).toBe(
            "gate of 10 %:\n  error-ratio: the title is empty; say in words what must hold\n" +
                "  error-ratio: the bound of error-ratio is 5; use a ratio above 0 and below 1, so 0.005 for 0.5 %",
        );
    });
});
