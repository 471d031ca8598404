import {
    AnnotationQueryBuilder,
    DashboardBuilder,
    DashboardCursorSync,
    DashboardLinkBuilder,
    DashboardLinkType,
    DatasourceVariableBuilder,
    MappingType,
    type Panel,
    QueryVariableBuilder,
    RowBuilder,
    ThresholdsConfigBuilder,
    ThresholdsMode,
    VariableRefresh,
    VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import {
    GraphThresholdsStyleConfigBuilder,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    ReduceDataOptionsBuilder,
    TooltipDisplayMode,
    VizLegendOptionsBuilder,
    VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

import { runbookUrl } from "../render.ts";
import type { Scope } from "../scope.ts";
import type { DashboardSpec, PanelSpec, VariableSpec } from "./panel.ts";
import { dashboardUid } from "./uid.ts";

/** The data source that is chosen above the dashboard. */
const datasource = { type: "prometheus", uid: "$datasource" } as const;

/** Grafana's colour for how well a value is. */
const meaningColours = { well: "green", caution: "orange", limit: "red" } as const;

/**
 * A dashboard in Grafana's first schema. Everything else of this folder is data: when the second schema is ready for production, this file changes.
 *
 * Not editable in Grafana: a change there would be lost at the next deployment.
 */
export function buildDashboard(scope: Scope, spec: DashboardSpec) {
    // The sdk marks the first schema's builder as deprecated; sidecar and operator read only this schema: https://github.com/grafana/grafana-foundation-sdk
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const dashboard = new DashboardBuilder(`${scope.service}: ${spec.title}`)
        .uid(dashboardUid(scope.service, spec.name))
        .description(spec.description)
        .tags([scope.service, "nova-delivery"])
        .readonly()
        .timezone("utc")
        .refresh("30s")
        .time({ from: spec.from, to: "now" })
        .tooltip(DashboardCursorSync.Crosshair)
        .link(new DashboardLinkBuilder("Dashboards").type(DashboardLinkType.Dashboards).tags([scope.service]).asDropdown(true).includeVars(true).keepTime(true))
        .link(new DashboardLinkBuilder("Runbooks").type(DashboardLinkType.Link).url(scope.links.runbooks).targetBlank(true))
        .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"));
    spec.variables.forEach((variable) => dashboard.withVariable(queryVariable(scope, variable)));
    if (spec.marksSteps) {
        dashboard.annotation(stepMarks());
    }
    if (spec.showsAlerts === true) {
        dashboard.withPanel({ build: () => alertList(scope) });
    }
    // Numbers by place, so that a link to one panel lasts as long as nothing is put before it.
    let id = 100;
    for (const { title, panels } of spec.rows) {
        dashboard.withRow(new RowBuilder(title).id((id += 1)));
        for (const panel of panels) {
            dashboard.withPanel(panelBuilder(scope, panel).id((id += 1)));
        }
    }
    return dashboard.build();
}

function queryVariable({ service, namespace }: Scope, { name, label, from, of, several }: VariableSpec): QueryVariableBuilder {
    const query = `label_values(${from}, ${of})`;
    const first: Readonly<Record<string, string>> = { namespace, service };
    const variable = new QueryVariableBuilder(name)
        .label(label)
        .datasource({ ...datasource })
        .query(query)
        .definition(query)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc);
    if (several) {
        return variable.multi(true).includeAll(true).allValue(".+").current({ text: "All", value: "$__all" });
    }
    const value = first[name];
    return value === undefined ? variable : variable.current({ text: value, value });
}

/** Each change of the weight, with the new one. */
function stepMarks(): AnnotationQueryBuilder {
    const weight = 'rollout_step_weight_percent{namespace="$namespace",service="$service"}';
    return new AnnotationQueryBuilder()
        .name("Steps")
        .datasource({ ...datasource })
        .enable(true)
        .hide(false)
        .iconColor("blue")
        .expr(`count_values("weight", ${weight}) unless count_values("weight", ${weight} offset 1m)`)
        .step("60s")
        .titleFormat("Step")
        .textFormat("{{weight}} %");
}

/** A panel as the sdk's builder has it. */
function panelBuilder(scope: Scope, spec: PanelSpec): StatBuilder | StateTimelineBuilder | TableBuilder | TimeseriesBuilder {
    const panel = emptyPanel(spec);
    panel
        .title(spec.title)
        .description(spec.description)
        .datasource({ ...datasource })
        .unit(spec.unit)
        .span(spec.width ?? (spec.kind === "stat" ? 4 : 8))
        .height(spec.kind === "stat" ? 5 : 8)
        .noValue("no data")
        .thresholds(thresholds(spec));
    if (spec.words !== undefined) {
        const options = Object.entries(spec.words).map(
            ([value, { text, meaning }], index) => [value, { text, color: meaningColours[meaning], index }] as const,
        );
        panel.mappings([{ type: MappingType.ValueToText, options: Object.fromEntries(options) }]);
    }
    panel.links(panelLinks(scope, spec));
    spec.queries.forEach(({ expression, legend }, index) => {
        const query = new DataqueryBuilder()
            .datasource({ ...datasource })
            .expr(expression)
            .legendFormat(legend)
            .refId(String.fromCodePoint(65 + index));
        panel.withTarget(spec.kind === "stat" ? query.instant() : spec.kind === "table" ? query.instant().format(PromQueryFormat.Table) : query.range());
    });
    return panel;
}

function panelLinks(scope: Scope, { runbook, linksToLog }: PanelSpec): DashboardLinkBuilder[] {
    const link = (title: string, url: string) => new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(true);
    return [
        ...(runbook === undefined ? [] : [link(`Runbook: ${runbook}`, runbookUrl(scope, runbook))]),
        ...(linksToLog === undefined || scope.links.logs === undefined ? [] : [link("Lines of the log", scope.links.logs).keepTime(true)]),
    ];
}

function emptyPanel(spec: PanelSpec): StatBuilder | StateTimelineBuilder | TableBuilder | TimeseriesBuilder {
    switch (spec.kind) {
        case "stat":
            return new StatBuilder().reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
        case "state-timeline":
            return new StateTimelineBuilder();
        case "table":
            return new TableBuilder();
        case "timeseries": {
            const panel = new TimeseriesBuilder()
                .fillOpacity(5)
                .lineWidth(2)
                .axisSoftMin(0)
                .legend(new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom))
                .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
            return spec.lines === undefined ? panel : panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
        }
    }
}

/** The first step has no value: it begins at minus infinity. */
function thresholds({ lines = [], wellIs = "below", kind }: PanelSpec): ThresholdsConfigBuilder {
    const builder = new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute);
    if (lines.length === 0 || (wellIs === "below" && lines.length > 0)) {
        return builder.steps([{ value: null, color: meaningColours.well }, ...lines.map(({ value, meaning }) => ({ value, color: meaningColours[meaning] }))]);
    }
    // Above each line it is one degree better than below it.
    const [lowest] = lines;
    const above = lines.map((line, index) => ({ value: line.value, color: meaningColours[lines[index + 1]?.meaning ?? "well"] }));
    return builder.steps([{ value: null, color: kind === "timeseries" ? "transparent" : meaningColours[lowest?.meaning ?? "well"] }, ...above]);
}

/** The sdk has no builder for Grafana's list of alerts. It shows each alert with its labels and links, also those of Prometheus. */
function alertList({ namespace }: Scope): Panel {
    return {
        ...new StatBuilder()
            .title("Firing alerts")
            .description("Alerts of this namespace that fire or are about to. Each links to its runbook and its dashboard.")
            .span(24)
            .height(9)
            .datasource({ ...datasource })
            .build(),
        type: "alertlist",
        options: {
            viewMode: "list",
            groupMode: "default",
            maxItems: 50,
            sortOrder: 3,
            dashboardAlerts: false,
            datasource: "$datasource",
            alertInstanceLabelFilter: `{namespace="${namespace}"}`,
            stateFilter: { firing: true, pending: true, error: true, noData: true, normal: false },
        },
        fieldConfig: { defaults: {}, overrides: [] },
    };
}
