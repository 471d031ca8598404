import { type Box, type Checklist, type Establishment, type LedgerEvent, checksOf } from "./box.ts";

/**
 * What a box's holding says. `looked-at`: something was looked at that may be shown not to hold, so that the box fails then. `recorded`: something happened, by
 * the ledger; while it has not, the box is open, and it can't fail. `signed`: a role says so.
 */
export type Standing = "looked-at" | "recorded" | "signed";

/** How much a box says, by the way in which it is established. A test shows it for each box of the service's checklist. */
export function standingOf({ establishedBy: way }: Pick<Box, "establishedBy">): Standing {
    switch (way.kind) {
        case "attested":
            return "signed";
        case "gate":
            // What called for a rollback is on record; whatever else did is no fault of the box.
            return way.of === "rollback" ? "recorded" : "looked-at";
        case "event":
            return recordedAlone.has(way.event.kind) ? "recorded" : "looked-at";
        default:
            return "looked-at";
    }
}

const recordedAlone: ReadonlySet<LedgerEvent["kind"]> = new Set<LedgerEvent["kind"]>([
    "entered",
    "finished",
    "told",
    "incidents-recorded",
    "held",
    "incident-ended",
    "figure",
    "rolled-back",
]);

/** How many boxes there are of each standing. */
export function standings(boxes: Checklist): Readonly<Record<Standing, number>> {
    const count = (standing: Standing): number => boxes.filter((box) => standingOf(box) === standing).length;
    return { "looked-at": count("looked-at"), recorded: count("recorded"), signed: count("signed") };
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
            return `policy: \`${way.rule}\`, on \`${way.resource}\``;
        case "gate":
            return `gate: ${way.criteria.map((id) => `\`${id}\``).join(", ")}`;
        case "check":
            return `preflight: ${checksOf(way)
                .map((name) => `\`${name}\``)
                .join(", ")}${way.of === undefined ? "" : ", of the next candidate"}`;
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
            return `the gate of ${String(event.weightPercent)} % passed${event.afterSoak === true ? " after the whole soak" : ""}`;
        case "soaked":
            return `the soak at ${String(event.weightPercent)} % is over`;
        case "finished":
            return "the finish";
        case "checkpoint":
            return `the review after ${String(event.hours)} h passed`;
        case "told": {
            const by = event.notifier === undefined ? "" : ` by ${event.notifier}`;
            const before = event.hoursBefore === undefined ? "" : `, ${String(event.hoursBefore)} h before`;
            return `message delivered${by}${before}: ${event.message}`;
        }
        case "updates":
            return event.during === "rollout"
                ? "messages went out as often as the plan says"
                : "messages went out as often as the plan says, until the incident was over";
        case "no-incident":
            return `nothing was rolled back${event.hours === undefined ? "" : `, and ${String(event.hours)} h have passed`}; and Prometheus: no critical alert fired`;
        case "held":
            return "a step was held";
        case "incident-ended":
            return "the step passed since, or was rolled back";
        case "since-rollback":
            return event.what === "pods" ? "the rollback, and the pods since" : "the rollback, and what the gateway counted since";
        case "tried-again":
            return "another candidate, or \`rollout retry\`";
        case "figure":
            return `${event.figure === "request-rate" ? "requests a second" : "the mean time to answer"} at ${String(event.weightPercent)} %`;
        case "incidents-recorded":
            return "each hold and rollback, with its reason";
        case "rolled-back":
            return event.category === undefined ? "the rollback" : `a rollback by a person, of category ${event.category}`;
    }
}

function shownDestination(to: Box["blocks"]): string {
    return to === "never" ? "" : to === "finished" ? "the finish" : `${String(to)} %`;
}
