/** Writes docs/runbooks, and the tables of the pages on alerts, dashboards and objectives: `node config/observability-pages.ts`. A test compares the pages with what this writes. */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

import { generatedPages, withTables } from "../observability/documentation.ts";
import { exampleScope } from "../observability/example.ts";
import { runbookPages } from "../observability/runbooks/index.ts";
import { profile } from "../service/profile.ts";

/** What the pages are about: the service in production, with the numbers of its profile. */
export const documented = exampleScope(profile);

/** The folder with a page for each alert. */
export const runbookFolder = new URL("../docs/runbooks/", import.meta.url);

if (import.meta.main) {
    const pages = runbookPages(documented);
    mkdirSync(runbookFolder, { recursive: true });
    for (const old of readdirSync(runbookFolder).filter((name) => !pages.has(name))) {
        rmSync(new URL(old, runbookFolder));
    }
    for (const [name, text] of pages) {
        writeFileSync(new URL(name, runbookFolder), text);
    }
    for (const { file, tables } of generatedPages(documented)) {
        writeFileSync(file, withTables(readFileSync(file, "utf8"), tables));
    }
    console.log(`${String(pages.size)} runbooks written, and the tables`);
}
