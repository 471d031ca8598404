import type { DashboardName } from "../rule.ts";

/** Units of Grafana that the dashboards use: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
export type Unit = "percentunit" | "percent" | "s" | "reqps" | "ops" | "bytes" | "short" | "none" | "bool_yes_no" | "dateTimeFromNow" | "cps";

/** One query of a panel. */
export interface PanelQuery {
    readonly expression: string;
    /** What the series is called: `{{revision}}`. */
    readonly legend: string;
}

/** A line across a panel, at a number of the plan or an objective. */
export interface PanelLine {
    readonly value: number;
    /** `limit`: an alert pages, or a rollout is rolled back. `caution`: a look is due. */
    readonly meaning: "caution" | "limit";
}

/** What is shown, apart from how Grafana wants it written. */
export interface PanelSpec {
    readonly kind: "timeseries" | "stat" | "state-timeline" | "table";
    readonly title: string;
    /** What is seen and what to make of it. */
    readonly description: string;
    readonly unit: Unit;
    readonly queries: readonly [PanelQuery, ...PanelQuery[]];
    /** Lines, ascending. @default none */
    readonly lines?: readonly PanelLine[];
    /** Whether all is well below the lines or above them. @default "below" */
    readonly wellIs?: "below" | "above";
    /** Words for values, such as 1 for `pass`. */
    readonly words?: Readonly<Record<string, { readonly text: string; readonly meaning: "well" | "caution" | "limit" }>>;
    /** Alert whose runbook the panel links to. */
    readonly runbook?: string;
    /** Whether the panel links to the lines of the log, where the stack says where they are read. @default not */
    readonly linksToLog?: true;
    /** Columns of 24. @default 8, and 4 for a stat */
    readonly width?: number;
}

/** Panels under one heading. */
export interface RowSpec {
    readonly title: string;
    readonly panels: readonly PanelSpec[];
}

/** A choice above a dashboard. */
export interface VariableSpec {
    readonly name: string;
    readonly label: string;
    /** Metric selector whose label values are offered. */
    readonly from: string;
    readonly of: string;
    /** Whether several values and all of them can be chosen. */
    readonly several: boolean;
}

/** A dashboard as data. */
export interface DashboardSpec {
    readonly name: DashboardName;
    readonly title: string;
    readonly description: string;
    /** The stretch of time that is shown at first, such as `now-6h`. */
    readonly from: string;
    readonly variables: readonly VariableSpec[];
    /** Whether changes of the weight are marked in every panel. */
    readonly marksSteps: boolean;
    /** Whether the list of firing alerts stands on top. */
    readonly showsAlerts?: true;
    readonly rows: readonly RowSpec[];
}
