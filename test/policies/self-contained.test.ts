import { readdirSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";

import { describe, expect, it } from "vitest";

const folder = resolve(import.meta.dirname, "../../policies");

describe("the folder of the policy pack", () => {
    it("can be copied: no file in it imports one outside", () => {
        const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts") && !file.includes("node_modules"));
        const imported = files.flatMap((file) =>
            [...readFileSync(resolve(folder, file), "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)].map(([, path = ""]) => ({
                file,
                target: relative(folder, resolve(folder, file, "..", path)),
            })),
        );

        expect(imported.length).toBeGreaterThan(files.length);
        expect(imported.filter(({ target }) => target.startsWith(".."))).toEqual([]);
    });
});
