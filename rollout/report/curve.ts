import type { Evidence } from "../gate/evidence.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { type RevisionRole, figuresOf } from "./figures.ts";
import { type Sli, slis } from "./sli.ts";

/** One SLI of one revision over time. */
export interface Curve {
    readonly sli: Sli;
    readonly revision: string;
    readonly role: RevisionRole;
    /**
     * Where the points are from. `prometheus`: values at regular steps. `ledger`: one for each look that is on record, each over the whole step until
     * then.
     */
    readonly source: "prometheus" | "ledger";
    /** Oldest first. What is missing in between has no point. */
    readonly points: readonly CurvePoint[];
    /** Two points further apart than this have a gap between them, in seconds. If omitted, no gap is known of. */
    readonly gapSeconds?: number;
}

/** A value at a moment. */
export interface CurvePoint {
    /** Seconds since the epoch. */
    readonly atSeconds: number;
    readonly value: number;
}

/** The evidence that a record keeps whole. */
export function evidenceIn(record: LedgerRecord): Evidence | undefined {
    return "evidence" in record && record.evidence.kind === "whole" ? record.evidence.evidence : undefined;
}

/** Curves from the evidence on record alone. A look that saw nothing of an SLI gives no point. */
export function curvesOf(records: readonly LedgerRecord[]): readonly Curve[] {
    const looks = records
        .map(evidenceIn)
        .filter((evidence) => evidence !== undefined)
        .map((evidence) => ({ atSeconds: Date.parse(evidence.takenAt) / 1_000, figures: figuresOf(evidence) }));
    const found = new Map<string, Curve & { readonly points: CurvePoint[] }>();
    for (const { atSeconds, figures } of looks) {
        for (const { revision, role, values } of figures) {
            for (const sli of slis) {
                const value = values[sli];
                if (value.kind === "observed") {
                    const key = JSON.stringify([sli, revision]);
                    const curve = found.get(key) ?? { sli, revision, role, source: "ledger" as const, points: [] };
                    curve.points.push({ atSeconds, value: value.value });
                    found.set(key, curve);
                }
            }
        }
    }
    return [...found.values()];
}
