import type { SignatureStore } from "../../consent/live/signature-store.ts";
import type { PolicyJudge, PolicyQuestion, StackResource } from "../../checklist/live/stack-resources.ts";
import type { ApprovalPolicy } from "../../consent/approval.ts";
import type { Box } from "../../checklist/box.ts";
import type { Facts, FiredAlerts, LiveLook, LoadedAlert, SinceRollback } from "../../checklist/facts.ts";
import { historyOf } from "../../checklist/history.ts";
import { defined } from "../../defined.ts";
import type { LedgerRecord } from "../../ledger/ledger-record.ts";
import { wordsOf } from "../../words.ts";
import type { Observation } from "../evidence.ts";
import type { Verification } from "../../ledger/verification.ts";
import type { RevisionReference } from "../../route/revision.ts";
import type { Schedule } from "../../plan/schedule.ts";
import type { ConsentReading } from "./approvals.ts";

/** Where a checklist's facts come from. */
export interface FactSources {
    readonly environment: "lab" | "staging" | "prod";
    readonly schedule: Schedule;
    /** Never throws. */
    readonly policy: () => Promise<ApprovalPolicy>;
    /** How long a signature counts, in days of the plan. */
    readonly signatureDays: number;
    readonly ledger: () => Promise<Pick<Verification, "intact" | "counting" | "findings">>;
    readonly signatures: SignatureStore["read"];
    readonly consents: () => Promise<ConsentReading>;
    /** Absent where there is no stack, as in the watchdog's pod. */
    readonly resources?: () => Promise<readonly StackResource[]>;
    /** Not set where the program has no policies: boxes that ask for a rule are open then. */
    readonly policies?: PolicyJudge;
    /** Absent where the stack names no Prometheus. */
    readonly alerts?: () => Promise<Observation<readonly LoadedAlert[]>>;
    /** As `alerts`. */
    readonly fired?: () => Promise<Observation<FiredAlerts>>;
    readonly sinceRollback?: (rolledBack: LedgerRecord) => Promise<Observation<SinceRollback>>;
}

/** The rollout that facts are gathered about. */
export interface FactSubject {
    readonly candidate?: RevisionReference;
    readonly live?: LiveLook;
}

/** Looks at what the boxes need, and at nothing else. Never throws: what can't be seen is `missing`, with its reason. */
export async function collectFacts(boxes: readonly Box[], sources: FactSources, { candidate, live }: FactSubject): Promise<Facts> {
    const ways = boxes.map(({ establishedBy }) => establishedBy);
    const names = new Set(ways.flatMap((way) => (way.kind === "policy" ? [way.rule] : [])));
    const needs = (kind: Box["establishedBy"]["kind"]): boolean => ways.some((way) => way.kind === kind);
    const needsFired = ways.some((way) => way.kind === "event" && way.event.kind === "no-incident");
    const [ledger, signed, approvals, resources, alerts, fired] = await Promise.all([
        seen(async () => ledgerOf(await sources.ledger())),
        seen(sources.signatures),
        needs("attested") ? seen(async () => approvalsOf(await sources.consents())) : notNeeded,
        needs("declared") || needs("policy") ? seen(sources.resources ?? noStack) : notNeeded,
        needs("alert") ? askedOf(sources.alerts) : notNeeded,
        needsFired ? askedOf(sources.fired) : notNeeded,
    ]);
    const needsSince = ways.some((way) => way.kind === "event" && way.event.kind === "since-rollback");
    const rolledBack = candidate === undefined || ledger.kind === "missing" ? undefined : historyOf(ledger.value, candidate).rolledBack;
    const look = sources.sinceRollback;
    const sinceRollback = !needsSince || rolledBack === undefined || look === undefined ? notNeeded : await seen(() => look(rolledBack));
    const now = signed.kind === "observed" ? signed.value.now : new Date().toISOString();
    const rules = names.size === 0 ? notNeeded : await rulesOn(resources, { ...sources, rules: names, nowMs: Date.parse(now) });
    return {
        now,
        ...defined({ candidate, live }),
        schedule: sources.schedule,
        policy: await sources.policy(),
        signatureMinutes: signatureMinutesOf(sources),
        ledger,
        signatures: signed.kind === "observed" ? { kind: "observed", value: signed.value.signatures } : signed,
        approvals,
        resources,
        rules,
        alerts,
        fired,
        sinceRollback: sinceRollback.kind === "missing" ? sinceRollback : sinceRollback.value,
    };
}

/** How long a signature counts on a stack, in minutes. */
export function signatureMinutesOf({ signatureDays, schedule }: Pick<FactSources, "signatureDays" | "schedule">): number {
    return signatureDays * 24 * 60 * schedule.timeScale;
}

async function rulesOn(
    resources: Observation<readonly StackResource[]>,
    { policies, environment, rules, nowMs }: Pick<FactSources, "policies" | "environment"> & Pick<PolicyQuestion, "rules" | "nowMs">,
): Promise<Facts["rules"]> {
    if (resources.kind === "missing") {
        return resources;
    }
    if (policies === undefined) {
        return { kind: "missing", reason: "the program names no policies (judgePolicies in rollout.config.ts)" };
    }
    return seen(() => policies({ resources: resources.value, environment, rules, nowMs }));
}

const notNeeded = { kind: "missing", reason: "no box asked for it" } as const;

async function seen<T>(look: () => Promise<T>): Promise<Observation<T>> {
    try {
        return { kind: "observed", value: await look() };
    } catch (error) {
        const [reason = ""] = wordsOf(error).split("\n");
        return { kind: "missing", reason };
    }
}

function noStack(): Promise<never> {
    return Promise.reject(new Error("there is no stack here: name it with --stack"));
}

function ledgerOf({ intact, counting, findings }: Pick<Verification, "intact" | "counting" | "findings">): Verification["counting"] {
    if (!intact) {
        throw new Error(findings[0]?.text ?? "it is not whole");
    }
    return counting;
}

function approvalsOf(reading: ConsentReading) {
    if (reading.kind === "unreadable") {
        throw new Error(reading.reason);
    }
    return reading.consents.approvals;
}

async function askedOf<T>(look: (() => Promise<Observation<T>>) | undefined): Promise<Observation<T>> {
    if (look === undefined) {
        return { kind: "missing", reason: "the stack names no Prometheus" };
    }
    const found = await seen(look);
    return found.kind === "missing" ? found : found.value;
}
