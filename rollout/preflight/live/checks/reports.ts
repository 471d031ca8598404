import { wordsOf } from "../../../words.ts";
import { type PreflightFinding, type Problem, findingOf, notConfigured } from "../../preflight.ts";
import { type Statement, madeAt, vouchesFor } from "../../registry/statement.ts";
import { judgeBaseline } from "../../../baseline/judge.ts";
import { defaultBaselineLimits } from "../../../baseline/limits.ts";
import { baselineReport } from "../../../baseline/report.ts";
import { judgeLoadTest } from "../../reports/load-test/judge.ts";
import { loadTestIn } from "../../reports/load-test/read.ts";
import { statedTime } from "../../reports/made-at.ts";
import { type Report, jsonOf, reportAt, testsIn } from "../../reports/read-reports.ts";
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
            return finding.state === "passed" ? vouchedFor(finding, reports, await attested(signal), tools.preflight.reportDays) : finding;
        };
    return {
        "test-results": vouched(() => testResults(tools)),
        "image-scan": vouched(() => imageScan(tools)),
        "staging-baseline": vouched(() => stagingBaseline(tools)),
        "load-test": vouched(() => loadTest(tools)),
    };
}

/** What reports say, and the reports. */
interface Judged {
    readonly finding: PreflightFinding;
    readonly reports: readonly JudgedReport[];
}

interface JudgedReport extends Report {
    /** When what it says was so, by its own word: ISO 8601. Absent where it says nothing of it. */
    readonly endedAt?: string | undefined;
}

function vouchedFor(finding: PreflightFinding, reports: readonly JudgedReport[], attested: Attested, mostDays: number): PreflightFinding {
    if (attested.kind === "no-key") {
        return notConfigured(
            `${finding.text}; but nothing vouches for ${reports.map(({ path }) => path).join(" and ")}`,
            `set preflight.signatureKey, and have the pipeline attest what it made: ${attest}`,
        );
    }
    const problems =
        attested.kind === "impossible"
            ? [attested.problem]
            : reports.flatMap((report) => {
                  const statement = attested.statements.find((one) => vouchesFor(one, report.content));
                  return statement === undefined
                      ? [
                            {
                                text: `nothing that the configured key signed of the image vouches for ${report.path}`,
                                fix: `have the pipeline attest the file as it made it: ${attest}`,
                            },
                        ]
                      : problemsOfAge(report, statement, mostDays);
              });
    return findingOf(problems, finding.text, { ...finding.evidence, attested: problems.length === 0 });
}

/** The older of what the report and what its attestation says: an old report does not get young by being attested again. */
function problemsOfAge({ path, content, endedAt }: JudgedReport, statement: Statement, mostDays: number): readonly Problem[] {
    const times = [endedAt ?? statedTime(content.toString("utf8")), madeAt(statement)].filter((time) => time !== undefined);
    const days = times.map((time) => (Date.now() - Date.parse(time)) / (24 * 3_600_000));
    const oldest = Math.max(...days);
    if (days.length === 0) {
        return [{ text: `nothing says when ${path} was made`, fix: "attest it with --type custom, which notes the time" }];
    }
    return oldest <= mostDays
        ? []
        : [{ text: `${path} is ${oldest.toFixed(0)} days old, more than ${String(mostDays)} (preflight.reportDays)`, fix: "make it anew for the candidate" }];
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

async function stagingBaseline(tools: Tools): Promise<Judged> {
    const { context, preflight } = tools;
    if (preflight.stagingBaseline === undefined) {
        return open("no report is named", "set preflight.stagingBaseline to what 'rollout baseline --stack staging' writes");
    }
    const file = await reportAt(context.folder, preflight.stagingBaseline);
    const report = baselineReport(jsonOf(file));
    const finding = judgeBaseline(report, {
        profile: context.profile,
        imageDigest: imageDigest(tools),
        limits: preflight.baseline ?? defaultBaselineLimits,
        ageDays: preflight.reportDays,
        now: new Date().toISOString(),
    });
    return { finding, reports: [{ ...file, endedAt: report.window.to }] };
}

async function loadTest({ context, preflight }: Tools): Promise<Judged> {
    const { loadTest: path, loadTestRequestsPerSecond: requestsPerSecond, loadTestMinutes: minutes } = preflight;
    if (path === undefined) {
        return open("no report is named", "set preflight.loadTest");
    }
    if (requestsPerSecond === undefined) {
        return open(`nothing says which load ${path} must have made`, "set preflight.loadTestRequestsPerSecond");
    }
    const file = await reportAt(context.folder, path);
    const reading = loadTestIn(path, file.content.toString("utf8"));
    const { endedAt } = reading;
    return { finding: judgeLoadTest(reading, { profile: context.profile, requestsPerSecond, minutes }), reports: [{ ...file, endedAt }] };
}

function open(text: string, fix: string): Judged {
    return { finding: notConfigured(text, fix), reports: [] };
}

function imageDigest(tools: Tools): string {
    return releasedImage(tools).digest ?? "an image without a digest";
}
