import type { Observation } from "../gate/evidence.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { evidenceIn } from "./curve.ts";
import { breachSince } from "./proceedings.ts";

/**
 * How deliveries go, over the whole ledger: the measures of DORA (https://dora.dev/guides/dora-metrics-four-keys/), as far as a ledger shows them.
 */
export interface DeliveryFigures {
    /** Rollouts whose candidate had users and which are over: finished, or rolled back to 0. */
    readonly rollouts: number;
    readonly finished: number;
    /** From the oldest record to the newest, in days. */
    readonly days: number;
    /** Median from the commit that declared a candidate to its finish, in seconds; from its declaration where git does not know the commit. */
    readonly leadTimeSeconds: Observation<number>;
    /** How many of {@link finished} are counted from their commit. */
    readonly leadsFromCommit: number;
    /** Share of {@link rollouts} with a step back from their users, as a ratio. */
    readonly changeFailureRatio: Observation<number>;
    /** Median from the first breach on record of a step, or the evidence of the rollback where that is the first, to the rollback, in seconds. */
    readonly restoreSeconds: Observation<number>;
}

/** Works out {@link DeliveryFigures}. `commitTimes`: when commits were made, as ISO 8601, by their ids, as far as git knows them. */
export function deliveryFigures(records: readonly LedgerRecord[], commitTimes: ReadonlyMap<string, string> = new Map()): DeliveryFigures {
    const attempts = attemptsIn(records);
    const finished = attempts.flatMap(({ declaredAt, commit, finishedAt }) => {
        const committedAt = commit === undefined ? undefined : commitTimes.get(commit);
        return finishedAt === undefined ? [] : [{ seconds: secondsBetween(committedAt ?? declaredAt, finishedAt), fromCommit: committedAt !== undefined }];
    });
    const ended = attempts.filter(({ hadUsers, finishedAt, failed }) => hadUsers && (finishedAt !== undefined || failed));
    const restores = attempts.flatMap(({ restores: own }) => own);
    const [first, last] = [records.at(0), records.at(-1)];
    return {
        rollouts: ended.length,
        finished: finished.length,
        days: first === undefined || last === undefined ? 0 : secondsBetween(first.at, last.at) / 86_400,
        leadTimeSeconds: median(
            finished.map(({ seconds }) => seconds),
            "no rollout is finished yet",
        ),
        leadsFromCommit: finished.filter(({ fromCommit }) => fromCommit).length,
        changeFailureRatio:
            ended.length === 0
                ? { kind: "missing", reason: "no rollout is over yet" }
                : { kind: "observed", value: ended.filter(({ failed }) => failed).length / ended.length },
        restoreSeconds: median(restores, "nothing was rolled back on evidence"),
    };
}

interface Attempt {
    readonly digest: string;
    readonly declaredAt: string;
    /** Commit of the program that declared it. */
    readonly commit: string | undefined;
    hadUsers: boolean;
    failed: boolean;
    finishedAt?: string;
    /** First breach on record of the step that is under way. */
    breachAt: string | undefined;
    readonly restores: number[];
}

/** One for each declaration of a candidate. */
function attemptsIn(records: readonly LedgerRecord[]): readonly Attempt[] {
    const attempts: Attempt[] = [];
    for (const record of records) {
        const { candidate, from, to } = record.rollout;
        if (candidate === undefined) {
            continue;
        }
        if (record.kind === "entered" && from === 0 && to === 0) {
            attempts.push({
                digest: candidate.digest,
                declaredAt: record.at,
                commit: record.commit,
                hadUsers: false,
                failed: false,
                breachAt: undefined,
                restores: [],
            });
            continue;
        }
        const attempt = attempts.findLast(({ digest }) => digest === candidate.digest);
        if (attempt !== undefined) {
            note(attempt, record);
        }
    }
    return attempts;
}

function note(attempt: Attempt, record: LedgerRecord): void {
    switch (record.kind) {
        case "entered":
            attempt.hadUsers = true;
            attempt.breachAt = undefined;
            break;
        case "rolled-back": {
            const since = attempt.breachAt ?? evidenceIn(record)?.takenAt;
            attempt.failed ||= record.rollout.from > 0;
            attempt.breachAt = undefined;
            if (since !== undefined) {
                attempt.restores.push(secondsBetween(since, record.at));
            }
            break;
        }
        case "finished":
            attempt.finishedAt = record.at;
            break;
        default:
            attempt.breachAt = breachSince(attempt.breachAt, record);
    }
}

function median(values: readonly number[], without: string): Observation<number> {
    const sorted = values.toSorted((left, right) => left - right);
    const middle = (sorted.length - 1) / 2;
    const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
    return low === undefined || high === undefined ? { kind: "missing", reason: without } : { kind: "observed", value: (low + high) / 2 };
}

function secondsBetween(from: string, to: string): number {
    return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1_000);
}
