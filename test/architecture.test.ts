import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { describe, expect, it } from "vitest";

const root = new URL("..", import.meta.url).pathname;
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

/** A file of a walk. Those that it asks on the way stand below it. */
interface Stop {
    readonly file: string;
    readonly asks: string[];
}

interface Walk {
    readonly title: string;
    readonly stops: readonly Stop[];
}

const walks: readonly Walk[] = page
    .split("\n### ")
    .filter((section) => /^1\. `/m.test(section))
    .map((section) => {
        const stops: Stop[] = [];
        for (const [, number, file = ""] of section.matchAll(/^(?:(\d+)\.| {3}-) `([^`]+)`/gm)) {
            if (number === undefined) {
                stops.at(-1)?.asks.push(file);
            } else {
                stops.push({ file, asks: [] });
            }
        }
        return { title: section.split("\n")[0] ?? "", stops };
    });

/** Files that a file imports, for types as well. */
function importsOf(file: string): readonly string[] {
    const text = readFileSync(join(root, file), "utf8");
    return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path = ""]) => normalize(join(dirname(file), path)));
}

const areTied = (one: string, other: string): boolean => importsOf(one).includes(other) || importsOf(other).includes(one);

/** Steps of a walk whose two files have nothing to do with each other. The stack's file is read by the engine, so nothing imports it. */
function looseSteps({ stops }: Walk): readonly string[] {
    const code = stops.filter(({ file }) => file.endsWith(".ts"));
    const between = code.slice(1).map(({ file }, index) => [[code[index]?.file ?? ""], file] as const);
    const asked = code.flatMap(({ file, asks }) => asks.map((ask, index) => [[file, ...asks.slice(0, index)], ask] as const));
    return [...between, ...asked].flatMap(([before, file]) => (before.some((one) => areTied(one, file)) ? [] : [`${before.join(", ")} and ${file}`]));
}

/** Rows of the table with the heading `may import`, without what the folders hold. */
function importTable(text: string): readonly (readonly string[])[] {
    const [, after = ""] = text.split(/\| folder \| holds \| may import \|\n\| --- \| --- \| --- \|\n/);
    const [table = ""] = after.split("\n\n");
    return table.split("\n").map((line) => [line.split("|")[1]?.trim() ?? "", line.split("|")[3]?.trim() ?? ""]);
}

describe("docs/architecture.md", () => {
    it("has three walks", () => {
        expect(walks.map(({ stops }) => stops.length > 5)).toEqual([true, true, true]);
    });

    it.each(walks)("names files that are there: $title", ({ stops }) => {
        const files = stops.flatMap(({ file, asks }) => [file, ...asks]);
        expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    });

    it.each(walks)("goes from a file to one that it imports, or that imports it: $title", (walk) => {
        expect(looseSteps(walk)).toEqual([]);
    });

    it.each(walks)("counts its files: $title", ({ title, stops }) => {
        const [, files, asked] = /: (\d+) files, and (\d+) that /.exec(title) ?? [];
        expect([Number(files), Number(asked)]).toEqual([stops.length, stops.reduce((sum, { asks }) => sum + asks.length, 0)]);
    });

    it("says the same of imports as CONTRIBUTING.md", () => {
        const rows = importTable(page);
        expect(rows.length).toBeGreaterThan(5);
        expect(importTable(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"))).toEqual(rows);
    });
});
