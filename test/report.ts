import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { z } from "zod";

/** What the runner's JSON report is read for. */
const reportSchema = z.object({
    testResults: z.array(
        z.object({
            name: z.string(),
            status: z.string(),
            assertionResults: z.array(z.object({ status: z.string() })),
        }),
    ),
});

/** Counts of test cases. */
export interface Counts {
    readonly passed: number;
    readonly failed: number;
}

/**
 * Adds up the runner's JSON reports. A file that failed without a failed case (it could not be loaded, or a hook failed) counts as one failure.
 *
 * @param reports texts of the reports.
 * @throws when a report does not have the runner's format: a report that can't be read is no success.
 */
export function countReports(reports: readonly string[]): Counts {
    let [passed, failed] = [0, 0];
    for (const report of reports) {
        for (const file of reportSchema.parse(JSON.parse(report)).testResults) {
            const failedCases = file.assertionResults.filter(({ status }) => status === "failed").length;
            passed += file.assertionResults.filter(({ status }) => status === "passed").length;
            failed += failedCases === 0 && file.status !== "passed" ? 1 : failedCases;
        }
    }
    return { passed, failed };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
    const { passed, failed } = countReports(process.argv.slice(2).map((path) => readFileSync(path, "utf8")));
    console.log(`${String(passed)} passed, ${String(failed)} failed`);
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
