import pc from "picocolors";

import { messageOf } from "../engine/pack.ts";
import type { Rule } from "../engine/rule.ts";
import type { CheckResult, Reported } from "./check.ts";

/** The result for people: one paragraph a violation, mandatory ones last, so that they are what is on the screen. */
export function asText({ objects, reported, waived }: CheckResult): string {
    const lines = reported
        .toSorted((left, right) => (left.level === right.level ? 0 : left.level === "advisory" ? -1 : 1))
        .map(
            ({ level, violation, file, line }) =>
                `${level === "mandatory" ? pc.red("mandatory") : pc.yellow("advisory ")}  ${pc.bold(violation.rule.name)}  ${file}:${String(line)}\n           ${messageOf(violation)}`,
        );
    const counted = (level: string) => reported.filter((entry) => entry.level === level).length;
    const summary = `${String(objects)} objects: ${String(counted("mandatory"))} mandatory and ${String(counted("advisory"))} advisory violations, ${String(waived.length)} waived`;
    return [...lines, counted("mandatory") > 0 ? pc.red(summary) : pc.green(summary)].join("\n");
}

/** The result for programs. */
export function asJson({ objects, reported, waived }: CheckResult): string {
    const entry = ({ violation, level, file, line }: Reported) => ({
        rule: violation.rule.name,
        level,
        severity: violation.rule.severity,
        file,
        line,
        object: violation.object === undefined ? null : { kind: violation.object.kind, namespace: violation.object.namespace, name: violation.object.name },
        path: violation.path,
        problem: violation.problem,
        fix: violation.fix,
    });
    const waivers = waived.map(({ rule, waiver }) => ({ rule: rule.name, ...waiver }));
    return JSON.stringify({ objects, violations: reported.map(entry), waived: waivers }, undefined, 2);
}

const securitySeverity = { low: "3.0", medium: "5.5", high: "8.0", critical: "9.5" } as const;

/** The result for code scanning: SARIF 2.1.0. @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function asSarif({ reported }: CheckResult, rules: readonly Rule[], version: string): string {
    const descriptors = rules.map((rule) => ({
        id: rule.name,
        shortDescription: { text: rule.title },
        help: { text: [rule.title, ...(rule.references ?? []).map(({ framework, control }) => `${framework}: ${control}`)].join("\n") },
        defaultConfiguration: { level: rule.level === "mandatory" ? "error" : "warning" },
        properties: { "security-severity": securitySeverity[rule.severity] },
    }));
    const positions = new Map(rules.map((rule, index) => [rule.name, index]));
    const results = reported.map(({ violation, level, file, line }) => ({
        ruleId: violation.rule.name,
        ruleIndex: positions.get(violation.rule.name) ?? -1,
        level: level === "mandatory" ? "error" : "warning",
        message: { text: messageOf(violation) },
        locations: [
            {
                physicalLocation: { artifactLocation: { uri: encodeURI(file === "-" ? "stdin" : file) }, region: { startLine: line } },
                logicalLocations: [{ fullyQualifiedName: `${violation.object?.kind ?? ""}/${violation.object?.name ?? ""}/${violation.path}` }],
            },
        ],
        partialFingerprints: {
            violation: `${violation.rule.name}/${violation.object?.kind ?? ""}/${violation.object?.namespace ?? ""}/${violation.object?.name ?? ""}/${violation.path}`,
        },
    }));
    const driver = { name: "nova-delivery-policies", version, informationUri: "https://kubernetes.io/docs/concepts/security/", rules: descriptors };
    return JSON.stringify(
        { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [{ tool: { driver }, columnKind: "utf16CodeUnits", results }] },
        undefined,
        2,
    );
}
