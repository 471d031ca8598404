import type { CheckResult, Reported } from "./check.ts";
import type { Unreadable } from "./manifests.ts";

/** The result for programs: one JSON object. */
export function asJson({ objects, reported, waived }: CheckResult, unreadable: readonly Unreadable[]): string {
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
    const waivers = waived.map(({ violation }) => ({ ...violation.waiver, rule: violation.rule.name }));
    return JSON.stringify({ objects, violations: reported.map(entry), waived: waivers, unreadable }, undefined, 2);
}
