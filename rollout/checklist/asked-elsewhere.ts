import { everyCriterionAt } from "../gate/criteria.ts";
import type { Move } from "../plan/move.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import { type Box, checksOf } from "./box.ts";
import type { BoxState } from "./state.ts";

/**
 * Whether the step's other conditions ask the same as a box: its gate, its soak or its approvals. They are checked there, and an override lifts them there by
 * the same name.
 */
export function askedElsewhere(profile: Pick<ServiceProfile, "criteria">, { establishedBy: way }: Box, { from, to }: Pick<Move, "from" | "to">): boolean {
    switch (way.kind) {
        case "gate":
            return way.of === from && way.criteria.every((id) => everyCriterionAt(profile, from).some((criterion) => criterion.id === id));
        case "event":
            return (way.event.kind === "gate-passed" || way.event.kind === "soaked" || way.event.kind === "figure") && way.event.weightPercent === from;
        case "attested":
            return way.approves === to;
        default:
            return false;
    }
}

/** What to do about a box that is open or has failed: a clause. */
export function fixFor({ box }: BoxState): string {
    const { establishedBy: way } = box;
    switch (way.kind) {
        case "declared":
        case "policy":
            return "fix what the stack declares, and run 'pulumi up'";
        case "check":
            return `fix what it found, and run 'rollout preflight --only ${checksOf(way).join(",")}'`;
        case "gate":
            return "see 'rollout gate'";
        case "alert":
            return "run 'rollout preflight --only alert-rules,alert-routes'";
        case "attested":
            return way.approves === undefined
                ? `have it signed with 'rollout sign ${box.id} --role ${way.role}'`
                : `have it approved with 'rollout approve --role ${way.role}'`;
        case "event":
            return fixForEvent(way.event);
    }
}

function fixForEvent(event: (Box["establishedBy"] & { readonly kind: "event" })["event"]): string {
    switch (event.kind) {
        case "updates":
            return "let 'rollout watch' run all the time: it tells people by itself";
        case "told":
            return `tell people: 'rollout notify --message ${event.message}'`;
        case "checkpoint":
            return `run 'rollout checkpoint ${String(event.hours)}h'`;
        default:
            return "see 'rollout ledger show' and 'rollout ledger verify'";
    }
}
