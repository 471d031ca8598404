import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";

import { z } from "zod";

/** What the runner's JSON report is read for. */
const reportSchema = z.object({
    testResults: z.array(
        z.object({
            name: z.string(),
            status: z.string(),
            assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
        }),
    ),
});

/** Counts of test cases. */
export interface Counts {
    readonly passed: number;
    readonly failed: number;
    /** File and name of each that failed. */
    readonly failures: readonly string[];
}

/**
 * Adds up the runner's JSON reports. A file that failed without a failed case (it could not be loaded, or a hook failed) counts as one failure.
 *
 * @param reports texts of the reports.
 * @throws when a report does not have the runner's format: a report that can't be read is no success.
 */
export function countReports(reports: readonly string[]): Counts {
    const files = reports.flatMap((report) => reportSchema.parse(JSON.parse(report)).testResults);
    const passed = files.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === "passed").length;
    const failures = files.flatMap(({ name, status, assertionResults }) => {
        const failed = assertionResults.filter((one) => one.status === "failed").map(({ fullName }) => `${name}: ${fullName}`);
        return failed.length === 0 && status !== "passed" ? [`${name}: the file itself`] : failed;
    });
    return { passed, failed: failures.length, failures };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
    const { passed, failed, failures } = countReports(process.argv.slice(2).map((path) => readFileSync(path, "utf8")));
    for (const failure of failures) {
        console.log(`failed: ${relative(process.cwd(), failure)}`);
    }
    console.log(`${String(passed)} passed, ${String(failed)} failed`);
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
