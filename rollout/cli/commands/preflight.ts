import { type Command, InvalidArgumentError } from "commander";
import { Listr } from "listr2";
import pc from "picocolors";

import { defined } from "../../defined.ts";
import type { PreflightContext, RunOptions, runPreflight } from "../../preflight/live/index.ts";
import { liftedChecks } from "../../checklist/lifted-checks.ts";
import { type PreflightCheck, preflightChecks } from "../../checklist/preflight.ts";
import { whyNoReason } from "../../consent/reason.ts";
import { deployedChecks } from "../../preflight/live/deployed.ts";
import { repeated } from "../../preflight/live/repeat.ts";
import { type CheckResult, type CheckState, blocks, checkTimeoutMs } from "../../preflight/preflight.ts";
import { assess } from "../assessing.ts";
import { exitCode } from "../exit-code.ts";
import { recordPreflight } from "../preflight-record.ts";
import { type Session, UsageError } from "../session.ts";
import { referenceTo } from "../../route/revision.ts";
import { markOf } from "../../route/rolled-back.ts";
import { plainTable, textOf } from "../show.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface PreflightFlags extends CommonOptions {
    readonly only?: readonly PreflightCheck[];
    readonly skip?: readonly PreflightCheck[];
    readonly reason?: string;
    readonly deployed?: true;
    readonly within?: number;
    readonly commit?: string;
    readonly timeout: number;
}

/** `rollout preflight`: looks at everything that a rollout rests on, before it begins. Changes nothing, and writes its results to the ledger. */
export function addPreflight(program: Command, open: Opening = opened): void {
    subcommand(program, "preflight", "look at everything that a rollout rests on; exit code 0: all is well, 3: something is not")
        .option("--only <checks>", "names of the checks to run, with commas between", checksIn)
        .option("--deployed", "only checks of what an update deploys: for after it")
        .option(
            "--within <seconds>",
            "look again at what failed until it passes, for so long: new pods are scraped some seconds after they are ready",
            secondsIn,
        )
        .option("--skip <checks>", "names of checks to leave out, with commas between: they have not passed", checksIn)
        .option("--reason <sentence>", "why checks are left out: needed with --skip")
        .option("--commit <revision>", "commit of the release; default: HEAD")
        .option("--timeout <seconds>", "how long one check may take", secondsIn, checkTimeoutMs / 1_000)
        .action(async (flags: PreflightFlags) => {
            const { session, output } = await open(flags);
            const skip = skipOf(flags);
            const back = flags.only === undefined ? await wayBack(session) : undefined;
            if (back !== undefined) {
                const what =
                    back.from === 0
                        ? "the candidate was rolled back, and the config has it at 0 %"
                        : `the config takes users from the candidate, ${String(back.from)} % to ${String(back.to)} %`;
                output.result(`${what}: the way back needs no preflight`, { kind: "back", ...back });
                return;
            }
            // The clients of five stores take a while to load: no other command waits for them.
            const [{ preflightContext }, { checksFor, runPreflight }] = await Promise.all([
                import("../preflight-context.ts"),
                import("../../preflight/live/index.ts"),
            ]);
            const context = await preflightContext(session, flags.commit);
            const checks = checksFor(context);
            refuseAbsent(checks, [...(flags.only ?? []), ...(flags.skip ?? [])]);
            const { environment } = context.config;
            const only = askedBy(flags);
            const options = { ...defined({ only, skip }), timeoutMs: flags.timeout * 1_000 };
            const first = output.json ? await runPreflight(context, options) : await withProgress(runPreflight, context, checks, options);
            const results = await repeated(first, async (failed) => runPreflight(context, { ...options, only: failed }), {
                forMs: (flags.within ?? 0) * 1_000,
                say: output.progress.bind(output),
            });
            await recordPreflight(session, output.warn.bind(output), results);
            const found = results.filter((result) => blocks(result, environment));
            const lifted = found.length === 0 ? [] : await liftedNow(session);
            const inTheWay = found.filter(({ check }) => !lifted.includes(check));
            const overridden = found.filter((result) => !inTheWay.includes(result)).map(({ check }) => check);
            const absent = (only ?? preflightChecks).filter((check) => !checks.includes(check));
            output.result([resultTable(results), ...absentLine(absent), ...liftedLine(overridden), summary(results, inTheWay)].join("\n"), {
                environment,
                passed: inTheWay.length === 0,
                lifted: overridden,
                absent,
                results,
            });
            process.exitCode = inTheWay.length === 0 ? exitCode.done : exitCode.hold;
        });
}

/** Weights of the live route and of the config, where the config asks for the way back: no check may be in its way, and a pipeline runs this one before each `pulumi up`. */
export async function wayBack({ stack, cluster, target }: Session): Promise<{ readonly from: number; readonly to: number } | undefined> {
    if (stack === undefined) {
        return undefined;
    }
    const { rolloutPercent: to, stable, candidate } = stack.file.config(process.env);
    const live = await cluster.readStep(target.namespace, target.service);
    if (live.kind !== "found" || live.present.record.kind !== "rolling") {
        return undefined;
    }
    const { record, routedPercent } = live.present;
    const from = Math.max(record.weightPercent, routedPercent);
    const { rolledBack = [] } = live.present;
    // What was rolled back already has no users to lose: the stack's state follows the route.
    const wasRolledBack = to === 0 && from === 0 && rolledBack !== "unreadable" && markOf(rolledBack, record.candidate) !== undefined;
    const keepsCandidate = candidate === undefined || referenceTo(candidate).digest === record.candidate.digest;
    // A finish asks for 0 % too, with the candidate as the stable revision.
    return (to < from || (wasRolledBack && keepsCandidate)) && referenceTo(stable).digest === record.stable.digest ? { from, to } : undefined;
}

/** Which checks the options name. Undefined: all. */
function askedBy({ only, deployed }: Pick<PreflightFlags, "only" | "deployed">): readonly PreflightCheck[] | undefined {
    return deployed === undefined ? only : deployedChecks.filter((check) => only?.includes(check) ?? true);
}

/** Results as a table, with what to do below each that did not pass. */
export function resultTable(results: readonly CheckResult[]): string {
    const table = plainTable();
    for (const { check, state, text, fix, tookMs } of results) {
        table.push([shownState(state), check, `${(tookMs / 1_000).toFixed(1)} s`, text]);
        if (state !== "passed" && fix !== undefined && fix !== "") {
            table.push(["", "", "", pc.dim(`to fix: ${fix}`)]);
        }
    }
    return textOf(table);
}

/** Checks that an override lets the next step be taken without, by the same conditions that the program's guard asks. */
async function liftedNow(session: Session): Promise<readonly PreflightCheck[]> {
    const outcome = await assess(session).catch(() => undefined);
    return outcome?.kind === "assessed"
        ? liftedChecks(
              session.target.profile.checklist ?? [],
              outcome.move.to,
              outcome.lifted.map(({ obstacle }) => obstacle.id),
          )
        : [];
}

/** Checks that a stack has while a candidate is declared: between two rollouts there is nothing wrong where one is named. */
const ofCandidate: readonly PreflightCheck[] = ["rollback-rehearsal", "forecast"];

/** @throws {UsageError} for a check of a store that the stack does not have: it could neither pass nor be left out. */
function refuseAbsent(checks: readonly PreflightCheck[], named: readonly PreflightCheck[]): void {
    const absent = named.filter((check) => !checks.includes(check) && !ofCandidate.includes(check));
    if (absent.length > 0) {
        throw new UsageError(`the stack has nothing for ${absent.join(", ")} to look at: name the store under 'stores' in its config, or its backups`);
    }
}

function absentLine(checks: readonly PreflightCheck[]): readonly string[] {
    return checks.length === 0 ? [] : [pc.dim(`not part of this stack, and not looked at: ${checks.join(", ")}`)];
}

function liftedLine(checks: readonly PreflightCheck[]): readonly string[] {
    return checks.length === 0 ? [] : [pc.yellow(`lifted by an override for the next step: ${checks.join(", ")}`)];
}

function summary(results: readonly CheckResult[], inTheWay: readonly CheckResult[]): string {
    const count = (state: CheckState): number => results.filter((result) => result.state === state).length;
    const told = `${String(count("passed"))} passed, ${String(count("failed"))} failed, ${String(count("not-configured"))} open${count("later") === 0 ? "" : `, ${String(count("later"))} due later`}`;
    return inTheWay.length === 0
        ? pc.green(`${told}: nothing found that stands in the way`)
        : pc.red(`${told}: in the way are ${inTheWay.map(({ check }) => check).join(", ")}`);
}

function shownState(state: CheckState): string {
    switch (state) {
        case "passed":
            return pc.green("ok");
        case "failed":
            return pc.red("FAILED");
        case "not-configured":
            return pc.yellow("open");
        case "later":
            return pc.cyan("later");
    }
}

/** Runs the checks, and shows on standard error how each goes: a list that is written over in a terminal, a line each elsewhere. */
async function withProgress(
    start: typeof runPreflight,
    context: PreflightContext,
    checks: readonly PreflightCheck[],
    options: RunOptions,
): Promise<readonly CheckResult[]> {
    const ended = new Map(preflightChecks.map((check) => [check, Promise.withResolvers<CheckResult>()]));
    const run = start(context, { ...options, onResult: (result) => ended.get(result.check)?.resolve(result) });
    const wanted = checks.filter((check) => options.only?.includes(check) ?? true);
    const list = new Listr(
        wanted.map((check) => ({
            title: check,
            task: async (_, task) => {
                const result = await ended.get(check)?.promise;
                if (result?.state === "failed") {
                    throw new Error(check);
                }
                if (result?.state === "not-configured" || result?.state === "later") {
                    task.skip(`${check}: ${result.state === "later" ? "due later" : "open"}`);
                }
            },
        })),
        {
            concurrent: true,
            exitOnError: false,
            rendererOptions: { collapseErrors: true, showErrorMessage: false },
            silentRendererCondition: () => !process.stdout.isTTY,
        },
    );
    await list.run();
    return run;
}

function skipOf({ skip, reason }: PreflightFlags): { readonly checks: readonly PreflightCheck[]; readonly reason: string } | undefined {
    if (skip === undefined) {
        if (reason !== undefined) {
            throw new UsageError("--reason goes with --skip: name the checks to leave out");
        }
        return undefined;
    }
    const noReason = reason === undefined ? "is missing" : whyNoReason(reason);
    if (reason === undefined || noReason !== undefined) {
        throw new UsageError(
            `--skip needs --reason, with a sentence: readers of the report must know why the check was skipped. It ${noReason ?? "is missing"}`,
        );
    }
    return { checks: skip, reason: reason.trim() };
}

function checksIn(text: string): readonly PreflightCheck[] {
    const names = text.split(",").map((name) => name.trim());
    const unknown = names.filter((name) => !preflightChecks.some((check) => check === name));
    if (unknown.length > 0) {
        throw new InvalidArgumentError(`no check ${unknown.join(", ")}; there are ${preflightChecks.join(", ")}`);
    }
    return preflightChecks.filter((check) => names.includes(check));
}

function secondsIn(text: string): number {
    const seconds = Number(text);
    if (!(seconds > 0 && seconds <= 600)) {
        throw new InvalidArgumentError("use a number of seconds above 0 and at most 600");
    }
    return seconds;
}
