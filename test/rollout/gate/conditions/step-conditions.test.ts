import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { TimedRoute } from "../../../../rollout/kubernetes/cluster-reader.ts";
import type { ConsentReading } from "../../../../rollout/gate/conditions/approvals.ts";
import type { Condition, ConditionFinding, Obstacle } from "../../../../rollout/gate/conditions/condition.ts";
import { StepConditions, freshForMs, orderOnly } from "../../../../rollout/gate/conditions/step-conditions.ts";
import { refusal } from "../../../../rollout/pulumi/rollout-change.ts";
import { type ApprovalPolicy, approvalDigest } from "../../../../rollout/consent/approval.ts";
import type { Override } from "../../../../rollout/consent/override.ts";
import type { Reason } from "../../../../rollout/gate/verdict.ts";
import { gate } from "../../../../rollout/gate/conditions/gate.ts";
import { criteriaAt } from "../../../../rollout/gate/criteria.ts";
import type { Evidence } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { nextStep } from "../../../../rollout/plan/plan.ts";
import { plan } from "../../../../service/plan.ts";
import { profile } from "../../../../service/profile.ts";
import { rolling } from "../../arbitraries.ts";
import { healthyEvidence, seen, unseen, withCandidate } from "../judge/evidence.ts";
import { approval, evidence, judgement } from "../../ledger/arbitraries.ts";
import { liveFor, move, unreachable } from "./moves.ts";

const policy: ApprovalPolicy = {
    roles: {},
    requireVerifiedIdentity: false,
    authors: { kind: "unknown", reason: "set ROLLOUT_CHANGE_AUTHOR" },
    approvalMinutes: 1_440,
};
const override: Override = {
    digest: approvalDigest(move),
    lifts: ["soak"],
    reason: "the fix of an outage can't wait",
    role: "operations-lead",
    identity: "olga",
    verified: true,
    at: "2025-10-26T07:10:00.000Z",
    expiresAt: "2025-10-26T08:00:00.000Z",
};

const obstacle = (id: string, change: Partial<Obstacle> = {}): Obstacle => ({
    id,
    liftable: true,
    notEvaluated: false,
    problem: `${id} is not met`,
    fix: `fix ${id}`,
    ...change,
});
const unmet = (...obstacles: readonly Obstacle[]): ConditionFinding => ({ obstacles, summary: "" });
const met = (summary: string, basis: Partial<ConditionFinding> = {}): ConditionFinding => ({ obstacles: [], summary, ...basis });
const reading = (overrides: readonly Override[] = [], problems: readonly string[] = []): ConsentReading => ({
    kind: "read",
    consents: { approvals: [], overrides, problems, now: "2025-10-26T07:15:00.000Z" },
});

interface Setting {
    readonly findings: readonly ConditionFinding[];
    readonly consents?: ConsentReading;
    readonly live?: TimedRoute;
}

/** Conditions that find what they are told to, a log that keeps what it hears, and how often each was asked. */
function stepConditions({ findings, consents = reading(), live = liveFor(900) }: Setting) {
    const told: string[] = [];
    const asked: boolean[] = [];
    const conditions = findings.map((finding): Condition => async ({ preview }) => {
        asked.push(preview);
        return finding;
    });
    const log = {
        info: async (text: string) => void told.push(`info ${text}`),
        warn: async (text: string) => void told.push(`warn ${text}`),
    };
    const subject = new StepConditions({ conditions, readStep: async () => live, readConsents: async () => consents, policy: async () => policy, log });
    return { subject, told, asked };
}

const up = { move, preview: false };
const preview = { move, preview: true };

describe("up", () => {
    it("goes on when every condition is met, and says what was met", async () => {
        const { subject, told } = stepConditions({ findings: [met("soak 16 min of 15 min"), met("gate passed by 23 criteria")] });
        expect(await subject.condition(up)).toBeUndefined();
        expect(told).toEqual(["info v2 from 10 % to 25 % may be taken: soak 16 min of 15 min; gate passed by 23 criteria"]);
    });

    it("is refused with everything that is not met, in one message", async () => {
        const { subject } = stepConditions({
            findings: [
                unmet(obstacle("soak")),
                met("no approval needed"),
                unmet(obstacle("errors", { fix: "find the cause" }), obstacle("slow", { fix: "find the cause", notEvaluated: true })),
            ],
        });
        const unmetConditions = await subject.condition(up);
        expect(unmetConditions === undefined ? "" : refusal(unmetConditions)).toBe(
            [
                "rollout refused: 3 conditions are not met for v2 from 10 % to 25 %:",
                "  - soak: soak is not met",
                "  - errors: errors is not met",
                "  - slow, not evaluated: slow is not met. What to do: fix soak; find the cause.",
            ].join("\n"),
        );
    });

    it("is refused when a condition fails to answer", async () => {
        const { subject } = stepConditions({ findings: [] });
        const failing = new StepConditions({
            conditions: [async () => Promise.reject(new Error("no answer"))],
            readStep: async () => liveFor(900),
            readConsents: async () => reading(),
            policy: async () => policy,
        });
        expect(await subject.condition(up)).toBeUndefined();
        expect(await failing.condition(up)).toEqual({
            problem: "1 condition is not met for v2 from 10 % to 25 %:\n  - conditions, not evaluated: a condition could not be checked: no answer",
            fix: "run the command again",
        });
    });
});

describe("preview", () => {
    it("says as a forecast what up would refuse, and goes on", async () => {
        const { subject, told } = stepConditions({ findings: [unmet(obstacle("soak")), met("no approval needed")] });
        expect(await subject.condition(preview)).toBeUndefined();
        expect(told).toEqual([
            "warn forecast: 'pulumi up' would refuse, because 1 condition is not met for v2 from 10 % to 25 %:\n  - soak: soak is not met\nWhat to do: fix soak.",
        ]);
    });

    it("says what could not be evaluated", async () => {
        const { subject, told } = stepConditions({ findings: [unmet(obstacle("gate", { notEvaluated: true }))], live: unreachable });
        expect(await subject.condition(preview)).toBeUndefined();
        expect(told).toEqual([expect.stringContaining("- gate, not evaluated: gate is not met")]);
    });

    it("says when up would go on", async () => {
        const { subject, told } = stepConditions({ findings: [met("soak 16 min of 15 min")] });
        await subject.condition(preview);
        expect(told).toEqual(["info forecast: v2 from 10 % to 25 % may be taken: soak 16 min of 15 min"]);
    });

    it("lets the conditions know that they must have no effect", async () => {
        const { subject, asked } = stepConditions({ findings: [met("a")] });
        await subject.condition(preview);
        expect(asked).toEqual([true]);
    });
});

describe("a move that is asked about twice in a run", () => {
    it("is looked at once, and told once, whatever has changed in the meantime", async () => {
        const { subject, told, asked } = stepConditions({ findings: [unmet(obstacle("soak"))] });
        const [first, second] = [await subject.condition(up), await subject.condition(up)];
        expect(second).toEqual(first);
        expect(asked).toHaveLength(1);
        const forecast = stepConditions({ findings: [met("a")] });
        await forecast.subject.condition(preview);
        await forecast.subject.condition(preview);
        expect(forecast.told).toHaveLength(1);
        expect(told).toEqual([]);
    });

    it("is another one when it is about other content", async () => {
        const { subject, asked } = stepConditions({ findings: [met("a")] });
        await subject.condition(up);
        await subject.condition({ ...up, move: { ...move, to: 50 } });
        expect(asked).toHaveLength(2);
    });

    it("is looked at anew where that is asked for", async () => {
        const { subject, asked } = stepConditions({ findings: [met("a")] });
        await subject.assess(move);
        await subject.assess(move);
        expect(asked).toEqual([false, false]);
    });
});

describe("a move that is asked about again right before the route changes", () => {
    const again = { ...up, again: true };
    const breached = (change: Partial<Reason>): ConditionFinding => ({
        ...unmet(obstacle("errors")),
        judgement: { verdict: "hold", reasons: [{ criterion: "errors", verdict: "hold", shortfall: "breached", text: "", samples: 1, ...change }] },
    });

    beforeEach(() => {
        vi.useFakeTimers({ toFake: ["performance"] });
    });
    afterEach(() => {
        vi.useRealTimers();
    });

    /** Conditions of which the second finds `later` in turn; the first is not among those that are asked again. */
    function twice(first: ConditionFinding, ...later: readonly ConditionFinding[]) {
        const asked: string[] = [];
        let renewals = 0;
        const findings = [first, ...later];
        const own: Condition = async () => {
            asked.push("gate");
            return findings.shift() ?? met("nothing left");
        };
        const slow: Condition = async () => {
            asked.push("checklist");
            return met("checklist");
        };
        const log = { info: async () => undefined, warn: async () => undefined };
        const parts = {
            conditions: [own, slow],
            again: [own],
            readStep: async () => liveFor(900),
            readConsents: async () => reading(),
            policy: async () => policy,
            log,
        };
        const subject = new StepConditions({ ...parts, renew: () => (renewals += 1) });
        return { subject, asked, renewals: () => renewals };
    }

    it("is looked at afresh, with approvals read anew, and refused when it is not met any more", async () => {
        const { subject, asked, renewals } = twice(met("gate"), unmet(obstacle("crash-loop", { liftable: false })));
        expect(await subject.condition(up)).toBeUndefined();
        vi.advanceTimersByTime(freshForMs + 1);
        expect(await subject.condition(again)).toMatchObject({ problem: expect.stringContaining("crash-loop") as string, unsettled: false });
        expect(asked).toEqual(["gate", "checklist", "gate"]);
        expect(renewals()).toBe(2);
    });

    it("is not looked at twice where the verdict is fresh", async () => {
        const { subject, asked } = twice(met("gate"));
        await subject.condition(up);
        vi.advanceTimersByTime(freshForMs);
        expect(await subject.condition(again)).toBeUndefined();
        expect(asked).toEqual(["gate", "checklist"]);
    });

    it("is decided on what was seen last, for the ledger", async () => {
        const { subject } = twice(met("gate"), met("gate", { judgement, evidence }));
        await subject.condition(up);
        vi.advanceTimersByTime(freshForMs + 1);
        await subject.condition(again);
        expect(await subject.groundsOf(move)).toMatchObject({ judgement, evidence });
    });

    it.each([
        { what: "a breach", finding: breached({}), unsettled: false },
        { what: "what rolls back", finding: breached({ verdict: "rollback" }), unsettled: false },
        { what: "too few requests", finding: breached({ shortfall: "unproven" }), unsettled: true },
        { what: "pods that are not scraped yet", finding: breached({ shortfall: "unseen" }), unsettled: true },
        { what: "what could not be looked at", finding: unmet(obstacle("gate", { notEvaluated: true })), unsettled: true },
        { what: "approvals that expired", finding: unmet(obstacle("approvals")), unsettled: false },
        { what: "a breach among what is not seen", finding: unmet(obstacle("errors"), obstacle("gate", { notEvaluated: true })), unsettled: false },
    ])("may be waited for only where nothing is known to be bad: $what", async ({ finding, unsettled }) => {
        const { subject } = twice(met("gate"), finding);
        await subject.condition(up);
        vi.advanceTimersByTime(freshForMs + 1);
        expect(await subject.condition(again)).toMatchObject({ unsettled });
    });
});

describe("pods that this very update has added", () => {
    // The new pods are ready. Prometheus has not scraped them, and the autoscaler has not looked since its bounds were raised.
    const raised = (evidenceBefore: Evidence, wanted: number): Evidence => {
        const pods = evidenceBefore.candidate?.pods;
        const names = pods?.kind === "observed" ? pods.value.length : 0;
        return withCandidate(evidenceBefore, {
            pods: seen(Array.from({ length: wanted }, (_, index) => ({ name: `v2-${String(index)}`, ready: true, restarts: 0, recentRestarts: 0 }))),
            scrapes: unseen(`only ${String(names)} of ${String(wanted)} ready pods are scraped`),
            autoscaler: seen({ minimum: wanted, maximum: 10, current: names, desired: names, problems: [] }),
        });
    };

    it.each([10, 25, 50] as const)("are waited for at %i %, with all that is not known of them: no criterion calls them a breach", async (from) => {
        const next = nextStep(plan, from);
        const step = { ...move, from, to: next?.weightPercent ?? Number.NaN };
        const looks = [healthyEvidence(from), raised(healthyEvidence(from), (next?.candidateReplicas ?? 0) + (next?.sparePods ?? 0))];
        const condition = gate({
            writes: () => false,
            criteriaAt: (weight) => criteriaAt(profile, weight),
            collect: async () => looks.shift() ?? healthyEvidence(from),
            judge: (criteria, found) => judge(criteria, found),
        });
        const log = { info: async () => undefined, warn: async () => undefined };
        const subject = new StepConditions({
            conditions: [condition],
            readStep: async () => liveFor(86_400, rolling(from)),
            readConsents: async () => reading(),
            policy: async () => policy,
            log,
        });
        let nowMs = performance.now();
        vi.spyOn(performance, "now").mockImplementation(() => (nowMs += freshForMs + 1));
        expect(await subject.condition({ move: step, preview: false })).toBeUndefined();
        expect(await subject.condition({ move: step, preview: false, again: true })).toMatchObject({ unsettled: true });
        expect(await subject.condition({ move: step, preview: false, again: true })).toBeUndefined();
        vi.restoreAllMocks();
    });
});

describe("an override", () => {
    it("lets pass what it names, and nothing else, and is shown", async () => {
        const { subject, told } = stepConditions({ findings: [unmet(obstacle("soak"), obstacle("errors"))], consents: reading([override]) });
        expect(await subject.condition(up)).toMatchObject({ problem: "1 condition is not met for v2 from 10 % to 25 %:\n  - errors: errors is not met" });
        expect(told).toEqual([
            "warn override: soak is lifted by olga until 2025-10-26T08:00:00.000Z, because: the fix of an outage can't wait. What is lifted: soak is not met",
        ]);
    });

    it("lets the step through when nothing else is in the way, and is kept with it", async () => {
        const { subject } = stepConditions({ findings: [unmet(obstacle("soak"))], consents: reading([override]) });
        expect(await subject.condition(up)).toBeUndefined();
        expect(await subject.groundsOf(move)).toEqual({ approvals: [], overrides: [override] });
    });

    it("is not kept with a step that did not need it", async () => {
        const { subject } = stepConditions({ findings: [met("soak 16 min of 15 min")], consents: reading([override]) });
        await subject.condition(up);
        expect(await subject.groundsOf(move)).toEqual({ approvals: [], overrides: [] });
    });

    it("never lifts what nobody may lift", async () => {
        const { subject } = stepConditions({
            findings: [unmet(obstacle("fatal", { liftable: false }))],
            consents: reading([{ ...override, lifts: ["fatal"] }]),
        });
        expect(await subject.condition(up)).toMatchObject({ fix: "fix fatal" });
    });

    it.each([
        { what: "that was used up", live: liveFor(300), at: "2025-10-26T06:59:59.000Z", note: "was used up" },
        { what: "that can't be placed", live: unreachable, at: override.at, note: "can't be placed" },
    ])("$what is told, and lifts nothing", async ({ live, at, note }) => {
        const { subject, told } = stepConditions({ findings: [unmet(obstacle("soak"))], consents: reading([{ ...override, at }]), live });
        expect(await subject.condition(up)).toMatchObject({ fix: "fix soak" });
        expect(told).toEqual([expect.stringContaining(note)]);
    });

    it("that can't be read lifts nothing", async () => {
        const { subject } = stepConditions({ findings: [unmet(obstacle("soak"))], consents: { kind: "unreadable", reason: "no answer" } });
        expect(await subject.condition(up)).toMatchObject({ fix: "fix soak" });
    });
});

describe("what a step was decided on", () => {
    it("is kept for the ledger", async () => {
        const { subject } = stepConditions({ findings: [met("soak"), met("gate", { judgement, evidence }), met("approved", { approvals: [approval] })] });
        await subject.condition(up);
        expect(await subject.groundsOf(move)).toEqual({ judgement, evidence, approvals: [approval], overrides: [] });
    });

    it("is nothing for a move that nobody asked about", async () => {
        expect(await stepConditions({ findings: [] }).subject.groundsOf(move)).toBeUndefined();
    });

    it("tells of consents that count for nothing", async () => {
        const { subject, told } = stepConditions({
            findings: [met("a")],
            consents: reading([], ["ConfigMap api-approval-0 counts for nothing: it was changed"]),
        });
        await subject.condition(up);
        expect(told).toContain("warn ConfigMap api-approval-0 counts for nothing: it was changed");
    });
});

describe("a stack that guards only the order of steps", () => {
    it("lets each step through, and says once why nothing was asked", async () => {
        const told: string[] = [];
        const condition = orderOnly("this lab has no metrics yet", { warn: async (text) => void told.push(text) });
        expect(await condition(up)).toBeUndefined();
        expect(await condition(up)).toBeUndefined();
        expect(told).toEqual(["v2 from 10 % to 25 % with no soak, no gate and no approval, because gates.kind is order-only: this lab has no metrics yet"]);
    });
});
