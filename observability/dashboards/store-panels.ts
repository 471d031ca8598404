import type { PanelSpec, Unit } from "./panel.ts";

/** One number of a store. */
export function stat(title: string, description: string, expression: string, runbook: string, unit: Unit = "short"): PanelSpec {
    return { kind: "stat", title, description, unit, width: 8, queries: [{ expression, legend: title }], runbook };
}

/** One figure of a store over time. */
export function graph(title: string, description: string, unit: Unit, expression: string, legend: string, runbook: string): PanelSpec {
    return { kind: "timeseries", title, description, unit, queries: [{ expression, legend }], runbook };
}
