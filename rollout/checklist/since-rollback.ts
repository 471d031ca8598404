import type { Asked } from "./asked.ts";
import type { LedgerEvent } from "./box.ts";
import { type Established, open } from "./state.ts";

/** What is so since the rollback, looked at now: the stable revision's pods, or where users' requests went. */
export function lookedAtSinceRollback(
    { facts: { sinceRollback, now } }: Pick<Asked, "facts">,
    { what }: Extract<LedgerEvent, { kind: "since-rollback" }>,
): Established {
    if (sinceRollback.kind === "missing") {
        return open(`it could not be looked at: ${sinceRollback.reason}`);
    }
    const { stablePods, requests } = sinceRollback.value;
    const found = { at: now, evidence: { kind: "live" } } as const;
    if (what === "pods") {
        const { ready, needed } = stablePods;
        return {
            state: ready >= needed ? "holds" : "failed",
            text: `${String(ready)} pods of the stable revision are ready, of at least ${String(needed)}`,
            ...found,
        };
    }
    if (requests.kind === "missing") {
        return open(`where requests went can't be seen: ${requests.reason}`);
    }
    const { stable, candidate } = requests.value;
    const text = `since the rollback the gateway counted ${String(stable)} requests to the stable revision and ${String(candidate)} to the candidate`;
    return candidate > 0 ? { state: "failed", text, ...found } : stable === 0 ? open(text) : { state: "holds", text, ...found };
}
