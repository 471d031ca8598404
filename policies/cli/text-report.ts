import pc from "picocolors";

import type { Rule } from "../engine/rule.ts";
import type { CheckResult, Reported } from "./check.ts";

/** What the blocks of a report are about. */
export type Grouping = "object" | "rule";

/** From the most severe on. */
const severities: readonly Rule["severity"][] = ["critical", "high", "medium", "low"];

/** The result for people: one block an object or a rule, the most severe first, and the counts at the end. */
export function asText({ objects, reported, waived }: CheckResult, grouping: Grouping): string {
    const sorted = reported.toSorted((left, right) => rank(left) - rank(right));
    const blocks = [...Map.groupBy(sorted, grouping === "object" ? objectKey : ruleName).values()].map(grouping === "object" ? objectBlock : ruleBlock);
    const summary = `${counted(objects, "object")}: ${levels(reported)}, ${String(waived.length)} waived`;
    const bySeverity = severities.map((severity) => [severity, reported.filter(({ violation }) => violation.rule.severity === severity).length] as const);
    const shown = bySeverity.filter(([, count]) => count > 0).map(([severity, count]) => `${String(count)} ${severity}`);
    const total = shown.length === 0 ? summary : `${summary}. By severity: ${shown.join(", ")}`;
    return [...blocks, reported.some(isMandatory) ? pc.red(total) : pc.green(total)].join("\n\n");
}

/** One line a rule: further findings of the same rule on the object are counted, with their places. */
function objectBlock(found: readonly Reported[]): string {
    const [first] = found;
    const title = first === undefined ? "" : `${pc.bold(objectName(first))}  ${placeOf(first)}  ${levels(found)}`;
    const lines = [...Map.groupBy(found, ruleName).values()].map(
        (entries) => `  ${mark(entries[0])}  ${entries[0]?.violation.rule.name ?? ""}  ${told(entries)}`,
    );
    return [title, ...lines].join("\n");
}

/** One line an object. */
function ruleBlock(found: readonly Reported[]): string {
    const [first] = found;
    const title =
        first === undefined ? "" : `${mark(first)}  ${pc.bold(first.violation.rule.name)}  ${first.violation.rule.title} ${counted(found.length, "violation")}`;
    const lines = [...Map.groupBy(found, objectKey).values()].map(
        (entries) => `  ${entries[0] === undefined ? "" : `${objectName(entries[0])}  ${placeOf(entries[0])}`}  ${told(entries)}`,
    );
    return [title, ...lines].join("\n");
}

/** What is wrong, where, and the fix: of the first of several, and the places of the others. */
function told([first, ...others]: readonly Reported[]): string {
    if (first === undefined) {
        return "";
    }
    const { problem, path, fix } = first.violation;
    const more = others.map(({ violation }) => violation.path).filter((other) => other !== "");
    const rest = others.length === 0 ? "" : ` And ${String(others.length)} more${more.length === 0 ? "" : `: ${more.join(", ")}`}.`;
    return `${problem}${path === "" ? "" : ` (${path})`}. To fix: ${fix}.${rest}`;
}

function mark(entry: Reported | undefined): string {
    const severity = (entry?.violation.rule.severity ?? "low").padEnd(8);
    return entry !== undefined && isMandatory(entry) ? `${pc.red("mandatory")} ${severity}` : `${pc.yellow("advisory ")} ${severity}`;
}

function rank(entry: Reported): number {
    return (isMandatory(entry) ? 0 : severities.length) + severities.indexOf(entry.violation.rule.severity);
}

function isMandatory({ level }: Reported): boolean {
    return level === "mandatory";
}

function ruleName({ violation }: Reported): string {
    return violation.rule.name;
}

function objectKey({ violation, file, line }: Reported): string {
    return `${file}:${String(line)} ${violation.object?.path ?? ""} ${violation.object === undefined ? violation.resource.urn : ""}`;
}

function objectName({ violation: { object, resource } }: Reported): string {
    return object === undefined ? resource.name : `${object.kind} ${object.namespace === "" ? "" : `${object.namespace}/`}${object.name}`;
}

function placeOf({ file, line }: Reported): string {
    return `${file}:${String(line)}`;
}

function levels(found: readonly Reported[]): string {
    const mandatory = found.filter(isMandatory).length;
    return `${String(mandatory)} mandatory and ${String(found.length - mandatory)} advisory violations`;
}

function counted(count: number, what: string): string {
    return `${String(count)} ${what}${count === 1 ? "" : "s"}`;
}
