import { describe, expect, it } from "vitest";

import { buildReport } from "../../../rollout/report/rollout-report.ts";
import { Story, failedRelease, goodRelease, overriddenRelease, revision } from "./fixture.ts";
import { reportOf, sourcesOf } from "./reports.ts";

describe("the report of a rollout", () => {
    it.each([
        {
            what: "a good release",
            story: goodRelease,
            outcome: "finished",
            steps: ["baseline passed", "canary passed", "quarter passed", "half passed", "full finished"],
        },
        {
            what: "a release that was rolled back",
            story: failedRelease,
            outcome: "rolled-back",
            steps: ["baseline passed", "canary passed", "quarter rolled-back", "rolled back under-way"],
        },
        { what: "one that goes on", story: overriddenRelease, outcome: "under-way", steps: ["baseline passed", "canary passed", "quarter under-way"] },
    ])("tells how it went: $what", ({ story, outcome, steps }) => {
        const report = reportOf(story());
        expect(report.outcome).toBe(outcome);
        expect(report.steps.map((step) => `${step.name} ${step.outcome}`)).toEqual(steps);
        expect(report.ledger.intact).toBe(true);
    });

    it("says that a rollout which was only approved has not begun", () => {
        const { records } = failedRelease();
        const approval = records.filter(({ kind }) => kind === "approval").slice(0, 1);
        expect(reportOf(failedRelease(), { ledger: { intact: true, records: approval, counting: approval, uncounted: [], findings: [] } })).toMatchObject({
            outcome: "not-begun",
            steps: [],
        });
    });

    it("has each step last as long as the ledger says", () => {
        expect(reportOf(goodRelease()).steps.map(({ seconds }) => seconds / 60)).toEqual([10, 15, 30, 30, 120]);
        expect(reportOf(overriddenRelease()).steps.map(({ seconds }) => seconds / 60)).toEqual([5, 7, 10]);
    });

    it("takes a step's figures from the evidence over the longest window", () => {
        const quarter = reportOf(goodRelease()).steps.find(({ name }) => name === "quarter");
        expect(quarter?.figures).toMatchObject({ kind: "observed", value: { windowSeconds: 1_800, observedShare: { kind: "observed", value: 0.25 } } });
    });

    it("takes those of a step that was rolled back from the evidence that decided", () => {
        const story = failedRelease();
        const back = story.records.find(({ kind }) => kind === "rolled-back");
        const quarter = reportOf(story).steps.find(({ name }) => name === "quarter");
        expect(quarter?.figures).toMatchObject({ kind: "observed", value: { sequence: back?.sequence } });
    });

    it("says the same of a rollback that a second one was run after", () => {
        const story = failedRelease();
        const [before, back] = [reportOf(story), story.records.find(({ kind }) => kind === "rolled-back")];
        if (back === undefined) {
            throw new Error("the story is rolled back");
        }
        const { actor, rollout } = back;
        story.wait(5).add({ kind: "rolled-back", actor, rollout: { ...rollout, from: 0, to: 0 }, text: "to be sure" });
        const after = reportOf(story);
        expect(after.rollback).toEqual(before.rollback);
        expect(after.steps.map(({ name, outcome }) => ({ name, outcome }))).toEqual(before.steps.map(({ name, outcome }) => ({ name, outcome })));
        expect(after.incidents).toEqual(before.incidents);
    });

    it("says that a step without evidence has none", () => {
        expect(reportOf(overriddenRelease()).steps.at(-1)?.figures).toEqual({ kind: "missing", reason: "no evidence of this step is on record" });
    });

    it("names each approval once, with the step that it was for", () => {
        const { approvals } = reportOf(goodRelease());
        expect(approvals.map(({ approval, to }) => `${approval.role} ${String(to)}`)).toEqual([
            "tech-lead 10",
            "product-lead 10",
            "operations-lead 10",
            "security-review 10",
            "tech-lead 50",
            "operations-lead 50",
            "tech-lead 100",
            "operations-lead 100",
            "tech-lead finished",
            "operations-lead finished",
            "product-lead finished",
        ]);
    });

    it("shows an override once, with its reason and the step that was taken on it", () => {
        const { overrides } = reportOf(overriddenRelease());
        expect(overrides).toHaveLength(1);
        expect(overrides[0]).toMatchObject({
            override: { lifts: ["soak"], reason: "the fix of an outage can't wait for the soak" },
            from: 10,
            to: 25,
            usedBy: 9,
        });
    });

    it("shows an override that nobody used as one", () => {
        const story = new Story().declare(revision("v2")).forward(10);
        story.override(["soak"], "the fix of an outage can't wait", 25);
        expect(reportOf(story).overrides[0]).not.toHaveProperty("usedBy");
    });

    it("counts as incidents what is shown to be wrong, and not what only lacks samples", () => {
        expect(reportOf(goodRelease()).incidents).toEqual([]);
        expect(reportOf(failedRelease()).incidents.map(({ kind }) => kind)).toEqual(["hold", "rollback"]);
    });

    it("is about the newest rollout, or about the one that is asked for", () => {
        const story = failedRelease();
        story.wait(60).declare(revision("v1-1-1")).forward(10);
        const sources = sourcesOf(story);
        expect(reportOf(story).candidate.name).toBe("v1-1-1");
        expect(reportOf(story, { revision: "v1-1-0" })).toMatchObject({ candidate: { name: "v1-1-0" }, outcome: "rolled-back" });
        expect(buildReport({ ...sources, revision: "v9" })).toEqual({ kind: "nothing", why: "the ledger holds no rollout of v9" });
    });

    it("says that there is nothing to report of an empty ledger", () => {
        expect(buildReport({ ...sourcesOf(failedRelease()), ledger: { intact: true, records: [], counting: [], uncounted: [], findings: [] } })).toEqual({
            kind: "nothing",
            why: "the ledger holds no rollout yet",
        });
    });

    it("draws from the looks on record where Prometheus gives nothing, and says so", () => {
        const report = reportOf(failedRelease());
        expect(report.curvesRemark).toBe("Prometheus gave no answer");
        expect(new Set(report.curves.map(({ source }) => source))).toEqual(new Set(["ledger"]));
    });

    it("draws from Prometheus where that has series", () => {
        const curve = { sli: "error-ratio", revision: "v1-1-0", role: "candidate", source: "prometheus", points: [{ atSeconds: 1, value: 0 }] } as const;
        const report = reportOf(failedRelease(), { measurements: { curves: { kind: "observed", value: [curve] }, means: new Map() } });
        expect(report.curves).toEqual([curve]);
        expect(report).not.toHaveProperty("curvesRemark");
    });

    it("says that the ledger is not whole where a record was changed", () => {
        const sources = sourcesOf(goodRelease());
        const finding = { kind: "changed", sequence: 3, text: "record 3 is not what was written" } as const;
        expect(reportOf(goodRelease(), { ledger: { ...sources.ledger, intact: false, findings: [finding] } }).ledger).toMatchObject({
            intact: false,
            findings: [finding],
        });
    });
});
