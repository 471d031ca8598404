import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Pages, workflows and scripts that people copy commands from. */
const copied = [
    "README.md",
    "Makefile",
    "demo/story.ts",
    ...["docs", "examples", "rollout", ".github"].flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
            .filter((path) => /\.(?:md|ya?ml)$/.test(path) && !path.includes("node_modules"))
            .map((path) => join(folder, path)),
    ),
];

/** The commands of a page that declare a candidate, without its digest, which the lab does without. */
const declaration = (page: string): readonly string[] =>
    [...page.matchAll(/^pulumi config set --path (candidate\.\S+) (\S+)$/gm)].map(([, key, value]) => `${key ?? ""} ${value?.split("@")[0] ?? ""}`);

describe("the commands that people copy", () => {
    it("set a weight in the stack's file, and not with an option that writes there in silence", () => {
        const silent = copied.filter((path) => /(?:--config|-c)[ =]["']?(?:[\w-]+:)?rolloutPercent=/.test(read(path)));
        // The page on flags says what that one does.
        expect(silent).toEqual([join("docs", "engine-flags.md")]);
        expect(read("docs/engine-flags.md")).toContain("**The value is in the stack's file now**");
    });

    it("declare one and the same candidate", () => {
        const tutorial = declaration(read("docs/tutorial.md"));
        expect(tutorial.length).toBeGreaterThan(2);
        expect(declaration(read("docs/configuration.md"))).toEqual(tutorial);
    });

    it.each(["docs/tutorial.md", "docs/configuration.md"])("are beside the words that nothing is merged with the stable revision's settings: %s", (path) => {
        expect(read(path)).toMatch(/nothing (?:is merged with those of|of) the stable revision/);
    });
});
