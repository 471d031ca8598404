import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { describe, expect, it } from "vitest";

import { documented } from "../../config/observability-pages.ts";
import { generatedPages, withTables } from "../../observability/documentation.ts";

describe("tables in the docs", () => {
    it.each(generatedPages(documented).map((page) => ({ ...page, name: basename(page.file.pathname) })))(
        "in $name are as the data has them (node config/observability-pages.ts)",
        async ({ file, tables }) => {
            const text = await readFile(file, "utf8");
            expect(withTables(text, tables)).toBe(text);
        },
    );

    it("are missed where their place is gone", () => {
        expect(() => withTables("a page", { alerts: "a table" })).toThrow("<!-- alerts: written by");
    });

    it("name an alert for every criterion of the plan", () => {
        const criteria = generatedPages(documented)[0]?.tables.criteria ?? "";
        expect(
            criteria
                .split("\n")
                .slice(2)
                .filter((row) => row.endsWith("|  |")),
        ).toEqual([]);
    });
});
