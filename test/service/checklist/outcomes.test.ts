import { describe, expect, it } from "vitest";

import type { Box } from "../../../rollout/checklist/box.ts";
import { evaluate } from "../../../rollout/checklist/evaluate.ts";
import type { Facts } from "../../../rollout/checklist/facts.ts";
import { type Standing, standingOf, standings } from "../../../rollout/checklist/page.ts";
import { preflightChecks } from "../../../rollout/checklist/preflight.ts";
import type { State } from "../../../rollout/checklist/state.ts";
import { everyCriterionAt } from "../../../rollout/gate/criteria.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import { checklist } from "../../../service/checklist/checklist.ts";
import { profile } from "../../../service/profile.ts";
import { gatewayView, healthyEvidence, healthyRevision, histogram, noClientErrors, seen } from "../../rollout/gate/judge/evidence.ts";
import { type Happened, another, candidate, factsOf, judged, ledgerOf, lookAt, minute } from "../../rollout/checklist/facts.ts";
import type { Judgement } from "../../../rollout/gate/verdict.ts";
import type { Evidence, RevisionEvidence } from "../../../rollout/gate/evidence.ts";
import { unseenRevision } from "../../../rollout/gate/live/evidence/revision-evidence.ts";
import { cases, evidenceOf } from "../recorded/cases.ts";

const entered = { kind: "entered" } as const;
const from = (of: number, to: number | "finished" = of) => ({ from: of, to });
const verdict = (of: number, judgement = judged(of)) => ({ kind: "verdict", judgement }) as const;
const told = (message: "before" | "start" | "update" | "incident" | "rollback" | "success") =>
    ({
        kind: "told",
        message,
        delivered: (["slack", "status-page"] as const).map((notifier) => ({ notifier, at: minute(0), attempts: 1 })),
        undelivered: [],
    }) as const;
const preflight = (state: "passed" | "failed") =>
    ({ kind: "preflight", results: preflightChecks.map((check) => ({ check, state, text: state, tookMs: 1 })) }) as const;
const allPass: Judgement = {
    verdict: "pass",
    reasons: profile.successCriteria.map(({ id }) => ({ criterion: id, verdict: "pass", text: "well", samples: 1_000 })),
};
const checkpoint = (hours: 24 | 48, judgement: Judgement = allPass) => ({ kind: "checkpoint", hours, judgement }) as const;
const evidence = {
    kind: "whole",
    evidence: { ...healthyEvidence(25), candidate: { ...healthyRevision("v2", 3, 45_000), latencyMeanSeconds: seen(0.04) } },
} as const;
const held = { ...judged(10), verdict: "hold" } as const;

/** A rollout in which all went as planned, to its second review. */
const wholeRollout: readonly Happened[] = [
    [-1_500, told("before")],
    [-60, preflight("passed")],
    [-5, entered, from(0, 0)],
    [0, entered, from(0, 10)],
    [1, told("start"), from(10)],
    [16, verdict(10), from(10)],
    [17, entered, from(10, 25)],
    [18, told("update"), from(25)],
    [36, told("update"), from(25)],
    [48, { ...verdict(25), evidence }, from(25)],
    [49, entered, from(25, 50)],
    [54, told("update"), from(50)],
    [72, told("update"), from(50)],
    [80, verdict(50), from(50)],
    [81, entered, from(50, 100)],
    ...[90, 108, 126, 144, 162, 180, 198].map((at): Happened => [at, told("update"), from(100)]),
    [202, verdict(100), from(100)],
    [203, { kind: "finished" }, from(100, "finished")],
    [204, told("success"), from(100, "finished")],
    [1_700, checkpoint(24), from(100, "finished")],
    [3_200, checkpoint(48), from(100, "finished")],
];
/** One in which each step was left too early and against its judgement, nobody said anything, and the reviews did not pass. */
const carelessRollout: readonly Happened[] = [
    [-60, preflight("failed")],
    [-5, entered, from(0, 0)],
    [0, entered, from(0, 10)],
    [1, told("start"), from(10)],
    ...([10, 25, 50, 100] as const).flatMap((weight, index): readonly Happened[] => [
        [5 + 10 * index, verdict(weight, held), from(weight)],
        [
            6 + 10 * index,
            ...(weight === 100
                ? ([{ kind: "finished" }, from(100, "finished")] as const)
                : ([entered, from(weight, { 10: 25, 25: 50, 50: 100 }[weight])] as const)),
        ],
    ]),
    [90, checkpoint(24, { ...judged(100), verdict: "hold" }), from(100, "finished")],
    [95, checkpoint(48, { ...judged(100), verdict: "hold" }), from(100, "finished")],
];

const declaredTypes = checklist.flatMap(({ establishedBy: way }) => (way.kind === "declared" || way.kind === "policy" ? [way.resource] : []));
const alertNames = checklist.flatMap(({ establishedBy: way }) => (way.kind === "alert" ? [way.alert] : []));
const stack = (well: boolean): Partial<Facts> => ({
    resources: seen(well ? declaredTypes.map((type) => ({ type, urn: `urn:${type}` })) : []),
    rules: seen(
        checklist.flatMap(({ establishedBy: way }) =>
            way.kind === "policy" ? [{ rule: way.rule, level: "mandatory", findings: well ? [] : ["broken"] } as const] : [],
        ),
    ),
    alerts: seen(well ? alertNames.map((name) => ({ name, health: "ok" })) : []),
    fired: seen({ since: minute(-9_999), fired: well ? [] : [{ name: "ErrorBudgetBurnsFast", from: minute(20), to: minute(30) }] }),
});

const back = (cause: Extract<Happened[1], { kind: "rolled-back" }>["cause"]): Happened => [
    20,
    { kind: "rolled-back", ...(cause === undefined ? {} : { cause }) },
    from(10, 0),
];
const canary: readonly Happened[] = [
    [-5, entered, from(0, 0)],
    [0, entered, from(0, 10)],
];
/** What comes after a rollback, well or badly. */
const rolledBack = (well: boolean, ...cause: Parameters<typeof back>): Facts =>
    factsOf({
        records: ledgerOf(
            ...canary,
            [1, told("incident"), from(10)],
            ...(well ? [[15, told("update"), from(10)] as const] : []),
            well ? back(...cause) : [60, { kind: "rolled-back" }, from(10, 0)],
            [61, preflight(well ? "passed" : "failed")],
            [62, preflight(well ? "passed" : "failed"), { ...from(0), candidate: another }],
            ...(well ? [] : [[63, entered, from(0, 10)] as const]),
        ),
        now: minute(70),
        sinceRollback: seen({
            stablePods: { ready: well ? 6 : 2, needed: 6 },
            requests: seen({ stable: 900, candidate: well ? 0 : 9 }),
        }),
    });

const criteriaOfRollback = checklist.flatMap(({ establishedBy: way }) => (way.kind === "gate" && way.of === "rollback" ? way.criteria : []));

/** A revision with which everything is wrong, and for long enough to be sure of it. */
function badRevision(revision: string, pods: number, total = 90_000): RevisionEvidence {
    const healthy = healthyRevision(revision, pods, total);
    const grows = Array.from({ length: 60 }, (_, sample) => ({ atSeconds: 60 * sample, bytes: (400 + 10 * sample) * 2 ** 20 }));
    return {
        ...healthy,
        gateway: gatewayView(total, { failed: 30_000, timedOut: 20_000 }, 60_000, 5),
        requests: seen({ total, failed: 30_000, timedOut: 20_000, clientErrors: noClientErrors }),
        latency: seen(histogram(total, 60_000, 5)),
        latencyOnHit: seen(histogram(total / 2, 30_000, 5)),
        latencyOnMiss: seen(histogram(total / 2, 30_000, 5)),
        cache: seen({ hits: total / 2, misses: total / 2, errors: 0 }),
        cpuUtilisation: seen(3),
        memory: seen([{ pod: `${revision}-1`, samples: grows }]),
        databasePool: seen({ inUse: 20, size: 20, waiting: 90 }),
        databaseConnectionErrors: seen(50_000),
        criticalLogLines: seen(500),
        events: seen({ accepted: 9_000, recorded: 4_000, failed: 5_000 }),
        pods: seen([{ name: `${revision}-1`, ready: false, restarts: 9, recentRestarts: 9, waitingReason: "CrashLoopBackOff" }]),
        autoscaler: seen({ minimum: pods, maximum: 10, current: 1, desired: 10, problems: ["it can't scale"] }),
    };
}

/** Evidence at a weight in which all is wrong, and in which nothing can be seen. */
function extremes(weight: number): readonly Evidence[] {
    const healthy = healthyEvidence(weight);
    const probes = (kind: "failed") => Object.fromEntries(Object.keys(healthy.probes).map((name) => [name, { kind, reason: "it answered 500" }]));
    const none = "Prometheus gave no answer";
    return [
        {
            ...healthy,
            windowSeconds: 86_400,
            soakedSeconds: 86_400,
            stable: badRevision("v1", 6),
            candidate: badRevision("v2", 6, 300_000),
            probes: probes("failed"),
        },
        { ...healthy, stable: healthyRevision("v1", 6, 90_000), candidate: badRevision("v2", 6, 300_000) },
        { ...healthy, stable: unseenRevision("v1", none), candidate: unseenRevision("v2", none), probes: {} },
        healthy,
    ];
}

/** A look at each weight, and a review after the finish, by the program's own judge. */
const judgedLooks: readonly Facts[] = [0, 10, 25, 50, 100].flatMap((weight) =>
    extremes(weight).flatMap((look): readonly Facts[] => {
        const review = checkpoint(24, judge(profile.successCriteria, look));
        return [
            factsOf({ live: lookAt(weight, { judgement: judge(everyCriterionAt(profile, weight), look) }) }),
            factsOf({ records: ledgerOf(...wholeRollout.slice(0, -2), [1_700, review, from(100, "finished")]), now: minute(1_800) }),
        ];
    }),
);

/** Every state of a rollout that boxes are shown in. */
const situations: readonly Facts[] = [
    factsOf(),
    factsOf({ records: ledgerOf(...canary, back(undefined)) }),
    factsOf({ records: ledgerOf(...canary, back({ kind: "alarm", counted: "failed", bad: 16, of: 37, criteria: criteriaOfRollback })) }),
    factsOf({ records: ledgerOf(...canary, [20, told("incident"), from(10)]), now: minute(25) }),
    factsOf({ records: ledgerOf(...wholeRollout), now: minute(3_300), ...stack(true) }),
    factsOf({ records: ledgerOf(...carelessRollout), now: minute(100), ...stack(false) }),
    factsOf({ records: ledgerOf([-60, preflight("passed")]), ...stack(true) }),
    factsOf({ records: ledgerOf([-60, preflight("failed")]), ...stack(false) }),
    rolledBack(true, { kind: "person", category: "security" }),
    rolledBack(false, undefined),
    ...cases.map((one): Facts => {
        const { weightPercent, criteria } = one;
        const judgement = judge(criteria === "step" ? everyCriterionAt(profile, weightPercent) : profile.successCriteria, evidenceOf(one));
        return criteria === "step"
            ? factsOf({ live: lookAt(weightPercent, { judgement }) })
            : factsOf({ records: ledgerOf(...wholeRollout.slice(0, -2), [1_700, checkpoint(24, judgement), from(100, "finished")]), now: minute(1_800) });
    }),
    ...judgedLooks,
];

const seenStates = new Map<string, Set<State>>(checklist.map(({ id }) => [id, new Set<State>()]));
for (const facts of situations) {
    for (const { box, state } of evaluate(checklist, facts)) {
        seenStates.get(box.id)?.add(state);
    }
}
const statesOf = ({ id }: Pick<Box, "id">): ReadonlySet<State> => seenStates.get(id) ?? new Set();
const of = (standing: Standing): readonly Box[] => checklist.filter((box) => standingOf(box) === standing);

describe("a box that counts as established by looking", () => {
    it.each(of("looked-at").map((box) => [box.id, box] as const))("is shown open, held and failed: %s", (_, box) => {
        expect(statesOf(box)).toEqual(new Set([...statesOf(box), "open", "holds", "failed"]));
    });
});

describe("a box that counts as a record", () => {
    it.each(of("recorded").map((box) => [box.id, box] as const))("is shown held, and not held before, and never fails: %s", (_, box) => {
        expect([...statesOf(box)]).toContain("holds");
        expect([...statesOf(box)].some((state) => state === "open" || state === "not-applicable")).toBe(true);
        expect([...statesOf(box)]).not.toContain("failed");
    });
});

describe("the published share", () => {
    it("counts each box once", () => {
        expect(candidate).not.toEqual(another);
        expect(Object.values(standings(checklist)).reduce((sum, count) => sum + count, 0)).toBe(checklist.length);
    });

    it("holds nothing, and fails nothing, where nothing is known", () => {
        expect(evaluate(checklist, factsOf()).filter(({ state }) => state === "holds" || state === "failed")).toEqual([]);
    });
});
