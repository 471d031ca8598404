import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Command } from "commander";
import pc from "picocolors";

import { defined } from "../../defined.ts";
import { headlineOf, summary } from "../../report/headline.ts";
import { reportJson } from "../../report/json.ts";
import { reportMarkdown } from "../../report/markdown.ts";
import { reportPage } from "../../report/page.ts";
import { buildReport } from "../../report/rollout-report.ts";
import { exitCode } from "../exit-code.ts";
import { reportSources } from "../report-sources.ts";
import { type CommonOptions, type Opening, opened, subcommand, warnOfConfig } from "./command.ts";

interface ReportFlags extends CommonOptions {
    readonly out: string;
    readonly revision?: string;
}

/** `rollout report`: a rollout as HTML, Markdown and JSON. Changes nothing in the cluster. */
export function addReport(program: Command, open: Opening = opened): void {
    subcommand(program, "report", "write the report of a rollout as HTML, Markdown and JSON: steps, curves, metrics, verdicts, approvals, checklist")
        .option("--out <folder>", "where the files go; it is made where it is missing", "rollout-report")
        .option("--revision <name>", "candidate of the rollout to report on; default: the newest")
        .action(async ({ out, revision, ...flags }: ReportFlags) => {
            const { session, output } = await open({ ...flags, anyConfig: true });
            warnOfConfig(session, output);
            const outcome = buildReport(
                await output.during("reading the ledger, the metrics and the checklist", reportSources(session, defined({ revision }))),
            );
            if (outcome.kind === "nothing") {
                output.result(`nothing to report: ${outcome.why}`, outcome);
                process.exitCode = exitCode.hold;
                return;
            }
            const { report } = outcome;
            const files = { html: join(out, "report.html"), markdown: join(out, "report.md"), json: join(out, "report.json") };
            await mkdir(out, { recursive: true });
            await Promise.all([
                writeFile(files.html, await reportPage(report)),
                writeFile(files.markdown, reportMarkdown(report)),
                writeFile(files.json, reportJson(report)),
            ]);
            if (!report.ledger.intact) {
                output.warn("the ledger is not whole: rollout ledger verify");
            }
            const text = [`${report.candidate.name}: ${headlineOf(report).words}. ${summary(report)}`, ...Object.values(files).map((file) => pc.dim(file))];
            output.result(text.join("\n"), { files, report });
            process.exitCode = report.ledger.intact ? exitCode.done : exitCode.error;
        });
}
