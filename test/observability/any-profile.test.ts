import { describe, expect, it } from "vitest";

import { everyCriterion } from "../../observability/bounds.ts";
import { alertGroups, alertsOf, ruleGroups } from "../../observability/catalogue.ts";
import { dashboardsOf } from "../../observability/dashboards/index.ts";
import { exampleScope } from "../../observability/example.ts";
import { parseExpression } from "../../observability/lint/expression.ts";
import { runbookPages } from "../../observability/runbooks/index.ts";
import type { Scope } from "../../observability/scope.ts";
import { objectivesOf } from "../../observability/slo.ts";
import type { Criterion } from "../../rollout/gate/criterion.ts";
import { defineProfile } from "../../rollout/profile/profile.ts";

const errors = (id: string, subject: Criterion["subject"], below: number, onBreach: Criterion["onBreach"]): Criterion => ({
    id,
    title: `errors below ${String(below * 100)} %`,
    source: "the team's own promise",
    measure: { kind: "error-ratio", below },
    subject,
    onBreach,
});
const step = (name: string, weightPercent: number) => ({ name, weightPercent, candidateReplicas: 1, sparePods: 0, soakMinutes: 10, approvals: [] });
const judged = (weightPercent: number) => ({
    weightPercent,
    gate: [errors(`gate-${String(weightPercent)}`, "candidate", 0.01, "hold")] as const,
    atOnce: [errors("too-many-errors", "candidate", 0.07, "rollback")],
    investigate: [],
});

/** Another service: two steps, errors alone, no store. */
const profile = defineProfile({
    plan: {
        steps: [step("dark", 0), step("some", 20), step("all", 100)],
        roles: ["owner"],
        finishApprovals: ["owner"],
        fullReplicas: 2,
        steadyReplicas: { minimum: 2, maximum: 4 },
        watchLimits: { holdMinutes: 20, blindMinutes: 3, statusUpdateMinutes: 30, approvalMinutes: 60 },
    },
    criteria: [{ weightPercent: 0, gate: [errors("before", "stable", 0.001, "hold")], atOnce: [], investigate: [] }, judged(20), judged(100)],
    successCriteria: [errors("success-errors", "stable", 0.001, "hold")],
    labelPrefix: "shop.example.com",
});
const { database, kafka, ...names } = exampleScope(profile);
const scope: Scope = { ...names, inCluster: { redis: false, clickhouse: false } };

describe("what is made from another service's profile", () => {
    it("has its numbers in its rules, by the measure and not by the name of a criterion", () => {
        expect([database, kafka]).not.toContain(undefined);
        const rollback = alertGroups(scope).find(({ name }) => name === "rollback");
        expect(rollback?.alerts).toMatchObject([{ name: "CandidateErrorsCallForRollback", criteria: ["too-many-errors"] }]);
        expect(rollback?.alerts[0]?.expression).toContain(">= 0.07");
        expect(alertsOf(scope).find(({ name }) => name === "CandidateErrorsAboveGate")?.criteria).toEqual(["gate-20", "gate-100"]);
    });

    it("has no alert and no dashboard of a store that it does not have, no promise that it does not make, and no empty group", () => {
        const groups = alertGroups(scope);
        expect(groups.map(({ name }) => name)).not.toEqual(expect.arrayContaining(["postgres"]));
        expect(groups.map(({ name }) => name)).not.toEqual(expect.arrayContaining(["kafka"]));
        expect(groups.filter(({ alerts }) => alerts.length === 0)).toEqual([]);
        expect(dashboardsOf(scope).map(({ name }) => name)).toEqual(["overview", "canary", "rollouts", "on-call"]);
        expect(objectivesOf(scope)).toEqual([]);
    });

    it("watches only criteria that the profile has, with expressions that can be read", () => {
        const known = everyCriterion(scope).map(({ id }) => id);
        expect(alertsOf(scope).flatMap(({ criteria = [] }) => criteria.filter((id) => !known.includes(id)))).toEqual([]);
        for (const { alerts, recordings } of ruleGroups(scope)) {
            [...alerts, ...recordings].forEach(({ expression }) => {
                expect(() => parseExpression(expression)).not.toThrow();
            });
        }
        expect(JSON.stringify(dashboardsOf(scope))).not.toContain("() > 0");
    });

    it("has a runbook for each alert, with the service's own label", () => {
        const pages = runbookPages(scope);
        expect([...pages.keys()]).toEqual(alertsOf(scope).map(({ name }) => `${name}.md`));
        expect(pages.get("CandidateErrorsCallForRollback.md")).toContain("shop.example.com/revision!=");
    });
});
