import { readFileSync, writeFileSync } from "node:fs";

import { checklistPage } from "../checklist/page.ts";

/** The page that lists every box. */
export const page = new URL("../../docs/checklist.md", import.meta.url);

if (import.meta.main) {
    const wanted = checklistPage();
    if (!process.argv.includes("--check")) {
        writeFileSync(page, wanted);
    } else if (readFileSync(page, "utf8") !== wanted) {
        console.error("docs/checklist.md is not current: run `node rollout/cli/checklist-page.ts` and commit the page");
        process.exitCode = 1;
    }
}
