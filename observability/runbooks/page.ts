import { inWords } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import type { Runbook, Step } from "./runbook.ts";

/** The page of an alert, as Markdown. The numbers in it are the alert's own, so they change with the plan. */
export function runbookPage(group: RuleGroup, alert: Alert, runbook: Runbook): string {
    const scope = alert.labels?.rollout_scope;
    const rows = [
        ["severity", `${alert.severity} (${urgency[alert.severity]})`],
        ["group", group.title],
        ...(scope === undefined ? [] : [["is about", scopes[scope] ?? scope]]),
        ...(alert.labels?.depends_on === undefined ? [] : [["muted while", `${alert.labels.depends_on} is down`]]),
        ["fires after", alert.forSeconds === 0 ? "at once" : inWords(alert.forSeconds)],
        ["dashboard", alert.dashboard],
        ...(alert.criteria === undefined ? [] : [["criteria of the plan", alert.criteria.map((id) => `\`${id}\``).join(", ")]]),
    ];
    const sections = [
        `# ${alert.name}`,
        alert.summary,
        ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${name ?? ""} | ${value ?? ""} |`)].join("\n"),
        "## Meaning",
        runbook.meaning,
        "It fires where this gives a series:",
        code("promql", broken(alert.expression)),
        "## Impact",
        runbook.impact,
        "## Diagnosis",
        steps(runbook.diagnosis),
        "## Mitigation",
        steps(runbook.mitigation),
        "## Rollback",
        runbook.rollback,
    ];
    return `${[...sections, ...footnotes(sections.join("\n"))].join("\n\n").replaceAll(/\n{3,}/g, "\n\n")}\n`;
}

/** What a reader must know of the commands in `text`. */
function footnotes(text: string): readonly string[] {
    const labels = [...new Set(text.match(/\$(POD|CONTAINER|NAME|CRONJOB|JOB_NAME|CLAIM)\b/g))].map((label) => `\`${label}\``);
    const notes = [
        ...(/`rollout |^ *rollout /m.test(text) ? ["`rollout` is `npm run rollout --` in a checkout, with the stack's name in `PULUMI_STACK`."] : []),
        ...(labels.length === 0 ? [] : [`${labels.join(" and ")}: from the alert's labels.`]),
    ];
    return notes.length === 0 ? [] : ["---", notes.join(" ")];
}

const urgency = {
    critical: "pages the engineer on call",
    warning: "a ticket for the working day",
    info: "notifies no receiver",
    none: "goes to the dead man's switch",
} as const satisfies Readonly<Record<Alert["severity"], string>>;

const scopes: Readonly<Record<string, string>> = {
    canary: "the candidate",
    stable: "the stable revision",
    service: "the service as users meet it",
};

function steps(list: readonly Step[]): string {
    return list.map((step, index) => (typeof step === "string" ? item(index, step) : item(index, step[0], step[1]))).join("\n");
}

function item(index: number, text: string, command?: string): string {
    const number = `${String(index + 1)}. `;
    const inside = " ".repeat(number.length);
    return command === undefined ? `${number}${text}` : `${number}${text}\n\n${code(isQuery(command) ? "promql" : "sh", command).replaceAll(/^/gm, inside)}\n`;
}

/** Commands begin with a program; what begins with a metric or a function and a bracket is a query. */
function isQuery(command: string): boolean {
    return /^[a-zA-Z_:]+( by)? ?[({]/.test(command) && !command.startsWith("for ");
}

function code(language: string, text: string): string {
    return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A long expression with a line for each part. */
function broken(expression: string): string {
    return expression.length < 120 ? expression : expression.replaceAll(/ (or|and|unless) /g, "\n$1 ");
}
