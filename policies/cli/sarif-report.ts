import { isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

import { messageOf } from "../engine/pack.ts";
import type { Rule } from "../engine/rule.ts";
import type { CheckResult, Reported } from "./check.ts";
import type { Unreadable } from "./manifests.ts";

/** Where the documentation stands, unless the caller says otherwise. */
export const placeOf = { page: "https://docs.example.com/nova-delivery/policies.md" } as const;

/** What a report says besides the result. */
export interface SarifOptions {
    readonly rules: readonly Rule[];
    /** Version of the pack. */
    readonly version: string;
    /** URL of the page about the rules, in which each has an anchor of its name. */
    readonly page: string;
    /** Folder to which the paths in the report are relative. Files outside it are named by `file://`. */
    readonly folder: string;
}

const securitySeverity = { low: "3.0", medium: "5.5", high: "8.0", critical: "9.5" } as const;

/** The result for code scanning: SARIF 2.1.0. @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function asSarif({ reported, waived }: CheckResult, unreadable: readonly Unreadable[], { rules, version, page, folder }: SarifOptions): string {
    const positions = new Map(rules.map((rule, index) => [rule.name, index]));
    const fingerprint = uniqueFingerprints();
    const results = [...reported, ...waived].map((entry) => ({
        ruleId: entry.violation.rule.name,
        ruleIndex: positions.get(entry.violation.rule.name) ?? -1,
        level: entry.level === "mandatory" ? "error" : "warning",
        message: { text: messageOf(entry.violation) },
        locations: [
            {
                physicalLocation: { artifactLocation: { uri: uriOf(entry.file, folder) }, region: { startLine: entry.line } },
                logicalLocations: [
                    { fullyQualifiedName: `${entry.violation.object?.kind ?? ""}/${entry.violation.object?.name ?? ""}/${entry.violation.path}` },
                ],
            },
        ],
        partialFingerprints: { "violation/v1": fingerprint(entry) },
        ...suppressed(entry),
    }));
    const notifications = unreadable.map(({ problem, file, line }) => ({
        level: "error",
        message: { text: problem },
        locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file, folder) }, ...(line === undefined ? {} : { region: { startLine: line } }) } }],
    }));
    const run = {
        tool: { driver: { name: "nova-delivery-policies", version, informationUri: page, rules: rules.map((rule) => descriptor(rule, page)) } },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: unreadable.length === 0, toolExecutionNotifications: notifications }],
        results,
    };
    return JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }, undefined, 2);
}

function descriptor(rule: Rule, page: string): object {
    return {
        id: rule.name,
        shortDescription: { text: rule.title },
        help: { text: [rule.title, ...(rule.references ?? []).map(({ framework, control }) => `${framework}: ${control}`)].join("\n") },
        helpUri: `${page}#${rule.name}`,
        defaultConfiguration: { level: rule.level === "mandatory" ? "error" : "warning" },
        properties: { "security-severity": securitySeverity[rule.severity] },
    };
}

/** A waived finding stays in the report, marked as accepted, with the reason. */
function suppressed({ violation: { waiver } }: Reported): object {
    if (waiver === undefined) {
        return {};
    }
    const justification = `${waiver.reason} (${waiver.owner}, until ${waiver.expires})`;
    return { suppressions: [{ kind: waiver.place === "annotation" ? "inSource" : "external", status: "accepted", justification }] };
}

/** Names a finding in the same way in each run: by rule, object and path, and by a number where that is not unique. */
function uniqueFingerprints(): (entry: Reported) => string {
    const used = new Map<string, number>();
    return ({ violation: { rule, object, resource, path } }) => {
        const about = object === undefined ? resource.name : `${object.group}/${object.kind}/${object.namespace}/${object.name}`;
        const name = `${rule.name}/${about}/${path}`;
        const count = (used.get(name) ?? 0) + 1;
        used.set(name, count);
        return count === 1 ? name : `${name}#${String(count)}`;
    };
}

/** A file inside `folder` as an escaped relative path, any other as a `file://` URL. Standard input is called `stdin`. */
function uriOf(file: string, folder: string): string {
    if (file === "-") {
        return "stdin";
    }
    const path = relative(folder, resolve(folder, file));
    return path === "" || path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path)
        ? pathToFileURL(resolve(folder, file)).href
        : path.split(sep).map(encodeURIComponent).join("/");
}
