import type { Box, Establishment } from "./box.ts";
import type { Facts } from "./facts.ts";
import type { RolloutHistory } from "./history.ts";

/** A box in the middle of being evaluated. */
export interface Asked<Kind extends Establishment["kind"] = Establishment["kind"]> {
    readonly box: Box;
    readonly way: Establishment & { readonly kind: Kind };
    readonly facts: Facts;
    readonly history: RolloutHistory;
    /** The moment at which the box must hold: when the step that it blocks was entered, or now. What was fresh then is not asked again. */
    readonly asOf: string;
}
