import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { runbookBlocks } from "./runbook.ts";

const folder = join(import.meta.dirname, "../../docs");
const page = readFileSync(join(folder, "production-runbook.md"), "utf8");

describe("the blocks of a runbook", () => {
    it("are read with heading, codes and without their indentation", () => {
        expect(runbookBlocks("# One\n\n1. First\n\n    ```bash run exit=0,3\n    a\n      b\n    ```\n\n## Two\n```bash by-hand\nc\n```\n")).toEqual([
            { heading: "One", commands: "a\n  b", kind: "run", exitCodes: [0, 3] },
            { heading: "Two", commands: "c", kind: "by-hand", exitCodes: [0] },
        ]);
    });

    it.each(["```\na\n```", "```bash\na\n```", "```sh run\na\n```", "```bash run exit=any\na\n```"])("are not taken without a mark: %j", (text) => {
        expect(() => runbookBlocks(text)).toThrow(/is marked/);
    });

    it("must end", () => {
        expect(() => runbookBlocks("# One\n```bash run\na\n")).toThrow("the block under 'One' has no end");
    });
});

describe("docs/production-runbook.md", () => {
    it("has few commands that no test runs", () => {
        expect(
            runbookBlocks(page)
                .filter(({ kind }) => kind === "by-hand")
                .map(({ heading }) => heading),
        ).toEqual(["Kafka"]);
    });

    it("links only what is there: pages and its own headings", () => {
        const headings = new Set(
            [...page.matchAll(/^#+ (.*)$/gm)].map(
                ([, heading = ""]) =>
                    `#${heading
                        .toLowerCase()
                        .replaceAll(/[^a-z0-9 -]/g, "")
                        .replaceAll(" ", "-")}`,
            ),
        );
        const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
        expect(links.length).toBeGreaterThan(20);
        expect(links.filter((link) => (link.startsWith("#") ? !headings.has(link) : !existsSync(join(folder, link))))).toEqual([]);
    });
});
