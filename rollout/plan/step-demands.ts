import type { Role } from "./plan.ts";
import type { LabelKeys } from "../route/label-keys.ts";
import { type RolloutRecord, weightOf } from "../route/record.ts";
import type { Schedule } from "./schedule.ts";

/** What a stack asks of a step forward: soaks, gates and approvals on its schedule, or nothing but the order of steps. */
export type Enforcement = { readonly kind: "full"; readonly schedule: Schedule } | { readonly kind: "order-only" };

/** The annotations {@link LabelKeys.demands} for the step that `record` is at. None without a candidate: there is no step then. */
export function encodeDemands(record: RolloutRecord, enforcement: Enforcement, { demands: keys }: LabelKeys): Record<string, string> {
    if (record.kind === "steady") {
        return {};
    }
    const { soakMinutes, approvals } = demandsOf(record, enforcement);
    return {
        [keys.soakMinutes]: String(soakMinutes),
        [keys.requiredApprovals]: approvals.length === 0 ? "none" : approvals.join(","),
    };
}

function demandsOf(record: RolloutRecord, enforcement: Enforcement): { readonly soakMinutes: number; readonly approvals: readonly Role[] } {
    const step = enforcement.kind === "full" ? enforcement.schedule.steps.find(({ weightPercent }) => weightPercent === weightOf(record)) : undefined;
    return step ?? { soakMinutes: 0, approvals: [] };
}
