import type { RolloutReport } from "./rollout-report.ts";

/** The report as JSON for programs, as the ledger writes numbers: one that JSON does not know, such as Infinity, is text and never `null`. */
export function reportJson(report: RolloutReport): string {
    const written = (_key: string, value: unknown): unknown => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
    return `${JSON.stringify(report, written, 2)}\n`;
}
