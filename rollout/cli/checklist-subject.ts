import type { Destination } from "../plan/move.ts";
import type { RevisionReference } from "../route/revision.ts";
import { referenceTo } from "../route/revision.ts";
import type { Session } from "./session.ts";

/** The rollout that a checklist is about. */
export interface ChecklistSubject {
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    /** Where it stands: a share of the traffic, in percent, or the end. */
    readonly at: Destination;
}

/**
 * The rollout that is under way; else the one that the stack's file declares, which is prepared before it is deployed; else the one that was finished last.
 * Undefined where there was none.
 *
 * @throws {Error} when neither the route nor the ledger can be read.
 */
export async function checklistSubject({ target, stack, cluster, ledger }: Session): Promise<ChecklistSubject | undefined> {
    const live = await cluster.readStep(target.namespace, target.service);
    if (live.kind === "damaged" || live.kind === "unreachable") {
        throw new Error(`which rollout this is can't be read: ${live.reason}`);
    }
    const record = live.kind === "found" ? live.present.record : undefined;
    if (record?.kind === "rolling") {
        return { stable: record.stable, candidate: record.candidate, at: record.weightPercent };
    }
    const config = stack?.file.config(process.env);
    if (config?.candidate !== undefined) {
        return { stable: record?.stable ?? referenceTo(config.stable), candidate: referenceTo(config.candidate), at: 0 };
    }
    const finished = (await ledger.read()).counting.findLast(({ kind }) => kind === "finished")?.rollout;
    return finished?.candidate === undefined ? undefined : { stable: finished.stable, candidate: finished.candidate, at: "finished" };
}
