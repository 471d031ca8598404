import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";

import { type Baseline, type BaselineLook, assessBaseline } from "../../baseline/assess.ts";
import { type BaselineLimits, defaultBaselineLimits } from "../../baseline/limits.ts";
import { lookAtWindow } from "../../baseline/live/look.ts";
import type { BaselineReport } from "../../baseline/report.ts";
import { LiveEvidence } from "../../gate/conditions/live-evidence.ts";
import { stackPrometheus } from "../../gate/live/stack-prometheus.ts";
import { podSeriesOf } from "../../gate/pod-series.ts";
import { type RevisionReference, referenceTo } from "../../route/revision.ts";
import type { RolloutRecord } from "../../route/record.ts";
import { exitCode } from "../exit-code.ts";
import { type Session, UsageError } from "../session.ts";
import { plainTable, textOf } from "../show.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface BaselineFlags extends CommonOptions {
    readonly hours?: number;
    readonly revision?: string;
    readonly out: string;
}

/** What is to be measured. */
export interface BaselineQuestion {
    readonly about: BaselineLook["about"];
    readonly hours: number;
}

/** Asks Prometheus, the API server and the probes. A test gives another. */
export type BaselineReader = (session: Session, question: BaselineQuestion) => Promise<BaselineLook>;

/** `rollout baseline`: writes down how a revision did, by Prometheus, for the preflight of the stack that it is rolled out to next. Changes nothing else. */
export function addBaseline(program: Command, open: Opening = opened, read: BaselineReader = lookNow): void {
    subcommand(
        program,
        "baseline",
        "write down how the revision that serves did, by Prometheus; exit code 3: there is too little to say it, and nothing is written",
    )
        .option("--hours <number>", "how far back to look, in hours; default: preflight.baseline.hours, or 24", hoursOf)
        .option("--revision <name>", "revision to measure; default: the one that has most of the traffic")
        .option("--out <file>", "file to write, from the folder with Pulumi.yaml", "reports/staging-baseline.json")
        .action(async ({ hours, revision, out, ...flags }: BaselineFlags) => {
            const { session, output } = await open(flags);
            const { limits, about } = await subjectOf(session, revision);
            const question = { about, hours: hours ?? limits.hours };
            const look = await output.during("looking at what the revision did", read(session, question));
            const baseline = assessBaseline(look, session.target.profile, limits);
            const file = resolve(session.stack?.folder ?? ".", out);
            if (baseline.kind === "measured") {
                mkdirSync(dirname(file), { recursive: true });
                writeFileSync(file, `${JSON.stringify(baseline.report, undefined, 4)}\n`);
            }
            output.result(baselineText(baseline, out, question), { written: baseline.kind === "measured", file: out, ...baseline });
            process.exitCode = baseline.kind === "measured" ? exitCode.done : exitCode.hold;
        });
}

/** Which revision, by its image, and what the stack asks of a baseline. @throws {UsageError} where nothing says what the image is. */
async function subjectOf(session: Session, wanted: string | undefined): Promise<{ readonly limits: BaselineLimits; readonly about: BaselineLook["about"] }> {
    const { stack, target, cluster } = session;
    if (stack === undefined) {
        throw new UsageError("a baseline names the image of a revision, which the stack's config has: name the stack with --stack");
    }
    const { preflight, stable, candidate } = stack.file.config(process.env);
    const step = await cluster.readStep(target.namespace, target.service);
    if (step.kind !== "found") {
        throw new Error(step.kind === "absent" ? "there is no route, so nothing serves: deploy the service first" : step.reason);
    }
    const live = revisionsOn(step.present.record);
    const reference = wanted === undefined ? live[0] : live.find(({ name }) => name === wanted);
    if (reference === undefined) {
        throw new UsageError(`--revision ${wanted ?? ""} is not on the route: use ${live.map(({ name }) => name).join(" or ")}`);
    }
    // By its digest: a name in a file that was changed since says nothing of what serves.
    const spec = [stable, ...(candidate === undefined ? [] : [candidate])].find((one) => referenceTo(one).digest === reference.digest);
    if (spec === undefined) {
        throw new Error(`the stack's config does not have ${reference.name} as it serves: run 'pulumi up', or take the file of the commit that was deployed`);
    }
    const { environment, namespace, service } = target;
    return {
        limits: preflight?.baseline ?? defaultBaselineLimits,
        about: { environment, namespace, service, revision: reference.name, image: spec.image },
    };
}

/** The revisions of the route, the one with more of the traffic first. */
function revisionsOn(record: RolloutRecord): readonly RevisionReference[] {
    if (record.kind === "steady") {
        return [record.stable];
    }
    return record.weightPercent > 50 ? [record.candidate, record.stable] : [record.stable, record.candidate];
}

async function lookNow({ target, state, testers, stack }: Session, { about, hours }: BaselineQuestion): Promise<BaselineLook> {
    const { metrics, profile } = target;
    if (metrics === undefined) {
        throw new UsageError("the stack names no Prometheus: set metrics.prometheusUrl");
    }
    const live = new LiveEvidence(target, state, testers, stack?.folder);
    try {
        return await lookAtWindow(
            {
                prometheus: stackPrometheus(metrics),
                collect: async (look) => live.collect(look),
                probe: async () => live.probe(about.revision, Object.keys(profile.probes ?? {})),
            },
            { about, hours, ...metrics, podSeries: podSeriesOf(profile.metrics) },
        );
    } finally {
        await live.close();
    }
}

function baselineText(baseline: Baseline, file: string, { about: { revision }, hours }: BaselineQuestion): string {
    if (baseline.kind === "refused") {
        return [
            pc.yellow(`No baseline of ${revision} over ${String(hours)} h was written:`),
            ...baseline.problems.flatMap(({ text, fix }) => [`  - ${text}`, pc.dim(`    to fix: ${fix}`)]),
        ].join("\n");
    }
    const { report } = baseline;
    const table = plainTable();
    for (const [what, value] of figuresOf(report)) {
        table.push([what, value]);
    }
    return [`${revision} from ${report.window.from} to ${report.window.to}:`, textOf(table), pc.green(`written to ${file}`)].join("\n");
}

function figuresOf({
    requests,
    requestsPerSecond,
    errorRatio,
    latencyP50Seconds,
    latencyP95Seconds,
    coverage,
    ...more
}: BaselineReport): readonly (readonly [string, string])[] {
    const percent = (ratio: number): string => `${(ratio * 100).toFixed(3)} %`;
    const milliseconds = (seconds: number): string => `${(seconds * 1_000).toFixed(1)} ms`;
    const { cpuUtilisationRatio, memoryBytes } = more;
    return [
        ["requests", `${String(requests)}, ${requestsPerSecond.toFixed(1)} a second`],
        ["errors", percent(errorRatio)],
        ["latency", `p50 ${milliseconds(latencyP50Seconds)}, p95 ${milliseconds(latencyP95Seconds)}`],
        ["CPU", cpuUtilisationRatio === undefined ? "not shown" : `${percent(cpuUtilisationRatio)} of what the pods request`],
        ["memory", memoryBytes === undefined ? "not shown" : `${(memoryBytes / 2 ** 20).toFixed(0)} Mi in the fullest pod`],
        ["data", `${percent(coverage.ratio)} of the time, longest gap ${coverage.longestGapSeconds.toFixed(0)} s`],
    ];
}

function hoursOf(text: string): number {
    const hours = Number(text);
    if (!(hours > 0 && hours <= 168)) {
        throw new InvalidArgumentError("use a number of hours above 0 and at most 168");
    }
    return hours;
}
