import { liftableConditions } from "../consent/override.ts";
import type { Criterion } from "../gate/criterion.ts";
import type { Destination } from "../plan/move.ts";
import { type RolloutPlan, type Weight, findStep, weightsOf } from "../plan/plan.ts";
import type { Box, Checklist, Establishment, JudgementOf, LedgerEvent } from "./box.ts";

/** What boxes refer to. */
export interface CheckedAgainst {
    readonly plan: RolloutPlan;
    /** Every criterion of a step, by its weight. */
    readonly criteria: ReadonlyMap<Weight, readonly Criterion[]>;
    readonly successCriteria: readonly Criterion[];
}

/** What is wrong with the boxes of a profile: each problem with the box, the value and the fix. Empty when nothing is. */
export function checklistProblems(checklist: Checklist, against: CheckedAgainst): readonly string[] {
    if (checklist.length === 0) {
        return ["checklist = []: a checklist without boxes asks nothing and looks as if it did; add a box, or leave the checklist out"];
    }
    const ids = checklist.map(({ id }) => id);
    const taken = new Set([...liftableConditions, ...allCriteria(against).map(({ id }) => id)]);
    return [
        ...[...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map((id) => `checklist has two boxes '${id}'; give each its own id`),
        ...checklist
            .filter((box) => taken.has(box.id) && !readsItself(box))
            .map(({ id }) => `checklist box '${id}' has the id of a condition or criterion that it does not read, and an override would lift both; rename it`),
        ...checklist.flatMap((box, index) => problemsOf(box, index, against)),
    ];
}

/** A box may carry the id of a criterion that it reads: to lift one is to lift the other. */
function readsItself({ id, establishedBy: way }: Box): boolean {
    return way.kind === "gate" && way.criteria.includes(id);
}

function problemsOf(box: Box, index: number, against: CheckedAgainst): readonly string[] {
    const { id, section, phase, text, establishedBy, blocks } = box;
    const { plan } = against;
    const word = /^[a-z0-9]+(-[a-z0-9]+)*$/;
    const key = word.test(id) ? `checklist box '${id}'` : `checklist[${String(index)}]`;
    return [
        ...(word.test(id) ? [] : [`${key}.id = '${id}': use lower-case letters, digits and hyphens; commands and links carry it`]),
        ...(word.test(phase) ? [] : [`${key}.phase = '${phase}': use lower-case letters, digits and hyphens; 'rollout checklist --phase' takes it`]),
        ...(section.trim() === "" ? [`${key}.section is empty: name the heading that it stands under`] : []),
        ...(text.trim() === "" ? [`${key}.text is empty: say in words what must hold`] : []),
        ...(blocks === "never" || isDestination(plan, blocks)
            ? []
            : [`${key}.blocks = ${shown(blocks)}, which is no step to enter; use one of ${destinations(plan)}, or "never"`]),
        ...problemsOfWay(establishedBy, against).map((problem) => `${key}.establishedBy.${problem}`),
        ...(blocks !== "never" && tooLate(establishedBy, rank(blocks))
            ? [`${key} blocks the step to ${shown(blocks)} and can only hold after it, so that the step could never be taken; block a later one, or "never"`]
            : []),
    ];
}

/** Whether a box can only hold when the step is entered already that waits for it. */
function tooLate(way: Establishment, blocked: number): boolean {
    switch (way.kind) {
        case "gate":
            return typeof way.of !== "number" || way.of >= blocked;
        case "event":
            return "weightPercent" in way.event ? way.event.weightPercent >= blocked : afterwards.has(way.event.kind);
        case "attested":
            return way.approves !== undefined && rank(way.approves) > blocked;
        case "check":
            return way.of === "successor";
        default:
            return false;
    }
}

/** What only a rollout shows that has ended. */
const afterwards: ReadonlySet<LedgerEvent["kind"]> = new Set<LedgerEvent["kind"]>([
    "finished",
    "checkpoint",
    "no-incident",
    "rolled-back",
    "since-rollback",
    "tried-again",
]);

function rank(to: Destination): number {
    return to === "finished" ? 101 : to;
}

function problemsOfWay(way: Establishment, against: CheckedAgainst): readonly string[] {
    const { plan } = against;
    switch (way.kind) {
        case "gate":
            return gateProblems(way.of, way.criteria, against);
        case "event":
            return eventProblems(way.event, plan);
        case "attested":
            return roleProblems(way.role, way.approves, plan);
        case "declared":
            return emptyProblem("resource", way.resource, "the type token of a resource");
        case "policy":
            return [
                ...emptyProblem("rule", way.rule, "the name of a policy"),
                ...emptyProblem("resource", way.resource, "the type token of what the rule is about"),
            ];
        case "alert":
            return emptyProblem("alert", way.alert, "the name of an alert");
        case "check":
            return [];
    }
}

function gateProblems(of: JudgementOf, ids: readonly string[], against: CheckedAgainst): readonly string[] {
    const { plan, criteria, successCriteria } = against;
    if (typeof of === "number" && findStep(plan, of) === undefined) {
        return [`of = ${String(of)}, which is no weight of the plan; use one of ${weightsOf(plan).join(", ")}`];
    }
    const judged = typeof of === "number" ? (criteria.get(of) ?? []) : of === "success" ? successCriteria : allCriteria(against);
    const where = typeof of === "number" ? `at ${String(of)} %` : of === "success" ? "of a finished rollout" : "at any step";
    const known = judged.map(({ id }) => id);
    return [
        ...(ids.length === 0 ? ["criteria = []: a box that reads no criterion could never hold; name at least one"] : []),
        ...ids.filter((id) => !known.includes(id)).map((id) => `criteria names '${id}', which nothing judges ${where}; use one of ${known.join(", ")}`),
    ];
}

function eventProblems(event: LedgerEvent, plan: RolloutPlan): readonly string[] {
    const weight = "weightPercent" in event ? event.weightPercent : event.kind === "incidents-recorded" ? event.since : undefined;
    return weight === undefined || findStep(plan, weight) !== undefined
        ? []
        : [`event ${event.kind} is of ${String(weight)} %, which is no weight of the plan; use one of ${weightsOf(plan).join(", ")}`];
}

function roleProblems(role: string, approves: Destination | undefined, plan: RolloutPlan): readonly string[] {
    if (!plan.roles.includes(role)) {
        return [`role = '${role}', which is no role of the plan; use one of ${plan.roles.join(", ")}, or add it to plan.roles`];
    }
    if (approves === undefined) {
        return [];
    }
    if (!isDestination(plan, approves)) {
        return [`approves = ${shown(approves)}, which is no step to enter; use one of ${destinations(plan)}`];
    }
    const approvers = approves === "finished" ? plan.finishApprovals : (findStep(plan, approves)?.approvals ?? []);
    return approvers.includes(role)
        ? []
        : [`approves = ${shown(approves)}, which the plan does not let '${role}' approve; add the role to the approvals of that step, or have it sign the box`];
}

function emptyProblem(key: string, value: string, what: string): readonly string[] {
    return value.trim() === "" ? [`${key} is empty: give ${what}`] : [];
}

function allCriteria({ criteria, successCriteria }: CheckedAgainst): readonly Criterion[] {
    return [...[...criteria.values()].flat(), ...successCriteria];
}

function isDestination(plan: RolloutPlan, to: Destination): boolean {
    return to === "finished" || (to > 0 && findStep(plan, to) !== undefined);
}

function destinations(plan: RolloutPlan): string {
    return [...weightsOf(plan).filter((weight) => weight > 0), '"finished"'].join(", ");
}

function shown(value: Box["blocks"]): string {
    return typeof value === "number" ? `${String(value)} %` : `"${value}"`;
}
