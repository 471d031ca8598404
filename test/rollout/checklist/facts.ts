import { checklist } from "../../../service/checklist/checklist.ts";
import type { Box } from "../../../rollout/checklist/box.ts";
import { evaluate } from "../../../rollout/checklist/evaluate.ts";
import type { Facts, LiveLook } from "../../../rollout/checklist/facts.ts";
import type { BoxState } from "../../../rollout/checklist/state.ts";
import { everyCriterionAt } from "../../../rollout/gate/criteria.ts";
import { append } from "../../../rollout/ledger/chain.ts";
import type { LedgerDraft, LedgerRecord, LedgerRollout, RecordEvent } from "../../../rollout/ledger/ledger-record.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import type { Judgement, Reason } from "../../../rollout/gate/verdict.ts";
import type { Weight } from "../../../rollout/plan/plan.ts";
import { profile } from "../../../service/profile.ts";
import { plan } from "../../../service/plan.ts";
import { nextStep } from "../../../rollout/plan/plan.ts";

export const stable = { name: "v1", digest: `sha256:${"1".repeat(64)}` };
export const candidate = { name: "v2", digest: `sha256:${"2".repeat(64)}` };
export const another = { name: "v3", digest: `sha256:${"3".repeat(64)}` };

const begun = Date.UTC(2025, 9, 26, 6);

/** Minutes after the day of the rollout began. */
export function minute(minutes: number): string {
    return new Date(begun + minutes * 60_000).toISOString();
}

/** Something that happened at a minute. */
export type Happened = readonly [minutes: number, what: RecordEvent, rollout?: Partial<LedgerRollout>, text?: string];

/** A ledger of what happened, in order. */
export function ledgerOf(...happened: readonly Happened[]): readonly LedgerRecord[] {
    return happened.reduce<readonly LedgerRecord[]>((records, [minutes, what, rollout = {}, text = what.kind]) => {
        const draft: LedgerDraft = {
            actor: { identity: "pipeline", verified: true },
            rollout: { stable, candidate, from: 0, to: 0, ...rollout },
            text,
            ...what,
        };
        return [...records, append(records.at(-1), draft, minute(minutes))];
    }, []);
}

/** A judgement of every criterion at a weight: they pass, but for those that `change` has. */
export function judged(weightPercent: Weight, change: Readonly<Record<string, Partial<Reason>>> = {}): Judgement {
    const reasons = everyCriterionAt(profile, weightPercent).map(({ id }): Reason => ({
        criterion: id,
        verdict: "pass",
        text: "well",
        samples: 1_000,
        ...change[id],
    }));
    return { verdict: reasons.some(({ verdict }) => verdict !== "pass") ? "hold" : "pass", reasons };
}

/** Facts of a rollout of which nothing is known but what `change` says. */
export function factsOf(change: Partial<Facts> & { readonly records?: readonly LedgerRecord[] } = {}): Facts {
    const { records = [], ...other } = change;
    const none = { kind: "missing", reason: "nobody looked" } as const;
    return {
        now: minute(0),
        candidate,
        schedule: scheduleFor(plan, { timeScale: 1, environment: "prod" }),
        resources: none,
        rules: none,
        alerts: none,
        fired: none,
        sinceRollback: none,
        ledger: { kind: "observed", value: records },
        signatures: { kind: "observed", value: [] },
        approvals: { kind: "observed", value: [] },
        policy: { roles: {}, requireVerifiedIdentity: false, authors: { kind: "unknown", reason: "set ROLLOUT_CHANGE_AUTHOR" }, approvalMinutes: 1_440 },
        signatureMinutes: 7 * 1_440,
        ...other,
    };
}

/** The step at `from`, looked at now. */
export function lookAt(from: Weight, change: Partial<LiveLook> = {}): LiveLook {
    const to = nextStep(plan, from)?.weightPercent ?? "finished";
    return { move: { stable, candidate, from, to }, at: minute(0), soakedSeconds: 100_000, judgement: judged(from), ...change };
}

export function boxOf(id: string): Box {
    const found = checklist.find((box) => box.id === id);
    if (found === undefined) {
        throw new Error(`there is no box ${id}`);
    }
    return found;
}

/** What came of one box. */
export function stateOf(id: string, facts: Facts): BoxState {
    const [state] = evaluate([boxOf(id)], facts);
    if (state === undefined) {
        throw new Error("nothing was evaluated");
    }
    return state;
}
