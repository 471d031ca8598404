import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const rows = readFileSync(join(root, "docs/security.md"), "utf8")
    .split("\n")
    .filter((line) => /^\| (?!can |---)/.test(line));
const shown = rows.flatMap((row) => [...row.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title })));

describe("docs/security.md", () => {
    it("has tests to name", () => {
        expect(shown.length).toBeGreaterThan(30);
    });

    it.each(shown)("names a test that is there: $file, $title", ({ file, title }) => {
        const path = join(root, file);
        expect(existsSync(path)).toBe(true);
        expect(readFileSync(path, "utf8")).toContain(title);
    });

    it("leaves no line without a test, but where it says that nothing is in the way", () => {
        expect(rows.filter((row) => !row.includes("`test/")).map((row) => row.slice(0, 60))).toEqual([
            expect.stringMatching(/^\| change the plan's thresholds/),
        ]);
    });
});
