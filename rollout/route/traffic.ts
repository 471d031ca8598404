import type { RolloutRecord } from "./record.ts";

/** One backend of the route: which revision, and its share in percent. The shares of a table always add up to 100. */
export interface Backend {
    readonly revision: string;
    readonly weightPercent: number;
}

/**
 * The weights of a record, always explicit: the Gateway API reads a missing weight as 1, so two backends without weights would be a 50/50 split.
 *
 * With no candidate, and at 100 %, one backend is left: the split is removed.
 */
export function backendsOf(record: RolloutRecord): readonly Backend[] {
    if (record.kind === "steady") {
        return [{ revision: record.stable.name, weightPercent: 100 }];
    }
    const candidate = { revision: record.candidate.name, weightPercent: record.weightPercent };
    return record.weightPercent === 100 ? [candidate] : [{ revision: record.stable.name, weightPercent: 100 - record.weightPercent }, candidate];
}

/**
 * The share, in percent, that `backends` give to `revision`. Weights are proportions (https://gateway-api.sigs.k8s.io/guides/traffic-splitting/), so the
 * share is worked out from their sum. 0 when the revision is not there or all weights are 0.
 */
export function shareOf(revision: string, backends: readonly { readonly revision: string; readonly weight: number }[]): number {
    const total = backends.reduce((sum, backend) => sum + backend.weight, 0);
    const own = backends.filter((backend) => backend.revision === revision).reduce((sum, backend) => sum + backend.weight, 0);
    return total === 0 ? 0 : (100 * own) / total;
}
