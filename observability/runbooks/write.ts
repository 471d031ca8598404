/** Writes docs/runbooks: `node observability/runbooks/write.ts`. A test compares the pages with what this writes. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";

import { alertGroups } from "../catalogue.ts";
import { example } from "../example.ts";
import { runbooksFor } from "./index.ts";
import { runbookPage } from "./page.ts";

/** The folder of the pages. */
export const runbookFolder = new URL("../../docs/runbooks/", import.meta.url);

/** Every page by its file name. @throws {Error} when an alert has no runbook: it must not be deployed. */
export function runbookPages(): ReadonlyMap<string, string> {
    const runbooks = runbooksFor(example);
    return new Map(
        alertGroups(example).flatMap((group) =>
            group.alerts.map((alert): readonly [string, string] => {
                const runbook = runbooks[alert.name];
                if (runbook === undefined) {
                    throw new Error(`the alert ${alert.name} has no runbook: write one in observability/runbooks`);
                }
                return [`${alert.name}.md`, runbookPage(group, alert, runbook)];
            }),
        ),
    );
}

if (import.meta.main) {
    const pages = runbookPages();
    mkdirSync(runbookFolder, { recursive: true });
    for (const old of readdirSync(runbookFolder).filter((name) => !pages.has(name))) {
        rmSync(new URL(old, runbookFolder));
    }
    for (const [name, text] of pages) {
        writeFileSync(new URL(name, runbookFolder), text);
    }
    console.log(`${String(pages.size)} runbooks written`);
}
