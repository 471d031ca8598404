import type { Box } from "./box.ts";
import { byCriteria } from "./by-criteria.ts";
import { byEvent } from "./by-event.ts";
import { byLooking } from "./by-looking.ts";
import { byRole } from "./by-role.ts";
import type { Facts } from "./facts.ts";
import { type RolloutHistory, historyOf } from "./history.ts";
import { type BoxState, type Established, notApplicable, open } from "./state.ts";

/**
 * What came of each box. Nothing is taken on trust: a box holds by what was found, and what could not be looked at is open.
 *
 * A box that blocks a step is evaluated as of the moment at which that step was entered: a preflight of the morning need not be repeated in the afternoon.
 */
export function evaluate(boxes: readonly Box[], facts: Facts): readonly BoxState[] {
    const { candidate, ledger } = facts;
    if (candidate === undefined) {
        return boxes.map((box) => ({ box, ...open("there is no candidate, and none was rolled out") }));
    }
    const history = historyOf(ledger.kind === "observed" ? ledger.value : [], candidate);
    return boxes.map((box) => ({ box, ...established(box, facts, history) }));
}

function established(box: Box, facts: Facts, history: RolloutHistory): Established {
    const { establishedBy: way } = box;
    // What the stack declares is there whatever the ledger says. All else is about a rollout, and which one that is only the ledger shows.
    if (facts.ledger.kind === "missing" && way.kind !== "declared" && way.kind !== "policy") {
        return open(`the ledger can't be relied on: ${facts.ledger.reason}`);
    }
    const outside = whyNotAsked(box, history);
    if (outside !== undefined) {
        return notApplicable(outside);
    }
    const asOf = (box.blocks === "never" ? undefined : history.entered(box.blocks)?.at) ?? facts.now;
    const asked = { box, facts, history, asOf };
    switch (way.kind) {
        case "declared":
        case "policy":
        case "check":
        case "alert":
            return byLooking({ ...asked, way });
        case "gate":
            return byCriteria({ ...asked, way });
        case "event":
            return byEvent({ ...asked, way });
        case "attested":
            return byRole({ ...asked, way });
    }
}

function whyNotAsked({ askedAfter }: Box, { rolledBack, incidents }: RolloutHistory): string | undefined {
    switch (askedAfter) {
        case "rollback":
            return rolledBack === undefined ? "there was no rollback" : undefined;
        case "incident":
            return incidents.length === 0 ? "there was no hold and no rollback" : undefined;
        case undefined:
            return undefined;
    }
}
