import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** Tests of a run, by how they ended. */
export interface TestReading {
    readonly passed: number;
    /** Names of those that failed or broke off. */
    readonly failed: readonly string[];
    readonly skipped: number;
}

/** All tests passed, and at least `leastPassed` ran: a run that found no tests proves nothing. */
export function judgeTests({ passed, failed, skipped }: TestReading, leastPassed: number): PreflightFinding {
    const problems: readonly Problem[] = [
        ...(passed >= leastPassed
            ? []
            : [{ text: `${String(passed)} tests passed, fewer than ${String(leastPassed)}`, fix: "run the whole suite, and list all of its reports" }]),
        ...failed.map((name) => ({ text: `'${name}' failed`, fix: "fix what failed, and run the suite again" })),
    ];
    return findingOf(problems, `${String(passed)} tests passed, none failed, ${String(skipped)} skipped`, { passed, failed: failed.length, skipped });
}
