import type { RolloutPlan } from "../plan/plan.ts";
import { type Capacity, candidateCapacity, stableCapacity } from "./capacity.ts";
import { weightOf } from "./record.ts";
import type { LiveRoute } from "./route.ts";
import type { Present } from "./transition.ts";

/**
 * Why an object must stay as it is, by the live route, as a clause; undefined where users don't need it. A route that can't be read is a reason of its own.
 *
 * @param revision the revision that the object belongs to. Undefined: it belongs to the service as a whole.
 */
export function whyNeeded(live: LiveRoute, revision: string | undefined): string | undefined {
    switch (live.kind) {
        case "absent":
            return undefined;
        case "damaged":
        case "unreachable":
            return `the live route can't be judged: ${live.reason}`;
        case "found":
            return revision === undefined ? "the live route leads users to this service" : whyRevisionNeeded(live.present, revision);
    }
}

/**
 * Why a revision's autoscaler can't have these bounds, by the live route, as a clause; undefined where they are enough.
 *
 * @param bounds what the autoscaler would have, where that is less than it has.
 */
export function whyTooFew(plan: RolloutPlan, live: LiveRoute, revision: string, { minimum, maximum }: Capacity): string | undefined {
    const why = whyNeeded(live, revision);
    if (why === undefined || live.kind !== "found") {
        return why;
    }
    const { record } = live.present;
    if (isEdited(live.present)) {
        return "the live route is not what its record says";
    }
    const needed =
        record.kind === "rolling" && revision === record.candidate.name ? candidateCapacity(plan, record).minimum : stableCapacity(plan, record).minimum;
    return Math.min(minimum, maximum) < needed ? `${why}, which takes ${String(needed)} pods or more` : undefined;
}

function whyRevisionNeeded(present: Present, revision: string): string | undefined {
    const { record, routedPercent } = present;
    if (revision === record.stable.name) {
        return routedPercent >= 100 ? "a rollback would lead all users to it" : `the live route leads ${shown(100 - routedPercent)} of the users to it`;
    }
    const isCandidate = record.kind === "rolling" && revision === record.candidate.name;
    const share = Math.max(weightOf(record), routedPercent);
    if (isCandidate && share > 0) {
        return `the live route leads ${shown(share)} of the users to it`;
    }
    return isEdited(present) ? "the live route is not what its record says, so it may lead users to it" : undefined;
}

function isEdited({ record, routedPercent, tampering }: Present): boolean {
    return tampering !== undefined || routedPercent !== weightOf(record);
}

function shown(percent: number): string {
    return `${String(Math.round(percent * 100) / 100)} %`;
}
