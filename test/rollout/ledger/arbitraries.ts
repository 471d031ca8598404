import fc from "fast-check";

import type { Approval } from "../../../rollout/consent/approval.ts";
import type { Evidence, Observation, RevisionEvidence } from "../../../rollout/gate/evidence.ts";
import { append, recordText } from "../../../rollout/ledger/chain.ts";
import type { StoredRecord } from "../../../rollout/ledger/reading.ts";
import type { LedgerDraft, LedgerHead, LedgerRecord, Link } from "../../../rollout/ledger/ledger-record.ts";
import type { Override } from "../../../rollout/consent/override.ts";
import type { Judgement } from "../../../rollout/gate/verdict.ts";
import { anyWeight, revision } from "../arbitraries.ts";

/** One second after another, from a fixed time on. */
export function timeAt(seconds: number): string {
    return new Date(Date.UTC(2025, 9, 26, 7, 0, seconds)).toISOString();
}

const digest = `sha256:${"a".repeat(64)}`;

export const approval: Approval = {
    role: "tech-lead",
    identity: "tess@example.com",
    verified: true,
    digest,
    at: timeAt(0),
    expiresAt: timeAt(3_600),
    note: "looked at the canary's dashboards",
};

export const override: Override = {
    digest,
    lifts: ["soak"],
    reason: "the fix of an outage can't wait for the soak",
    role: "operations-lead",
    identity: "olga@example.com",
    verified: true,
    at: timeAt(0),
    expiresAt: timeAt(3_600),
};

export const judgement: Judgement = {
    verdict: "hold",
    reasons: [
        {
            criterion: "error-ratio",
            verdict: "hold",
            shortfall: "breached",
            text: "errors 0.62 % of 5,210 requests, bound 0.5 %",
            value: 0.0062,
            bound: 0.005,
            samples: 5_210,
            neededSamples: 1_000,
        },
        { criterion: "ready-pods", verdict: "pass", text: "1 of 1 pods ready", samples: 1 },
    ],
};

function observed<T>(value: T): Observation<T> {
    return { kind: "observed", value };
}

function revisionEvidence(name: string): RevisionEvidence {
    const histogram = observed({ boundsSeconds: [0.1, 0.5, Infinity], counts: [90, 9, 1] });
    return {
        revision: name,
        gateway: {
            kind: "seen",
            scrapes: observed({ newestAgeSeconds: 3, fewestDistinct: 20, pods: 2 }),
            requests: observed({
                total: 5_212,
                failed: 33,
                timedOut: 1,
                unanswered: 2,
                clientErrors: { unauthorized: 4, forbidden: 3, notFound: 2, other: 1 },
                retries: 0,
            }),
            recentRequests: { kind: "missing", reason: "no instance of the gateway was scraped within the last minute" },
            latency: histogram,
        },
        scrapes: observed({ newestAgeSeconds: 4, fewestDistinct: 20, pods: 1 }),
        requests: observed({ total: 5_210, failed: 32, timedOut: 0, clientErrors: { unauthorized: 4, forbidden: 3, notFound: 2, other: 1 } }),
        recentRequests: observed(340),
        latency: histogram,
        latencyMeanSeconds: observed(0.0421),
        latencyOnHit: histogram,
        latencyOnMiss: { kind: "missing", reason: "no request missed the cache" },
        cache: observed({ hits: 900, misses: 40, errors: 0 }),
        cpuUtilisation: observed(0.21),
        memory: observed([{ pod: "a", samples: [{ atSeconds: 1, bytes: 2 ** 28 }] }]),
        databasePool: observed({ inUse: 3, size: 20, waiting: 0 }),
        databaseConnectionErrors: observed(0),
        criticalLogLines: observed(0),
        events: observed({ accepted: 10, recorded: 10, failed: 0 }),
        pods: observed([{ name: "a", ready: true, restarts: 1, recentRestarts: 0, restartsInStep: 0, waitingReason: "CrashLoopBackOff" }]),
        autoscaler: observed({ minimum: 1, maximum: 10, current: 1, desired: 1, problems: [] }),
    };
}

/** Evidence with everything that evidence can hold: an infinite bound, something missing, a failed probe. */
export const evidence: Evidence = {
    takenAt: timeAt(900),
    windowSeconds: 890,
    soakedSeconds: 899,
    stable: revisionEvidence("v1"),
    candidate: revisionEvidence("v2"),
    probes: { health: { kind: "passed" }, search: { kind: "failed", reason: "status 500" } },
};

const common = {
    actor: { identity: "ci", verified: true },
    rollout: { stable: revision("v1"), candidate: revision("v2"), from: 10, to: 25 },
    text: "a record",
} as const;
const grounds = { judgement, evidence: { kind: "whole", evidence }, approvals: [approval], overrides: [override] } as const;

/** One draft of every kind, with everything it can hold. */
export const drafts: readonly LedgerDraft[] = [
    { ...common, kind: "entered", ...grounds, commit: "1f0c2a9" },
    { ...common, kind: "verdict", judgement, evidence: { kind: "trimmed", note: "too long", digest } },
    {
        ...common,
        kind: "rolled-back",
        cause: { kind: "alarm", counted: "failed", bad: 16, of: 37, criteria: ["error-ratio-at-once"] },
        movedInSeconds: 0.031,
        ...grounds,
        rollout: { ...common.rollout, from: 37.5, to: 0 },
    },
    { ...common, kind: "approval", approval, actor: { role: "tech-lead", identity: "tess@example.com", verified: true } },
    { ...common, kind: "override", override, actor: { identity: "olga@example.com", verified: true } },
    { ...common, kind: "finished", ...grounds, rollout: { ...common.rollout, from: 100, to: "finished" } },
    { ...common, kind: "withdrawn" },
    { ...common, kind: "watch", judgement },
    { ...common, kind: "checkpoint", hours: 24, judgement },
    {
        ...common,
        kind: "told",
        message: "step",
        delivered: [{ notifier: "slack", at: timeAt(5), attempts: 2 }],
        undelivered: [{ notifier: "email", reason: "connection refused", attempts: 4 }],
    },
    { ...common, kind: "not-told", message: "update", undelivered: [{ notifier: "webhook", reason: "its address is not known", attempts: 0 }] },
    { ...common, kind: "note", purpose: "retry", rollout: { stable: revision("v1"), from: 0, to: 0 } },
];

/** Element `index` of a list that is known to have it. */
export function nth<T>(list: readonly T[], index: number): T {
    const element = list.at(index);
    if (element === undefined) {
        throw new RangeError(`there is no element ${String(index)}`);
    }
    return element;
}

/** The draft of a kind. */
export function draftOf(kind: LedgerDraft["kind"]): LedgerDraft {
    return nth(
        drafts.filter((draft) => draft.kind === kind),
        0,
    );
}

/** A short draft, with text that JSON has to escape now and then. */
export const anyDraft: fc.Arbitrary<LedgerDraft> = fc.record({
    kind: fc.constantFrom("note", "withdrawn"),
    actor: fc.record({ identity: fc.string({ minLength: 1, maxLength: 10 }), verified: fc.boolean() }),
    rollout: fc.record({ stable: fc.constant(revision("v1")), from: fc.integer({ min: 0, max: 100 }), to: anyWeight }),
    text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
});

/** The ledger that `entries` make, one a second. */
export function chainOf(entries: readonly LedgerDraft[]): readonly LedgerRecord[] {
    const records: LedgerRecord[] = [];
    for (const draft of entries) {
        records.push(append(records.at(-1), draft, timeAt(records.length)));
    }
    return records;
}

/** Records as they are found in the cluster. */
export function storedOf(records: readonly LedgerRecord[]): readonly StoredRecord[] {
    return records.map((record) => ({ sequence: record.sequence, text: recordText(record), createdAt: record.at }));
}

/** What the hash of a record is made of. */
export function unsealed({ hash, ...content }: LedgerRecord): LedgerDraft & Omit<Link, "hash"> {
    if (!hash.startsWith("sha256:")) {
        throw new RangeError("it is no record");
    }
    return content;
}

export function headOf({ sequence, hash }: LedgerRecord): LedgerHead {
    return { sequence, hash };
}
