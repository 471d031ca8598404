import { type BoxState, type Summary, summaryOf } from "../checklist/state.ts";
import { historyOf } from "../checklist/history.ts";
import { defined } from "../defined.ts";
import type { Observation } from "../gate/evidence.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Verification } from "../ledger/verification.ts";
import { type Move, nextMove } from "../plan/move.ts";
import { type RolloutPlan, isWeight } from "../plan/plan.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import type { RevisionReference } from "../route/revision.ts";
import { type Schedule, soakSecondsAt } from "../plan/schedule.ts";
import { type Curve, curvesOf, evidenceIn } from "./curve.ts";
import { type DeliveryFigures, deliveryFigures } from "./delivery.ts";
import { type MeasuredMeans, type RevisionFigures, type RevisionPods, figuresOf, observedShare, podsOf, withoutOverruled } from "./figures.ts";
import {
    type GivenApproval,
    type GivenOverride,
    type Incident,
    type JudgedLook,
    type Review,
    approvalsIn,
    basisOf,
    incidentsIn,
    judgedLooks,
    overridesIn,
    reviewsIn,
} from "./proceedings.ts";
import { type Threshold, slis, thresholdsAt } from "./sli.ts";
import { type RollbackAccount, accountOf } from "./rollback-account.ts";
import { type StepSpan, spansOf } from "./steps.ts";

/** What the report's JSON looks like. */
export const reportVersion = 1 as const;

/** What Prometheus has of a rollout. */
export interface Measurements {
    readonly curves: Observation<readonly Curve[]>;
    /** Means of a step by {@link StepSpan.enteredAt}, of each revision by its name. */
    readonly means: ReadonlyMap<string, ReadonlyMap<string, MeasuredMeans>>;
}

/** What a report is made of. */
export interface ReportSources {
    /** By the API server's clock: ISO 8601. */
    readonly now: string;
    readonly environment: string;
    readonly namespace: string;
    readonly service: string;
    readonly ledger: Verification;
    /** When the commits of the ledger's records were made, as ISO 8601, by their ids. Those that git does not know are left out. @default none */
    readonly commitTimes?: ReadonlyMap<string, string>;
    /** Name of the revision to report on. @default the candidate of the newest record that has one */
    readonly revision?: string;
    /** Plan and criteria of the service. */
    readonly profile: ServiceProfile;
    /** The plan with the stack's times. */
    readonly schedule: Schedule;
    readonly measurements: Measurements;
    /** Absent where the profile has no checklist. */
    readonly checklist?: Observation<readonly BoxState[]>;
}

/** A step with all that is known of it. */
export interface ReportedStep extends StepSpan {
    /** How long it had to last by the stack's schedule, in seconds. Absent at a weight that is none of the plan's. */
    readonly plannedSoakSeconds?: number;
    readonly figures: Observation<StepFigures>;
}

/** The figures of a step, and what they rest on. */
export interface StepFigures {
    /** Record that holds the evidence. */
    readonly sequence: number;
    readonly takenAt: string;
    readonly windowSeconds: number;
    readonly revisions: readonly RevisionFigures[];
    readonly pods: readonly RevisionPods[];
    readonly observedShare: Observation<number>;
}

/** Everything that a report says of one rollout, as data: the HTML and the Markdown say the same. */
export interface RolloutReport {
    readonly version: typeof reportVersion;
    readonly madeAt: string;
    readonly environment: string;
    readonly namespace: string;
    readonly service: string;
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    /** Commit that the program ran from, newest. Absent where it is not known. */
    readonly commit?: string;
    /** Factor on every time of the plan: below 1 in a lab. */
    readonly timeScale: number;
    readonly outcome: "not-begun" | "under-way" | "finished" | "rolled-back" | "withdrawn";
    /** The step that comes next. Absent where the rollout is over, or at a weight that is none of the plan's. */
    readonly next?: Move;
    /** The newest rollback of its traffic. Absent where it never was rolled back. */
    readonly rollback?: RollbackAccount;
    readonly steps: readonly ReportedStep[];
    readonly thresholds: readonly Threshold[];
    readonly curves: readonly Curve[];
    /** Why the curves are not from Prometheus. Absent when they are. */
    readonly curvesRemark?: string;
    readonly verdicts: readonly JudgedLook[];
    readonly approvals: readonly GivenApproval[];
    readonly overrides: readonly GivenOverride[];
    readonly incidents: readonly Incident[];
    /** Reviews after the finish. */
    readonly reviews: readonly Review[];
    /** Absent where the profile has no checklist. */
    readonly checklist?: Observation<ReportedChecklist>;
    readonly delivery: DeliveryFigures;
    readonly ledger: Pick<Verification, "intact" | "findings" | "uncounted" | "head"> & { readonly records: number };
}

/** The boxes of the profile, and what they come to. */
export interface ReportedChecklist {
    readonly summary: Summary;
    readonly boxes: readonly BoxState[];
}

function reportedChecklist(checklist: Observation<readonly BoxState[]>): Observation<ReportedChecklist> {
    return checklist.kind === "observed" ? { kind: "observed", value: { summary: summaryOf(checklist.value), boxes: checklist.value } } : checklist;
}

/** A report, or why there is none. */
export type ReportOutcome = { readonly kind: "report"; readonly report: RolloutReport } | { readonly kind: "nothing"; readonly why: string };

/** The rollout that a report is about: its records, and its steps so far. */
export interface ReportedRollout {
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    readonly records: readonly LedgerRecord[];
    readonly spans: readonly StepSpan[];
}

/** Finds the newest rollout in a ledger, or the newest one of `revision`. */
export function rolloutIn(plan: RolloutPlan, records: readonly LedgerRecord[], now: string, revision?: string): ReportedRollout | { readonly why: string } {
    const named = (name: string | undefined): boolean => name !== undefined && (revision === undefined || name === revision);
    const newest = records.findLast(({ kind, rollout }) => kind !== "preflight" && named(rollout.candidate?.name));
    const { candidate, stable } = newest?.rollout ?? {};
    if (candidate === undefined || stable === undefined) {
        return { why: revision === undefined ? "the ledger holds no rollout yet" : `the ledger holds no rollout of ${revision}` };
    }
    const own = withoutRepeats(historyOf(records, candidate).rollout);
    return { stable: own[0]?.rollout.stable ?? stable, candidate, records: own, spans: spansOf(plan, own, now) };
}

/** The records without rollbacks of what was rolled back already: a second one moves no user, and has nothing to say of why the first was made. */
function withoutRepeats(records: readonly LedgerRecord[]): readonly LedgerRecord[] {
    let isBack = false;
    return records.filter(({ kind, rollout: { from } }) => {
        if (kind === "rolled-back" && isBack && from === 0) {
            return false;
        }
        isBack = kind === "rolled-back" || (isBack && kind !== "entered");
        return true;
    });
}

/** Builds the report. What is not known is missing with its reason, never a zero. */
export function buildReport(sources: ReportSources): ReportOutcome {
    const { now, environment, namespace, service, ledger, commitTimes, profile, schedule, measurements, checklist } = sources;
    const rollout = rolloutIn(profile.plan, ledger.counting, now, sources.revision);
    if ("why" in rollout) {
        return { kind: "nothing", why: rollout.why };
    }
    const { stable, candidate, records, spans } = rollout;
    const commit = records.findLast((record) => record.commit !== undefined)?.commit;
    const measured = measurements.curves.kind === "observed" && measurements.curves.value.length > 0 ? measurements.curves.value : undefined;
    return {
        kind: "report",
        report: {
            version: reportVersion,
            madeAt: now,
            environment,
            namespace,
            service,
            stable,
            candidate,
            ...defined({ commit }),
            timeScale: schedule.timeScale,
            outcome: outcomeOf(spans),
            ...nextOf(profile.plan, { stable, candidate }, spans),
            ...defined({ rollback: accountOf(profile, records) }),
            steps: spans.map((span) => ({
                ...span,
                ...soakOf(span, schedule),
                figures: stepFigures(profile.plan, span, records, measurements.means.get(span.enteredAt)),
            })),
            thresholds: [...new Set(spans.map(({ weightPercent }) => weightPercent))].flatMap((weight) =>
                slis.flatMap((sli) => thresholdsAt(profile, sli, weight)),
            ),
            curves: measured ?? curvesOf(records),
            ...(measured === undefined ? { curvesRemark: remarkOn(measurements.curves) } : {}),
            verdicts: judgedLooks(records),
            approvals: approvalsIn(records),
            overrides: overridesIn(records),
            incidents: incidentsIn(records),
            reviews: reviewsIn(records),
            ...(checklist === undefined ? {} : { checklist: reportedChecklist(checklist) }),
            delivery: deliveryFigures(ledger.counting, commitTimes),
            ledger: {
                intact: ledger.intact,
                findings: ledger.findings,
                uncounted: ledger.uncounted,
                records: ledger.records.length,
                ...defined({ head: ledger.head }),
            },
        },
    };
}

/** Of all evidence of a step, that which a rollback was decided on; else the one over the longest window, which says the most of it; of two that are as long, the newer. */
function stepFigures(
    plan: RolloutPlan,
    { sequences, weightPercent }: StepSpan,
    records: readonly LedgerRecord[],
    means: ReadonlyMap<string, MeasuredMeans> | undefined,
): Observation<StepFigures> {
    const looks = records
        .filter(({ sequence, rollout }) => sequences.includes(sequence) && rollout.from === weightPercent)
        .flatMap((record) => {
            const evidence = evidenceIn(record);
            return evidence === undefined ? [] : [{ sequence: record.sequence, evidence }];
        })
        .toSorted((left, right) => right.evidence.windowSeconds - left.evidence.windowSeconds || right.sequence - left.sequence);
    const back = records.find((record) => record.kind === "rolled-back" && record.sequence === sequences.at(-1));
    const basis = back === undefined ? undefined : basisOf(back);
    const shown = looks.find(({ sequence }) => basis === "its evidence" && sequence === back?.sequence) ?? looks[0];
    if (shown === undefined) {
        return { kind: "missing", reason: "no evidence of this step is on record" };
    }
    const { sequence, evidence } = shown;
    return {
        kind: "observed",
        value: {
            sequence,
            takenAt: evidence.takenAt,
            windowSeconds: evidence.windowSeconds,
            revisions: figuresOf(evidence, means).map((figures) =>
                basis === "newer counts" && figures.role === "candidate" ? withoutOverruled(figures, back?.text ?? "") : figures,
            ),
            pods: podsOf(plan, evidence, weightPercent),
            observedShare: observedShare(evidence),
        },
    };
}

/** The step that comes next. Absent where the rollout is over, or at a weight that is none of the plan's. */
function nextOf(plan: RolloutPlan, revisions: Pick<Move, "stable" | "candidate">, spans: readonly StepSpan[]): Pick<RolloutReport, "next"> {
    const weightPercent = spans.at(-1)?.weightPercent ?? Number.NaN;
    return outcomeOf(spans) === "under-way" && isWeight(plan, weightPercent) ? { next: nextMove(plan, { kind: "rolling", ...revisions, weightPercent }) } : {};
}

function outcomeOf(spans: readonly StepSpan[]): RolloutReport["outcome"] {
    const last = spans.at(-1);
    if (last === undefined) {
        return "not-begun";
    }
    return last.outcome === "finished" || last.outcome === "withdrawn" ? last.outcome : last.name === "rolled back" ? "rolled-back" : "under-way";
}

function soakOf({ weightPercent, name }: StepSpan, schedule: Schedule): Pick<ReportedStep, "plannedSoakSeconds"> {
    return isWeight(schedule.plan, weightPercent) && name !== "rolled back" ? { plannedSoakSeconds: soakSecondsAt(schedule, weightPercent) } : {};
}

function remarkOn(curves: Measurements["curves"]): string {
    return curves.kind === "missing" ? curves.reason : "Prometheus has no series of this rollout any more";
}
