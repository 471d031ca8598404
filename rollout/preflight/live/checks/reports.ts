import { wordsOf } from "../../../words.ts";
import { type PreflightFinding, findingOf, notConfigured } from "../../preflight.ts";
import { vouchesFor } from "../../registry/statement.ts";
import { judgePerformance } from "../../reports/performance.ts";
import { type Report, jsonOf, performanceReport, reportAt, testsIn } from "../../reports/read-reports.ts";
import { scanReport } from "../../reports/read-scan-report.ts";
import { judgeTests } from "../../reports/test-results.ts";
import { judgeScan } from "../../reports/vulnerabilities.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";
import { type Attested, releasedImage } from "./released-image.ts";

type ReportCheck = "test-results" | "image-scan" | "staging-baseline" | "load-test";

/** What the pipeline left behind. A report counts only where the pipeline vouches for it: else it is a file that whoever asks for the release may have written. */
export function reportChecks(tools: Tools, attested: (signal: AbortSignal) => Promise<Attested>): Readonly<Record<ReportCheck, Check>> {
    const vouched =
        (look: () => Promise<Judged>): Check =>
        async (signal) => {
            const { finding, reports } = await look();
            return finding.state === "passed" ? vouchedFor(finding, reports, await attested(signal)) : finding;
        };
    return {
        "test-results": vouched(() => testResults(tools)),
        "image-scan": vouched(() => imageScan(tools)),
        "staging-baseline": vouched(() => performance(tools, "baseline")),
        "load-test": vouched(() => performance(tools, "load-test")),
    };
}

/** What reports say, and the reports. */
interface Judged {
    readonly finding: PreflightFinding;
    readonly reports: readonly Report[];
}

function vouchedFor(finding: PreflightFinding, reports: readonly Report[], attested: Attested): PreflightFinding {
    if (attested.kind === "no-key") {
        return notConfigured(
            `${finding.text}; but nothing vouches for ${reports.map(({ path }) => path).join(" and ")}`,
            `set preflight.signatureKey, and have the pipeline attest what it made: ${attest}`,
        );
    }
    const problems =
        attested.kind === "impossible"
            ? [attested.problem]
            : reports
                  .filter(({ content }) => !attested.statements.some((statement) => vouchesFor(statement, content)))
                  .map(({ path }) => ({
                      text: `nothing that the configured key signed of the image vouches for ${path}`,
                      fix: `have the pipeline attest the file as it made it: ${attest}`,
                  }));
    return findingOf(problems, finding.text, { ...finding.evidence, attested: problems.length === 0 });
}

const attest = "cosign attest --key KEY --type custom --predicate FILE IMAGE (docs/preflight.md)";

async function testResults({ context, preflight }: Tools): Promise<Judged> {
    const { testResults: paths } = preflight;
    if (paths === undefined) {
        return open("no report of a test run is named", "set preflight.testResults");
    }
    const reports = await Promise.all(paths.map((path) => reportAt(context.folder, path)));
    // A report that is named twice is one.
    const distinct = [...new Map(reports.map((report) => [report.content.toString("base64"), report])).values()];
    const readings = distinct.map(({ path, content }) => {
        try {
            return testsIn(content.toString("utf8"));
        } catch (error) {
            throw new Error(`${path}: ${wordsOf(error)}`, { cause: error });
        }
    });
    const reading = {
        passed: readings.reduce((sum, { passed }) => sum + passed, 0),
        failed: readings.flatMap(({ failed }) => failed),
        skipped: readings.reduce((sum, { skipped }) => sum + skipped, 0),
    };
    return { finding: judgeTests(reading, context.declared.least?.passedTests ?? 1), reports };
}

async function imageScan(tools: Tools): Promise<Judged> {
    const { context, preflight } = tools;
    if (preflight.scanReport === undefined) {
        return open("no report of a scan is named", "set preflight.scanReport");
    }
    const report = await reportAt(context.folder, preflight.scanReport);
    return { finding: judgeScan(scanReport(jsonOf(report)), imageDigest(tools)), reports: [report] };
}

async function performance(tools: Tools, kind: "baseline" | "load-test"): Promise<Judged> {
    const { context, preflight } = tools;
    const [path, key] = kind === "baseline" ? [preflight.stagingBaseline, "stagingBaseline"] : [preflight.loadTest, "loadTest"];
    if (path === undefined) {
        return open("no report is named", `set preflight.${key}`);
    }
    const report = await reportAt(context.folder, path);
    const finding = judgePerformance(performanceReport(jsonOf(report)), {
        kind,
        profile: context.profile,
        imageDigest: imageDigest(tools),
        now: new Date().toISOString(),
    });
    return { finding, reports: [report] };
}

function open(text: string, fix: string): Judged {
    return { finding: notConfigured(text, fix), reports: [] };
}

function imageDigest(tools: Tools): string {
    return releasedImage(tools).digest ?? "an image without a digest";
}
