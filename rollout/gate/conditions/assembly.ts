import { stackPrometheus } from "../live/stack-prometheus.ts";
import { firedAlerts } from "../../checklist/live/fired-alerts.ts";
import { sinceRollback } from "../../checklist/live/since-rollback.ts";
import { stackResources } from "../../checklist/live/stack-resources.ts";
import type { ApprovalPolicy } from "../../consent/approval.ts";
import { signatureDays } from "../../checklist/signature.ts";
import { criteriaAt, probesOf } from "../criteria.ts";
import type { Evidence } from "../evidence.ts";
import { writesFor } from "../probe.ts";
import type { Move } from "../../plan/move.ts";
import { type Schedule, scheduleFor } from "../../plan/schedule.ts";
import { type ConsentReading, approvals } from "./approvals.ts";
import { type Assessment, type AssessmentParts, assess } from "./assessment.ts";
import type { FactSources } from "./checklist-facts.ts";
import { checklistHolds } from "./checklist.ts";
import type { Condition } from "./condition.ts";
import { consentReader, policyReader } from "./consents.ts";
import { type GateParts, gate } from "./gate.ts";
import type { JudgedRollout } from "./judged-rollout.ts";
import { LiveEvidence, judgedBy } from "./live-evidence.ts";
import { notRolledBack } from "./rolled-back.ts";
import { ofStep, onPlan } from "./on-plan.ts";
import { soak } from "./soak.ts";

/** What to judge a step by. */
export interface Assembly extends AssessmentParts {
    readonly schedule: Schedule;
    /** Where the checklist's facts come from. */
    readonly checklist: FactSources;
    /** Why only the order of steps is guarded. If omitted, every condition is checked. */
    readonly orderOnly?: string;
}

/**
 * What a step is judged by, put together in this one place for the guard of `pulumi up`, for the commands and for the live page: a forecast that asks less
 * than the guard would promise what the guard then refuses.
 *
 * Reads nothing yet.
 */
export function assemblyOf(rollout: JudgedRollout): Assembly {
    const { target, cluster, consents } = rollout;
    const schedule = scheduleFor(target.profile.plan, target);
    const policy = policyReader(rollout);
    const reader = consentReader(consents);
    const sources = factSources(rollout, reader.read, policy);
    const asked: Pick<Assembly, "conditions" | "again" | "orderOnly"> =
        target.gates.kind === "order-only"
            ? { conditions: [notRolledBack], again: [notRolledBack], orderOnly: target.gates.reason }
            : allConditions(rollout, schedule, policy, reader.read, sources);
    return {
        ...asked,
        schedule,
        policy,
        checklist: sources,
        readStep: () => cluster.readStep(target.namespace, target.service),
        readConsents: reader.read,
        renew: reader.renew,
    };
}

/** Where the facts of a rollout's checklist come from. */
export function factSources(
    rollout: JudgedRollout,
    readConsents: () => Promise<ConsentReading> = consentReader(rollout.consents).read,
    policy: () => Promise<ApprovalPolicy> = policyReader(rollout),
): FactSources {
    const { target, ledger, signatures, stack } = rollout;
    const { metrics } = target;
    return {
        environment: target.environment,
        schedule: scheduleFor(target.profile.plan, target),
        policy,
        signatureDays: target.checklist?.signatureDays ?? signatureDays,
        ledger: () => ledger.read(),
        signatures: () => signatures.read(),
        consents: readConsents,
        sinceRollback: (rolledBack) => sinceRollback(rollout, rolledBack),
        ...(stack === undefined ? {} : { resources: () => stackResources({ folder: stack.folder, stack: stack.name }) }),
        ...(stack?.judgePolicies === undefined ? {} : { policies: stack.judgePolicies }),
        ...(metrics === undefined
            ? {}
            : { alerts: () => stackPrometheus(metrics).rules(), fired: () => firedAlerts(stackPrometheus(metrics), target.namespace) }),
    };
}

/** Every obstacle of a move now, with a word on what was not asked. */
export async function assessed(assembly: Assembly, move: Move): Promise<Assessment> {
    const found = await assess(assembly, move, false);
    return assembly.orderOnly === undefined ? found : { ...found, summaries: [`only the order of steps is guarded: ${assembly.orderOnly}`] };
}

function allConditions(
    rollout: JudgedRollout,
    schedule: Schedule,
    policy: () => Promise<ApprovalPolicy>,
    readConsents: () => Promise<ConsentReading>,
    sources: FactSources,
): Pick<Assembly, "conditions" | "again"> {
    const { profile } = rollout.target;
    const gated = gate({
        criteriaAt: (weightPercent) => criteriaAt(profile, weightPercent),
        writes: (criterion) => writesFor(profile.probes ?? {}, criterion),
        ...lookingAt(rollout),
    });
    const approved = approvals(schedule.plan, readConsents, policy);
    const checked = checklistHolds({ enforced: rollout.target.checklist ?? { enforced: true }, profile: rollout.target.profile, sources });
    const { plan } = schedule;
    const always = [onPlan(plan), notRolledBack];
    const of = (...conditions: readonly Condition[]): readonly Condition[] => conditions.map((condition) => ofStep(plan, condition));
    return { conditions: [...always, ...of(soak(schedule), gated, approved, checked)], again: [...always, ...of(gated, approved)] };
}

/** Evidence for a gate. Connections are made for one look and closed after it. */
function lookingAt({ target, state, testers, stack }: Pick<JudgedRollout, "target" | "state" | "testers" | "stack">): Pick<GateParts, "collect" | "judge"> {
    const looking = async <T>(look: (live: LiveEvidence) => Promise<T>): Promise<T> => {
        const live = new LiveEvidence(target, state, testers, stack?.folder);
        try {
            return await look(live);
        } finally {
            await live.close();
        }
    };
    return {
        collect: (move, enteredAt, criteria): Promise<Evidence> =>
            looking((live) => live.collect({ stable: move.stable.name, candidate: move.candidate.name, enteredAt, probes: probesOf(criteria) })),
        judge: (criteria, evidence) => judgedBy(target, criteria, evidence),
    };
}
