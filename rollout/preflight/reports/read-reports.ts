import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";

import { XMLParser } from "fast-xml-parser";
import { SyntaxValidator } from "fast-xml-validator";
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

/** The report at a path of the stack config. @throws where it is not there, or too long to be one: with what to do about it. */
export async function reportAt(folder: string, path: string): Promise<Report> {
    const place = resolve(folder, path);
    const found = await stat(place).catch((error: unknown) => {
        throw fields(error).code === "ENOENT"
            ? new Error(`${path} is not there: have the pipeline write it, in the folder with Pulumi.yaml`, { cause: error })
            : error;
    });
    const { size } = found;
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
