import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { alertsOf } from "../../../observability/catalogue.ts";
import { documented as example } from "../../../config/observability-pages.ts";
import { rules } from "../../../policies/rules/index.ts";
import { checklist } from "../../../service/checklist/checklist.ts";
import { checklistPage, page } from "../../../service/checklist/page.ts";
import { type Establishment, checksOf } from "../../../rollout/checklist/box.ts";
import { askedElsewhere } from "../../../rollout/checklist/asked-elsewhere.ts";
import { preflightChecks } from "../../../rollout/checklist/preflight.ts";
import { everyCriterionAt } from "../../../rollout/gate/criteria.ts";
import { stepAt, stepBelow, weightsOf } from "../../../rollout/plan/plan.ts";
import { prodStack } from "../../policies/prod-stack.ts";
import { profileSchema } from "../../../rollout/profile/schema.ts";
import { profile } from "../../../service/profile.ts";
import { rollbackAtOnce } from "../../../service/criteria/standing.ts";
import { successCriteria } from "../../../service/criteria/steps.ts";
import { plan } from "../../../service/plan.ts";
import type { Destination } from "../../../rollout/plan/move.ts";

const { finishApprovals } = plan;

const weights = weightsOf(plan);

/** Boxes under each heading of the checklist, counted by hand. */
const counted: Readonly<Record<string, number>> = {
    "Code & Artifacts": 7,
    "Infrastructure Preparation": 8,
    "Monitoring & Alerting": 7,
    Documentation: 6,
    "Load Testing": 6,
    "Metrics Validation": 8,
    "Baseline Report": 5,
    "Approval Gate": 4,
    "06:00 - Pre-Deployment Verification": 6,
    "06:30 - Infrastructure Pre-flight": 5,
    "07:00 - Canary Deployment Start": 3,
    "07:15 - Canary Validation": 6,
    "07:15 - Canary Validation: tests": 5,
    "07:30 - Canary Decision Gate: healthy": 3,
    "07:30 - Canary Decision Gate: issues": 5,
    "08:00 - Scale to 25%": 3,
    "08:30 - Sustained Monitoring": 6,
    "08:30 - Sustained Monitoring: advanced": 5,
    "08:45 - Health Metrics Report": 7,
    "09:15 - Scale to 50%": 3,
    "09:45 - Sustained Monitoring": 6,
    "10:15 - Decision Point": 5,
    "10:30 - Remove Traffic Splitting": 4,
    "10:45 - Immediate Post-Deployment": 6,
    "11:00 - Extended Monitoring": 5,
    "12:00 - Production Verification Complete": 5,
    "Continuous Checks": 5,
    "24-Hour Checkpoint": 5,
    "48-Hour Checkpoint": 5,
    "Quick Rollback": 4,
    "Rollback Criteria - Immediate Action": 6,
    "Rollback Criteria - Investigative": 5,
    "Post-Rollback Actions": 5,
    "Pre-Deployment": 4,
    "During Deployment": 4,
    "Post-Deployment": 4,
    "Incident Communication": 4,
    "Deployment Success Criteria": 6,
    "Performance Baseline": 6,
    "User Impact": 6,
    "Deployment Approval": 3,
    "Deployment Execution": 5,
    "Post-Deployment Verification": 4,
};

const criteria = new Set([...weights.flatMap((weight) => everyCriterionAt(profile, weight)), ...successCriteria].map(({ id }) => id));

function of<Kind extends Establishment["kind"]>(kind: Kind): readonly (Establishment & { readonly kind: Kind })[] {
    return checklist.map(({ establishedBy }) => establishedBy).filter((way): way is Establishment & { readonly kind: Kind } => way.kind === kind);
}

describe("the checklist", () => {
    it("has all 220 boxes, under the headings they came from", () => {
        const sections = Object.fromEntries(Object.keys(counted).map((heading) => [heading, checklist.filter((box) => box.section === heading).length]));
        expect(sections).toEqual(counted);
        expect(checklist).toHaveLength(220);
    });

    it("has the boxes that the library itself listed before it knew of profiles: ids, headings, phases and steps, in order", () => {
        const lines = checklist.map(({ id, section, phase, blocks }) => [id, section, phase, blocks].join("\t")).join("\n");
        expect(createHash("sha256").update(lines).digest("hex")).toBe("ce3a6408927a4bf00c32c156ed266fc48aef712f2f01cd33c547e0f173725c45");
    });

    it("is small enough for the watchdog's ConfigMap, with the whole profile", () => {
        // A cluster takes objects of up to 1 MiB; a quarter of that leaves room for whatever else the target says.
        expect(JSON.stringify(profile).length).toBeLessThan(200_000);
        expect(profileSchema.parse(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
    });

    it("gives each box an id of its own", () => {
        expect(new Set(checklist.map(({ id }) => id)).size).toBe(checklist.length);
        expect(checklist.filter(({ id }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
    });

    it("names only criteria that a gate, or what takes a rollout back, really has", () => {
        expect(
            of("gate")
                .flatMap((way) => way.criteria)
                .filter((id) => !criteria.has(id)),
        ).toEqual([]);
    });

    it("names only rules that the policy pack really has", () => {
        const names = new Set(rules.map(({ name }) => name));
        expect(
            of("policy")
                .map(({ rule }) => rule)
                .filter((name) => !names.has(name)),
        ).toEqual([]);
    });

    it("has a box for every criterion that takes a rollout back at once", () => {
        const named = new Set(of("gate").flatMap((way) => way.criteria));
        expect(rollbackAtOnce.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([]);
    });

    it("names only resources that the production stack really declares", async () => {
        const types = new Set((await prodStack()).map(({ type }) => type));
        const named = of("declared").map(({ resource }) => resource);
        expect(named.length).toBeGreaterThan(0);
        expect(named.filter((type) => !types.has(type))).toEqual([]);
    });

    it("names only alerts that Prometheus is really given", () => {
        const names = new Set(alertsOf(example).map(({ name }) => name));
        expect(
            of("alert")
                .map(({ alert }) => alert)
                .filter((name) => !names.has(name)),
        ).toEqual([]);
    });

    it("names only checks that the preflight really has", () => {
        const named = new Set<string>(of("check").flatMap(checksOf));
        const known: readonly string[] = preflightChecks;
        expect([...named].filter((name) => !known.includes(name))).toEqual([]);
        // A check that no box rests on would be asked for nothing. Whether the plan's times suffice for today's traffic is no box of the checklist.
        expect(known.filter((name) => !named.has(name))).toEqual(["forecast"]);
    });

    it("lets a role approve only a step that the plan has it approve", () => {
        const approvals = of("attested").flatMap(({ role, approves }) => (approves === undefined ? [] : [{ role, approves }]));
        expect(
            approvals.filter(({ role, approves }) => !(approves === "finished" ? finishApprovals : stepAt(plan, approves).approvals).includes(role)),
        ).toEqual([]);
        expect(approvals).toHaveLength(8);
    });

    it("asks no criterion for a step but those that the gate out of the step before asks itself", () => {
        const before = (to: Destination) => (to === "finished" ? 100 : (stepBelow(plan, to - 1)?.weightPercent ?? 0));
        const boxes = checklist.filter((box) => box.establishedBy.kind === "gate" && box.blocks !== "never");
        const strange = boxes.filter((box) => box.blocks !== "never" && !askedElsewhere(profile, box, { from: before(box.blocks), to: box.blocks }));
        expect(strange.map(({ id }) => id)).toEqual([]);
    });

    it("is listed in docs/checklist.md: if not, run `node service/checklist/page.ts`", () => {
        expect(readFileSync(page, "utf8")).toBe(checklistPage());
    });
});
