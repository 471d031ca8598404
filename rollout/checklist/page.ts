import type { Box, Checklist, Establishment, LedgerEvent } from "./box.ts";

/** Share of the boxes that are established by looking, and not by a signature: a ratio. */
export function automaticShare(boxes: Checklist): number {
    return boxes.filter(({ establishedBy }) => establishedBy.kind !== "attested").length / boxes.length;
}

/** All boxes as Markdown for a program's docs: a heading and a table for each section, one row for each box. */
export function checklistTables(checklist: Checklist): string {
    return [...new Set(checklist.map(({ section }) => section))].flatMap((heading) => sectionOf(checklist, heading)).join("\n");
}

function sectionOf(checklist: Checklist, heading: string): readonly string[] {
    const boxes = checklist.filter(({ section }) => section === heading);
    return [
        `## ${heading}`,
        "",
        "| box | what must hold | established by | needed for |",
        "|---|---|---|---|",
        ...boxes.map((box) => `| \`${box.id}\` | ${box.text} | ${shownWay(box.establishedBy)} | ${shownDestination(box.blocks)} |`),
        "",
    ];
}

function shownWay(way: Establishment): string {
    switch (way.kind) {
        case "declared":
            return `declared: \`${way.resource}\``;
        case "policy":
            return `policy: \`${way.rule}\``;
        case "gate":
            return `gate: ${way.criteria.map((id) => `\`${id}\``).join(", ")}`;
        case "check":
            return `preflight: \`${way.check}\``;
        case "alert":
            return `alert: \`${way.alert}\``;
        case "attested":
            return way.approves === undefined ? `signature of ${way.role}` : `approval of ${way.role} for ${shownDestination(way.approves)}`;
        case "event":
            return `ledger: ${shownEvent(way.event)}`;
    }
}

function shownEvent(event: LedgerEvent): string {
    switch (event.kind) {
        case "entered":
            return `${String(event.weightPercent)} % was entered`;
        case "gate-passed":
            return `the gate of ${String(event.weightPercent)} % passed`;
        case "soaked":
            return `the soak at ${String(event.weightPercent)} % is over`;
        case "finished":
            return "the finish";
        case "checkpoint":
            return `the review after ${String(event.hours)} h passed`;
        case "told":
            return event.message === "update"
                ? "messages went out as often as the plan says"
                : `message delivered${event.notifier === undefined ? "" : ` by ${event.notifier}`}: ${event.message}`;
        case "no-incident":
            return `nothing was rolled back${event.hours === undefined ? "" : `, and ${String(event.hours)} h have passed`}`;
        case "incidents-recorded":
            return "each hold and rollback, with its reason";
        case "rolled-back":
            return "the rollback";
    }
}

function shownDestination(to: Box["blocks"]): string {
    return to === "never" ? "" : to === "finished" ? "the finish" : `${String(to)} %`;
}
