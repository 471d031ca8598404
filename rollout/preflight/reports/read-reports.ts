import { readFile, stat } from "node:fs/promises";

import { XMLParser } from "fast-xml-parser";
import { SyntaxValidator } from "fast-xml-validator";
import { z } from "zod";

import type { PerformanceReport } from "./performance.ts";
import type { TestReading } from "./test-results.ts";
import { fields, list } from "../../route/fields.ts";

/** Longest report that is read, in bytes. */
const bytesAtMost = 64 * 2 ** 20;

/** The text of a report. @throws where it is not there, or too long to be one. */
export async function reportText(path: string): Promise<string> {
    const { size } = await stat(path);
    if (size > bytesAtMost) {
        throw new Error(`${path} has ${String(size)} bytes, too many for a report`);
    }
    return readFile(path, "utf8");
}

/** A report as JSON. @throws where it is not JSON. */
export async function reportJson(path: string): Promise<unknown> {
    try {
        return JSON.parse(await reportText(path));
    } catch (error) {
        throw error instanceof SyntaxError ? new Error(`${path} is not JSON: ${error.message}`) : error;
    }
}

/**
 * Counts the tests in JUnit's XML, one by one: the totals that a report states may be of another run.
 *
 * @throws where it is no such report.
 */
export function testsIn(xml: string): TestReading {
    SyntaxValidator.validate(xml);
    const parser = new XMLParser({
        ignoreAttributes: false,
        attributeNamePrefix: "",
        isArray: (name) => name === "testcase" || name === "testsuite",
        processEntities: false,
    });
    const root = fields(parser.parse(xml));
    if (!("testsuites" in root) && !("testsuite" in root)) {
        throw new Error("no JUnit report: it has no testsuite");
    }
    const cases = [...casesIn(root.testsuites), ...list(root.testsuite).flatMap(casesIn)];
    const named = cases.map((one) => ({
        name: [one.classname, one.name].filter((part) => typeof part === "string").join(" "),
        failed: "failure" in one || "error" in one,
        skipped: "skipped" in one,
    }));
    return {
        passed: named.filter(({ failed, skipped }) => !failed && !skipped).length,
        failed: named.filter(({ failed }) => failed).map(({ name }) => name),
        skipped: named.filter(({ failed, skipped }) => !failed && skipped).length,
    };
}

/** Suites lie in suites. */
function casesIn(suite: unknown): readonly Readonly<Record<string, unknown>>[] {
    const { testcase, testsuite } = fields(suite);
    return [...list(testcase).map((one) => (one === "" ? {} : fields(one))), ...list(testsuite).flatMap(casesIn)];
}

/** Reads a report of a baseline or a load test. @throws with everything that is wrong with it. */
export function performanceReport(value: unknown): PerformanceReport {
    const parsed = performanceSchema.safeParse(value);
    if (!parsed.success) {
        throw new Error(`not a report of docs/preflight.md: ${z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, " ")}`);
    }
    return parsed.data;
}

const ratio = z.number().min(0).max(1);
const count = z.int().min(0);
const seconds = z.number().min(0);
const performanceSchema = z.strictObject({
    image: z.string().regex(/@sha256:[0-9a-f]{64}$/, "has no digest"),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    requests: count,
    availabilityRatio: ratio,
    errorRatio: ratio,
    timeoutRatio: ratio,
    latencyP95Seconds: seconds,
    latencyP95HitSeconds: seconds,
    latencyP95MissSeconds: seconds,
    cacheHitRatio: ratio,
    cpuUtilisationRatio: z.number().min(0),
    memoryBytes: count,
    memoryGrowthBytesPerHour: z.number(),
    restarts: count,
    probes: z.record(z.string(), z.enum(["passed", "failed"])),
    load: z.strictObject({ targetPerSecond: z.number().min(0), reachedPerSecond: z.number().min(0) }).exactOptional(),
}) satisfies z.ZodType<PerformanceReport>;
