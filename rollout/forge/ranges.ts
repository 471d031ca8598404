import type { LedgerRecord } from "../ledger/ledger-record.ts";

/** Commits that `head` has and `base` has not. */
export interface CommitRange {
    readonly base: string;
    readonly head: string;
}

/** The commits whose authors made a change, or why they can't be said. */
export type ChangeRanges = { readonly kind: "known"; readonly ranges: readonly CommitRange[] } | { readonly kind: "unknown"; readonly reason: string };

/**
 * The commits that a step from `head` is made of: those that brought the candidate, and those since the last change of the route. A change that a pipeline left out, since newer ones waited, is among
 * them.
 *
 * @param records the records of the ledger that count, oldest first, and whole.
 */
export function changeRanges(records: readonly LedgerRecord[], head: string): ChangeRanges {
    const changes = records.filter(({ kind }) => changeKinds.has(kind));
    const last = changes.at(-1);
    if (last === undefined) {
        return { kind: "unknown", reason: "the ledger has no change of the route yet, so no commit to count from" };
    }
    const candidate = last.kind === "entered" || last.kind === "rolled-back" ? last.rollout.candidate?.digest : undefined;
    const first = candidate === undefined ? changes.length : changes.findLastIndex(({ rollout }) => rollout.candidate?.digest !== candidate) + 1;
    // A watchdog's record holds no commit: what is older reaches further back, and leaves nobody out.
    const before = commitIn(changes.slice(0, first));
    const since = commitIn(changes);
    if (since === undefined || (candidate !== undefined && before === undefined)) {
        const lack = since === undefined ? "no change of the route on record" : "no change of the route before the candidate was declared";
        return {
            kind: "unknown",
            reason: `${lack} names its commit: declare the candidate in a commit of its own, with 'pulumi up' in a checkout of the repository`,
        };
    }
    const declared = changes.slice(first).find(({ commit }) => commit !== undefined)?.commit;
    const ranges = [...(before === undefined || declared === undefined ? [] : [{ base: before, head: declared }]), { base: since, head }];
    return { kind: "known", ranges: ranges.filter((range) => range.base !== range.head) };
}

/** The commit that the last change of the route was made from: what is newer is not rolled out yet. Undefined where no record names one. */
export function rolledOutCommit(records: readonly LedgerRecord[]): string | undefined {
    return commitIn(records.filter(({ kind }) => changeKinds.has(kind)));
}

function commitIn(changes: readonly LedgerRecord[]): string | undefined {
    return changes.findLast(({ commit }) => commit !== undefined)?.commit;
}

/** Records of a change of the route. */
const changeKinds: ReadonlySet<LedgerRecord["kind"]> = new Set(["entered", "rolled-back", "withdrawn", "finished"]);
