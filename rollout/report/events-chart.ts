import { type Chart, colours, type Drawn } from "./chart.ts";
import { isWithin, overTime, timeAxis, timeOf } from "./time-axis.ts";
import { shownTime } from "./wording.ts";

/** Rows of the chart from top to bottom. Each has a colour and a shape of its own, and its name on the axis. */
const rows = [
    { row: "approval", colour: colours.stable, shape: "triangle-up" },
    { row: "override", colour: colours.bound, shape: "triangle-down" },
    { row: "gate passes", colour: colours.passed, shape: "circle" },
    { row: "gate holds", colour: colours.candidate, shape: "square" },
    { row: "rollback", colour: colours.bound, shape: "cross" },
] as const;

type Row = (typeof rows)[number]["row"];

/** Approvals, overrides, judgements and rollbacks over time: when who or what decided. */
export function eventsChart(report: Drawn): Chart {
    const { steps, madeAt } = report;
    const time = timeOf(steps, madeAt);
    const events = eventsOf(report);
    const values = events.filter(({ at }) => isWithin(time, Date.parse(at))).map(({ at, row }) => ({ at: Date.parse(at), row }));
    const elsewhere = events.length - values.length;
    const said = rows.flatMap(({ row }) => {
        const own = events.filter((event) => event.row === row);
        const newest = own.at(-1);
        return newest === undefined ? [] : [`${row}: ${String(own.length)}, the newest at ${shownTime(newest.at)}`];
    });
    const domain = rows.map(({ row }) => row);
    return {
        id: "events",
        bounds: [],
        title: "Decisions",
        description: `Approvals, overrides, judgements and rollbacks over time. ${said.length === 0 ? "None is on record" : said.join("; ")}.`,
        remarks: elsewhere === 0 ? [] : [`${String(elsewhere)} more before or after the time that is drawn: the tables below have them.`],
        ...(values.length === 0
            ? {}
            : {
                  spec: overTime(report, [
                      {
                          data: { values },
                          mark: { type: "point", filled: true, opacity: 1, size: 90 },
                          encoding: {
                              x: timeAxis(steps, madeAt),
                              y: { field: "row", type: "nominal", scale: { domain }, title: null },
                              color: { field: "row", type: "nominal", scale: { domain, range: rows.map(({ colour }) => colour) }, legend: null },
                              shape: { field: "row", type: "nominal", scale: { domain, range: rows.map(({ shape }) => shape) }, legend: null },
                          },
                      },
                  ]),
              }),
    };
}

function eventsOf({ approvals, overrides, verdicts, incidents }: Drawn): readonly { readonly at: string; readonly row: Row }[] {
    const judged = verdicts
        .filter(({ kind }) => kind !== "rolled-back")
        .map(({ at, judgement }) => ({ at, row: judgement.verdict === "pass" ? ("gate passes" as const) : ("gate holds" as const) }));
    return [
        ...approvals.map(({ approval: { at } }) => ({ at, row: "approval" as const })),
        ...overrides.map(({ override: { at } }) => ({ at, row: "override" as const })),
        ...judged,
        ...incidents.filter(({ kind }) => kind === "rollback").map(({ at }) => ({ at, row: "rollback" as const })),
    ].toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at));
}
