import { setTimeout as sleep } from "node:timers/promises";

import { approvalsMissing } from "../../gate/conditions/consents.ts";
import { rolesFor } from "../../gate/conditions/approvals.ts";
import { nextMove } from "../../plan/move.ts";
import { stepReading } from "../../route/live/live-step.ts";
import type { Session } from "../../cli/session.ts";
import type { WatcherMetrics } from "./watcher-metrics.ts";

/** What is read of a session. */
export type RecordsSession = Pick<Session, "target" | "schedule" | "ledger" | "consents" | "stack"> & {
    readonly cluster: Pick<Session["cluster"], "readStep">;
};

/** How often records are read, in milliseconds: they change when people or steps do, and reading them all takes the API server a moment. */
const everyMs = 15_000;

/**
 * Keeps the metrics of what no look reads: whether the ledger holds, and how many approvals the next step lacks. Never throws, and ends with `stop`.
 *
 * What can't be read counts as bad: a ledger as broken, approvals as missing.
 */
export async function followRecords(session: RecordsSession, metrics: Pick<WatcherMetrics, "ledger" | "approvalsMissing">, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
        const [ledger, approvals] = await Promise.allSettled([session.ledger.read(), approvalsLacking(session)]);
        metrics.ledger(ledger.status === "fulfilled" && ledger.value.intact);
        if (approvals.status === "fulfilled") {
            metrics.approvalsMissing(approvals.value);
        }
        await sleep(everyMs, undefined, { signal: stop }).catch(() => undefined);
    }
}

/** How many roles' approval the next step lacks; all of them where approvals can't be read. 0 where no step comes next. */
async function approvalsLacking(session: RecordsSession): Promise<number> {
    const { target, cluster } = session;
    const live = await cluster.readStep(target.namespace, target.service);
    const reading = stepReading(live);
    if (reading.kind !== "under-way") {
        return 0;
    }
    const move = nextMove(session.target.profile.plan, { kind: "rolling", ...reading.step });
    const lacking = await approvalsMissing(session, move, live);
    return lacking.kind === "missing" ? rolesFor(session.target.profile.plan, move).length : lacking.value.length;
}
