import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";

import { XMLParser } from "fast-xml-parser";
import { SyntaxValidator } from "fast-xml-validator";
import { z } from "zod";

import type { PerformanceReport } from "./performance.ts";
import type { TestReading } from "./test-results.ts";
import { fields, list } from "../../route/fields.ts";

/** Longest report that is read, in bytes. */
const bytesAtMost = 64 * 2 ** 20;

/** A file that a pipeline left. */
export interface Report {
    /** As the stack config names it. */
    readonly path: string;
    /** Its bytes, which are what is attested. */
    readonly content: Buffer;
}

/** The report at a path of the stack config. @throws where it is not there, or too long to be one. */
export async function reportAt(folder: string, path: string): Promise<Report> {
    const place = resolve(folder, path);
    const { size } = await stat(place);
    if (size > bytesAtMost) {
        throw new Error(`${path} has ${String(size)} bytes, too many for a report`);
    }
    return { path, content: await readFile(place) };
}

/** A report as JSON. @throws where it is not JSON. */
export function jsonOf({ path, content }: Report): unknown {
    try {
        return JSON.parse(content.toString("utf8"));
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
    const suites = [root.testsuites, ...list(root.testsuite)].map(fields);
    const cases = suites.flatMap(casesIn);
    const named = cases.map((one) => ({ name: nameOf(one), failed: brokeOff(one), skipped: "skipped" in one }));
    return {
        passed: named.filter(({ failed, skipped }) => !failed && !skipped).length,
        failed: [...named.filter(({ failed }) => failed).map(({ name }) => name), ...suites.flatMap(brokenSuites)],
        skipped: named.filter(({ failed, skipped }) => !failed && skipped).length,
    };
}

/** Suites that broke off themselves, as where their setup failed, and those that state more failures than they show: something of them is missing. */
function brokenSuites(suite: Readonly<Record<string, unknown>>): readonly string[] {
    const shown = casesIn(suite).filter(brokeOff).length;
    const stated = Number(suite.failures ?? 0) + Number(suite.errors ?? 0);
    const name = `the suite '${nameOf(suite)}'`;
    return [
        ...(brokeOff(suite) ? [name] : []),
        // What is no number is no statement that could be kept.
        ...(stated <= shown ? [] : [`${name}, which states ${String(stated)} failures and shows ${String(shown)},`]),
        ...list(suite.testsuite).map(fields).flatMap(brokenSuites),
    ];
}

function brokeOff(one: Readonly<Record<string, unknown>>): boolean {
    return "failure" in one || "error" in one;
}

function nameOf({ classname, name }: Readonly<Record<string, unknown>>): string {
    return [classname, name].filter((part) => typeof part === "string").join(" ");
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
