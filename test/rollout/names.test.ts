import { readFileSync, readdirSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";

const folder = resolve(import.meta.dirname, "../../rollout");
const thisService = /video|ranking|nova|engagement|creator|trending|similar/i;

/** Files of the library that were written, not made from others. */
const written = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.(ts|json|md)$/.test(file) && !/^(dist|docs|node_modules)\//.test(file),
);
const naming = written.filter((file) => thisService.test(readFileSync(resolve(folder, file), "utf8")));

describe("the library knows no service", () => {
    it("is looked at with all its files", () => {
        expect(written).toEqual(expect.arrayContaining(["plan/plan.ts", "cli/commands/watch.ts", "package.json"]));
        expect(written.length).toBeGreaterThan(300);
    });

    it("names this one in no file: what only one service needs comes from its program", () => {
        expect(naming).toEqual([]);
    });
});
