import { checksOf } from "./box.ts";
import type { PreflightCheck } from "./preflight.ts";
import { checkMinutes } from "./facts.ts";
import { type Established, open, worse } from "./state.ts";
import type { Asked } from "./asked.ts";

/** Establishes a box by a look at the stack, at its policies, at live systems or at the alerts. */
export function byLooking(asked: Asked<"declared" | "policy" | "check" | "alert">): Established {
    const { way } = asked;
    switch (way.kind) {
        case "declared":
            return byResource(asked, way.resource);
        case "policy":
            return byRule(asked, way);
        case "check":
            return checksOf(way)
                .map((name) => byCheck(asked, name, way.of))
                .reduce(worse);
        case "alert":
            return byAlert(asked, way.alert);
    }
}

type Question = Pick<Asked, "box" | "facts" | "history" | "asOf">;

function byResource({ facts: { resources, now } }: Question, type: string): Established {
    if (resources.kind === "missing") {
        return open(`the stack's state can't be read: ${resources.reason}`);
    }
    const found = resources.value.find((resource) => resource.type === type);
    return found === undefined
        ? { state: "failed", text: `the stack has no ${type}` }
        : { state: "holds", text: `declared: ${type}`, at: now, evidence: { kind: "resource", urn: found.urn } };
}

/** A rule that found nothing to look at has not passed. */
function byRule({ facts: { rules, resources, now } }: Question, { rule: name, resource }: { readonly rule: string; readonly resource: string }): Established {
    if (rules.kind === "missing") {
        return open(`the policies could not be judged: ${rules.reason}`);
    }
    if (resources.kind === "missing") {
        return open(`the stack's state can't be read: ${resources.reason}`);
    }
    if (!resources.value.some(({ type }) => type === resource)) {
        return { state: "failed", text: `the stack has no ${resource}, so the rule ${name} had nothing to look at`, at: now };
    }
    const found = rules.value.find(({ rule }) => rule === name);
    if (found === undefined || found.level === "disabled") {
        return { state: "failed", text: `the rule ${name} is ${found === undefined ? "not in the pack" : "switched off"}` };
    }
    const [first] = found.findings;
    const evidence = { kind: "rule", rule: name } as const;
    const more = found.findings.length > 1 ? `, and ${String(found.findings.length - 1)} more` : "";
    return first === undefined
        ? { state: "holds", text: `rule ${name} (${found.level}) finds nothing in the stack`, at: now, evidence }
        : { state: "failed", text: `rule ${name} (${found.level}): ${first}${more}`, at: now, evidence };
}

/** The newest result on record from before the moment that counts, unless it is too old. After a rollback only what was looked at since then says anything. */
function byCheck({ box, facts, history, asOf }: Question, check: PreflightCheck, of?: "successor"): Established {
    if (of === "successor" && history.successor === undefined) {
        return open("no other candidate has come yet");
    }
    const since = box.askedAfter === "rollback" ? history.rolledBack?.sequence : undefined;
    const results = (of === "successor" ? history.successorRecords : history.all).flatMap((record) =>
        record.kind === "preflight" && Date.parse(record.at) <= Date.parse(asOf) && record.sequence > (since ?? 0)
            ? record.results.filter((result) => result.check === check).map((result) => ({ record, result }))
            : [],
    );
    const newest = results.at(-1);
    if (newest === undefined) {
        const whose = of === "successor" ? ` for ${history.successor?.name ?? ""}` : "";
        return open(`the check ${check} has not been run${since === undefined ? "" : " since the rollback"}${whose}`);
    }
    const { record, result } = newest;
    const found = { at: record.at, evidence: { kind: "check", check, sequence: record.sequence, hash: record.hash } } as const;
    const ageMinutes = (Date.parse(asOf) - Date.parse(record.at)) / 60_000;
    const mostMinutes = checkMinutes * facts.schedule.timeScale;
    if (ageMinutes > mostMinutes) {
        return { state: "open", text: `check ${check} is of ${record.at}, and counts for ${String(Math.round(mostMinutes))} min`, ...found };
    }
    switch (result.state) {
        case "passed":
            return { state: "holds", text: `check ${check}: ${result.text}`, ...found };
        case "failed":
            return { state: "failed", text: `check ${check}: ${result.text}`, ...found };
        case "not-configured":
        case "later":
            return { state: "open", text: `check ${check}: ${result.skippedBecause ?? result.text}`, ...found };
    }
}

/** It is loaded, its evaluation is healthy, and the routes of all alerts were found to reach people. */
function byAlert(question: Question, name: string): Established {
    const { alerts, now } = question.facts;
    if (alerts.kind === "missing") {
        return open(`the alerts can't be read: ${alerts.reason}`);
    }
    const loaded = alerts.value.find((alert) => alert.name === name);
    if (loaded === undefined) {
        return { state: "failed", text: `Prometheus has no alert ${name}` };
    }
    const evidence = { kind: "alert", alert: name } as const;
    if (loaded.health !== "ok") {
        return { state: loaded.health === "err" ? "failed" : "open", text: `the last evaluation of ${name} was '${loaded.health}'`, at: now, evidence };
    }
    const routes = byCheck(question, "alert-routes");
    return routes.state === "holds" ? { state: "holds", text: `${name} is loaded, and has a route that reaches people`, at: now, evidence } : routes;
}
