import { Command } from "commander";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";

import { labLayout } from "../../lab/api.ts";
import { dashboardFiles } from "../dashboards/index.ts";
import { example } from "../example.ts";
import type { Scope } from "../scope.ts";
import { type PreviewedDashboard, readPreviewedDashboard } from "./dashboard.ts";
import { type Measured, measure, readMeasured } from "./measured.ts";
import { rowPictures } from "./picture.ts";
import { rehearse } from "./rehearsal.ts";

const { root, checkout } = labLayout();

/** Where the pictures of docs/observability.md are. */
const folder = join(checkout, "docs/observability");

/** What the latest run measured, so that it can be drawn again. It is gone with the lab. */
const measuredFile = join(root, "previews.json");

const program = new Command("previews")
    .description("draws the canary dashboard for docs/observability.md, one picture a row, from a rollout that it plays in the lab: four minutes")
    .option("--redraw", "draw what was measured the last time, and play nothing")
    .showHelpAfterError()
    .action(async ({ redraw }: { readonly redraw?: true }) => {
        const measured = redraw === true ? measuredBefore() : await play();
        const { namespace, service, stable } = measured.choices;
        mkdirSync(folder, { recursive: true });
        for (const { name, svg } of await rowPictures(canaryOf({ ...example, namespace, service, stable }), measured)) {
            writeFileSync(join(folder, `canary-${name}.svg`), svg);
            console.log(`docs/observability/canary-${name}.svg: ${(svg.length / 1_000).toFixed(0)} kB`);
        }
    });

/** Plays a rollout, asks for all that is drawn, and takes the rollout away. */
async function play(): Promise<Measured> {
    const { rollout, choices } = await rehearse((line) => {
        console.error(line);
    });
    try {
        const measured = await measure(rollout.prometheus, canaryOf(rollout.scope), choices);
        writeFileSync(measuredFile, JSON.stringify(measured));
        return measured;
    } finally {
        await rollout.remove();
    }
}

/** @throws {Error} when nothing was measured since the lab came up. */
function measuredBefore(): Measured {
    if (!existsSync(measuredFile)) {
        throw new Error("nothing was measured in this lab yet: run 'npm run previews' without --redraw");
    }
    return readMeasured(readFileSync(measuredFile, "utf8"));
}

/** The dashboard as Grafana gets it. */
function canaryOf(scope: Scope): PreviewedDashboard {
    return readPreviewedDashboard(dashboardFiles(scope).get("canary") ?? "");
}

try {
    await program.parseAsync();
} catch (error) {
    console.error(pc.red(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
}
