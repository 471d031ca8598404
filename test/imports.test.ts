import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

const root = resolve(import.meta.dirname, "..");

/** Names in backquotes, without the slash of a folder. */
const named = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+?)\/?`/g)].map(([, name = ""]) => name);

describe("CONTRIBUTING's table of imports", () => {
    it("is what npm run imports enforces", async () => {
        const rules: unknown = await import(resolve(root, ".dependency-cruiser.js"));
        const { mayImport } = z.object({ mayImport: z.record(z.string(), z.array(z.string())) }).parse(rules);
        const table = readFileSync(resolve(root, "CONTRIBUTING.md"), "utf8").split("| folder | holds | may import |")[1] ?? "";
        const rows = (table.split("\n\n")[0] ?? "").split("\n").map((line) => line.split(" | "));
        const written = rows.flatMap(([folders = "", , others = ""]) =>
            others.startsWith("anything") ? [] : named(folders).map((folder) => [folder, named(others).toSorted()] as const),
        );

        expect(Object.fromEntries(written)).toEqual(Object.fromEntries(Object.entries(mayImport).map(([folder, others]) => [folder, others.toSorted()])));
    });
});
