import * as pulumi from "@pulumi/pulumi";

import { defined } from "../defined.ts";
import type { LedgerStore } from "../ledger/live/store.ts";
import type { Actor } from "../gate/criterion.ts";
import { changeRecord } from "../ledger/change-record.ts";
import type { Grounds } from "../ledger/ledger-record.ts";
import { type Move, moveBetween } from "../plan/move.ts";
import type { AssessedGrounds } from "../gate/conditions/assessment.ts";
import { wordsOf } from "../words.ts";
import type { RolloutChange } from "./rollout-change.ts";

export interface RolloutJournalArgs {
    readonly ledger: LedgerStore;
    /** Who runs the program. */
    readonly actor: () => Promise<Actor>;
    /** Commit that the program runs from, where it is known. */
    readonly commit: () => Promise<string | undefined>;
    /** What a step forward was decided on. Undefined where nothing was asked. */
    readonly groundsOf: (move: Move) => Promise<AssessedGrounds | undefined>;
    /** What the record of a step forward says besides: why no evidence was asked for, for example. */
    readonly remark?: string;
    /** @default the engine's log */
    readonly log?: Pick<typeof pulumi.log, "info" | "warn">;
}

/** Receives each change of the route, right after it was made. It never throws. */
export type RolloutJournal = (change: RolloutChange) => Promise<void>;

/**
 * Writes down each change of the route in the ledger.
 *
 * The traffic has moved by then, so an error is a warning: it must not fail the update, and least of all a rollback.
 */
export function rolloutJournal({ ledger, actor, commit, groundsOf, remark, log = pulumi.log }: RolloutJournalArgs): RolloutJournal {
    return async (change) => {
        try {
            const move = moveOf(change);
            const grounds = keptGrounds(move === undefined ? undefined : await groundsOf(move));
            const [who, from] = await Promise.all([actor(), commit()]);
            const draft = changeRecord(
                { ...change, grounds, ...(remark === undefined || move === undefined ? {} : { remark }) },
                { actor: who, ...defined({ commit: from }) },
            );
            if (draft === undefined) {
                return;
            }
            const { record, warnings } = await ledger.append(draft);
            // This line, kept elsewhere, proves later that the ledger still has the record and everything before it.
            await log.info(`ledger: record ${String(record.sequence)}@${record.hash}: ${record.text}`);
            for (const warning of warnings) {
                await log.warn(`ledger: ${warning}`);
            }
        } catch (error) {
            const reason = wordsOf(error);
            await log.warn(`the change was made, and is not in the ledger: ${reason}. What to do: keep the output of this run, which says what moved.`);
        }
    };
}

/** The step forward that a change was, if it was one: only that is decided on more than the order of steps. */
function moveOf({ transition: { kind }, present, wanted }: RolloutChange): Move | undefined {
    return present !== undefined && (kind === "forward" || kind === "finish") ? moveBetween(present, wanted) : undefined;
}

function keptGrounds(found: AssessedGrounds | undefined): Grounds {
    if (found === undefined) {
        return {};
    }
    const { judgement, evidence, approvals, overrides } = found;
    return {
        ...defined({ judgement }),
        ...(evidence === undefined ? {} : { evidence: { kind: "whole", evidence } }),
        ...(approvals.length === 0 ? {} : { approvals }),
        ...(overrides.length === 0 ? {} : { overrides }),
    };
}
