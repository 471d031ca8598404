import { afterEach, describe, expect, it, vi } from "vitest";

import type * as standing from "../../service/criteria/standing.ts";
import type * as steps from "../../service/criteria/steps.ts";
import type { Criteria, Criterion } from "../../rollout/gate/criterion.ts";

/** Everything that a number of the plan shows in, made anew. */
async function everything() {
    vi.resetModules();
    const [criteria, { profile }, catalogue, dashboards, documentation, runbooks, { documented: example }, render] = await Promise.all([
        import("../../rollout/gate/criteria.ts"),
        import("../../service/profile.ts"),
        import("../../observability/catalogue.ts"),
        import("../../observability/dashboards/index.ts"),
        import("../../observability/documentation.ts"),
        import("../../observability/runbooks/index.ts"),
        import("../../config/observability-pages.ts"),
        import("../../observability/render.ts"),
    ]);
    const rules = catalogue.ruleGroups(example).flatMap((group) => render.renderGroup(example, group).rules);
    return {
        criteria,
        profile,
        alert: (name: string): string => JSON.stringify(rules.find((rule) => "alert" in rule && rule.alert === name)),
        recordings: JSON.stringify(rules.filter((rule) => "record" in rule)),
        dashboard: (name: "overview" | "canary"): string => dashboards.dashboardFiles(example).get(name) ?? "",
        runbook: (name: string): string => runbooks.runbookPages(example).get(`${name}.md`) ?? "",
        tables: documentation
            .generatedPages(example)
            .flatMap(({ tables }) => Object.values(tables))
            .join("\n"),
    };
}

/** `criterion` with another bound, where it is the one that is meant. */
function changed(id: string, measure: object) {
    return (criterion: Criterion): Criterion => (criterion.id === id ? { ...criterion, measure: { ...criterion.measure, ...measure } } : criterion);
}

/** A list with one criterion changed is still a list with one at least. */
function mapped(criteria: Criteria, change: (criterion: Criterion) => Criterion): Criteria {
    const [first, ...others] = criteria;
    return [change(first), ...others.map(change)];
}

afterEach(() => {
    vi.doUnmock("../../service/criteria/standing.ts");
    vi.doUnmock("../../service/criteria/steps.ts");
});

describe("one number, changed in one place,", () => {
    it("moves what rolls a candidate back: criterion, alert, line and runbook", async () => {
        const before = await everything();
        vi.doMock("../../service/criteria/standing.ts", async (original) => {
            const actual = await original<typeof standing>();
            return { ...actual, rollbackAtOnce: actual.rollbackAtOnce.map(changed("error-ratio-at-once", { below: 0.03 })) };
        });
        const after = await everything();

        expect(after.criteria.criteriaAt(after.profile, 10).atOnce.find(({ id }) => id === "error-ratio-at-once")?.measure).toMatchObject({ below: 0.03 });
        for (const [now, wanted, old] of [
            [(all: typeof after) => all.alert("CandidateErrorsCallForRollback"), ">= 0.03", ">= 0.05"],
            [(all: typeof after) => all.alert("CandidateErrorsCallForRollback"), "from 3 % on", "from 5 % on"],
            [(all: typeof after) => all.runbook("CandidateErrorsCallForRollback"), ">= 0.03", ">= 0.05"],
            [(all: typeof after) => all.dashboard("canary"), '"value": 0.03', '"value": 0.05'],
        ] as const) {
            expect(now(before)).toContain(old);
            expect(now(after)).toContain(wanted);
            expect(now(after)).not.toContain(old);
        }
    });

    it("moves the gate of one step and no other: criterion, alert, line and runbook", async () => {
        vi.doMock("../../service/criteria/steps.ts", async (original) => {
            const actual = await original<typeof steps>();
            return { ...actual, canaryGate: mapped(actual.canaryGate, changed("canary-error-ratio", { below: 0.004 })) };
        });
        const after = await everything();

        expect(after.criteria.criteriaAt(after.profile, 10).gate.find(({ id }) => id === "canary-error-ratio")?.measure).toMatchObject({ below: 0.004 });
        expect(after.alert("CandidateErrorsAboveGate")).toMatch(/>= 0\.004 .*== 10\).*>= 0\.001 .*== 25\).*>= 0\.01 .*== 100\)/);
        expect(after.runbook("CandidateErrorsAboveGate")).toMatch(/>= 0\.004\n/);
        expect(after.dashboard("canary")).toMatch(/\(0\.004 \* \(max\([^)]*\) == bool 10\) \+ 0\.001 \* /);
    });

    it("moves a promise to users: objective, recording, alert, panel and page", async () => {
        const before = await everything();
        vi.doMock("../../service/criteria/steps.ts", async (original) => {
            const actual = await original<typeof steps>();
            const change = (criterion: Criterion) =>
                changed("success-latency-p95-hit", { atMost: 0.15 })(changed("success-availability", { atLeast: 0.9995 })(criterion));
            return { ...actual, successCriteria: mapped(actual.successCriteria, change) };
        });
        const after = await everything();

        expect(before.tables).toContain("answered within 100 ms");
        expect(after.tables).toContain("answered within 150 ms");
        expect(after.tables).toContain("| 99.95 % | 0.05 % | 21.6 minutes |");
        expect(after.recordings).toContain(String.raw`cache=\"hit\",le=\"0.15\"`);
        expect(after.recordings).not.toContain(String.raw`cache=\"hit\",le=\"0.1\"`);
        expect(after.alert("AvailabilityBudgetBurnsFast")).toContain("(14.4 * 0.0005)");
        expect(after.runbook("AvailabilityBudgetBurnsFast")).toContain("holds for 99.95 % of the events");
        expect(after.dashboard("overview")).toContain(String.raw`le=\"0.15\"`);
        expect(after.dashboard("overview")).toContain('"value": 0.9995');
    });
});
