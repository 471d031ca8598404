import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";

import type { DoctorResult, DoctorState } from "../../doctor/finding.ts";
import { doctorChecks } from "../../doctor/live/checks.ts";
import type { DoctorContext } from "../../doctor/live/context.ts";
import { clusterNeedsOf } from "../cluster-needs.ts";
import { preflightSecrets } from "../preflight-secrets.ts";
import { lookTimeoutMs, runDoctor } from "../../doctor/live/run.ts";
import { stackPrometheus } from "../../gate/live/stack-prometheus.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import type { Session } from "../session.ts";
import { plainTable, textOf } from "../show.ts";
import { trafficOutlook } from "../traffic-outlook.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface DoctorFlags extends CommonOptions {
    readonly only?: readonly string[];
    readonly except?: readonly string[];
    readonly timeout: number;
}

/** `rollout doctor`: looks at the cluster and the gateway that a stack names, and says what is missing. Changes nothing. */
export function addDoctor(program: Command, open: Opening = opened): void {
    subcommand(
        program,
        "doctor",
        "look at the cluster and its gateway, and say what is missing; exit code 0: all is well, 3: something is not, 1: something can't be read",
    )
        .option("--only <checks>", `names of the checks to run, with commas between: ${doctorChecks.map(({ name }) => name).join(", ")}`, checksIn)
        .option("--except <checks>", "names of checks to leave out, such as one whose answer you have from elsewhere", checksIn)
        .option("--timeout <seconds>", "how long one check may take", secondsIn, lookTimeoutMs / 1_000)
        .action(async (flags: DoctorFlags) => {
            const { session, output } = await open(flags);
            const { only, except = [] } = flags;
            const checks = doctorChecks.filter(({ name }) => (only?.includes(name) ?? true) && !except.includes(name));
            const looking = runDoctor(await contextOf(session), {
                checks,
                timeoutMs: flags.timeout * 1_000,
                onResult: ({ check, state }) => {
                    // On a terminal the table comes in a moment; in JSON, progress is a line each.
                    if (output.json) {
                        output.progress(`${check}: ${state}`);
                    }
                },
            });
            const results = await output.during("looking at the cluster", looking);
            const code = codeOf(results);
            output.result(`${tableOf(results)}\n${summaryOf(results)}`, { passed: code === exitCode.done, results });
            process.exitCode = code;
        });
}

async function contextOf(session: Session): Promise<DoctorContext> {
    const { api, target, cluster, state, testers, stack } = session;
    const { namespace, service, hostname, gateway, metrics, environment, profile, approvals, ledger, gates } = target;
    const config = stack?.file.config(process.env);
    const declared = config === undefined ? undefined : await stack?.program.declared?.(config);
    return {
        environment,
        needs: await clusterNeedsOf(session),
        serviceMetrics: profile.metrics,
        people: {
            deployers: ledger?.writers.deployers ?? [],
            operators: ledger?.writers.operators ?? [],
            approvers: [...new Set(Object.values(approvals.roles).flat())],
        },
        watchdogImage: config?.watchdog?.image,
        registryLogin: async (host) =>
            stack === undefined
                ? undefined
                : preflightSecrets({ variables: process.env, profile, stack, environment, postgresPassword: undefined }).registryLogin(host),
        gatesKind: gates.kind,
        outlook: async () => trafficOutlook(session),
        namespace,
        service,
        hostname,
        gateway,
        metrics,
        path: declared?.path ?? "/",
        api,
        testers,
        prometheus: metrics === undefined ? undefined : stackPrometheus(metrics),
        readStep: async () => cluster.readStep(namespace, service),
        pods: async (revision) => state.pods(revision),
    };
}

/** What is wrong comes before what can't be read: it is known. */
function codeOf(results: readonly DoctorResult[]): ExitCode {
    const has = (state: DoctorState): boolean => results.some((result) => result.state === state);
    return has("problem") ? exitCode.hold : has("unknown") || results.length === 0 ? exitCode.error : exitCode.done;
}

function tableOf(results: readonly DoctorResult[]): string {
    const table = plainTable();
    for (const { check, state, text, fix } of results) {
        table.push([shown(state), check, text]);
        if (fix !== undefined) {
            table.push(["", "", pc.dim(`to fix: ${fix}`)]);
        }
    }
    return textOf(table);
}

function shown(state: DoctorState): string {
    switch (state) {
        case "ok":
            return pc.green("ok");
        case "problem":
            return pc.red("PROBLEM");
        case "unknown":
            return pc.yellow("unknown");
        case "not-tried":
            return pc.dim("not tried");
    }
}

function summaryOf(results: readonly DoctorResult[]): string {
    const count = (state: DoctorState): number => results.filter((result) => result.state === state).length;
    const told = `${String(count("ok"))} ok, ${String(count("problem"))} wrong, ${String(count("unknown"))} unknown, ${String(count("not-tried"))} not tried`;
    return codeOf(results) === exitCode.done ? pc.green(told) : pc.red(told);
}

function checksIn(text: string): readonly string[] {
    const names = text.split(",").map((name) => name.trim());
    const strange = names.filter((name) => !doctorChecks.some((check) => check.name === name));
    if (strange.length > 0) {
        throw new InvalidArgumentError(`no check ${strange.join(", ")}; there are ${doctorChecks.map(({ name }) => name).join(", ")}`);
    }
    return names;
}

function secondsIn(text: string): number {
    const seconds = Number(text);
    if (!(seconds > 0 && seconds <= 600)) {
        throw new InvalidArgumentError("use a number of seconds above 0 and at most 600");
    }
    return seconds;
}
