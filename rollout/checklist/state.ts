import type { LedgerHead } from "../ledger/ledger-record.ts";
import type { Destination } from "../plan/move.ts";
import type { Box } from "./box.ts";

/**
 * `open`: it is not shown yet, or could not be looked at. `failed`: a check shows that it does not hold. `not-applicable`: there is nothing that it could be asked of, as what
 * follows a rollback where there was none.
 */
export type State = "open" | "holds" | "not-applicable" | "failed";

/** What a box rests on, for a link. */
export type EvidenceLink =
    | ({ readonly kind: "record" } & LedgerHead)
    | { readonly kind: "resource"; readonly urn: string }
    | { readonly kind: "rule"; readonly rule: string }
    | ({ readonly kind: "check"; readonly check: string } & LedgerHead)
    | { readonly kind: "alert"; readonly alert: string }
    | { readonly kind: "signature"; readonly identity: string; readonly digest: string; readonly link?: string }
    | { readonly kind: "approval"; readonly identity: string; readonly digest: string }
    /** A look at the live step, which is kept with the step that it lets pass. */
    | { readonly kind: "live" };

/** What came of one box. */
export interface Established {
    readonly state: State;
    /** How it was established, or what is missing: a clause. */
    readonly text: string;
    /** When what it rests on was so: ISO 8601. Absent where nothing was found. */
    readonly at?: string;
    readonly evidence?: EvidenceLink;
}

/** A box with what came of it. */
export interface BoxState extends Established {
    readonly box: Box;
}

export function open(text: string): Established {
    return { state: "open", text };
}

export function notApplicable(text: string): Established {
    return { state: "not-applicable", text };
}

/** Of two that must both hold: the one that says more against it. */
export function worse(first: Established, second: Established): Established {
    return [first, second].find(({ state }) => state === "failed") ?? [first, second].find(({ state }) => state === "open") ?? first;
}

/** What a checklist comes to. */
export interface Summary {
    readonly boxes: number;
    readonly hold: number;
    /** Of those that hold, the ones that were established by looking, not by a signature. */
    readonly automatic: number;
    readonly open: number;
    readonly failed: number;
    readonly notApplicable: number;
}

/** Counts the boxes by state. */
export function summaryOf(states: readonly BoxState[]): Summary {
    const count = (state: State): number => states.filter((one) => one.state === state).length;
    return {
        boxes: states.length,
        hold: count("holds"),
        automatic: states.filter(({ state, box }) => state === "holds" && box.establishedBy.kind !== "attested").length,
        open: count("open"),
        failed: count("failed"),
        notApplicable: count("not-applicable"),
    };
}

/** Boxes that stand in the way of the step to `to`. */
export function blocking(states: readonly BoxState[], to: Destination): readonly BoxState[] {
    return states.filter(({ box, state }) => box.blocks === to && (state === "open" || state === "failed"));
}
