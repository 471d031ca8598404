#!/usr/bin/env node
import Table from "cli-table3";
import { basename } from "node:path";
import { Argument, Command, Option } from "commander";
import { Listr } from "listr2";
import pc from "picocolors";
import { wordsOf } from "../rollout/words.ts";
import type { Health, Progress, ServiceName } from "./api.ts";
import { labHealth, labLayout, labVariables, logFile, readLabState, serviceNames, startLab, startLabService, stopLab, stopLabService } from "./api.ts";
import { defined } from "../rollout/defined.ts";
import type { NodeKind } from "./state.ts";
import { nodeKinds } from "./state.ts";
import { SkippedError } from "./steps.ts";
import { type TrafficOptions, showTraffic } from "./traffic.ts";
import { switchFault } from "./workload/fault-switch.ts";
import { type ProfileName, profileNames } from "./workload/profile.ts";

const layout = labLayout();
const service = new Argument("<service>", "one process of the lab").choices(serviceNames);

const program = new Command("lab")
    .description("The embedded lab: a real control plane, gateway, Prometheus, PostgreSQL and Kafka on this machine, for this checkout.")
    .showHelpAfterError("See --help.");

program
    .command("up")
    .description("start the lab, repair it, or say that it runs")
    .addOption(new Option("--nodes <kind>", "whether containers run; default: real where this machine can").choices(nodeKinds))
    .option("--enforce-policies", "build and run kube-router, so that network policies hold; real nodes only")
    .option("--json", "print one JSON object in place of progress")
    .action(async (options: { json?: true; nodes?: NodeKind; enforcePolicies?: true }) => {
        const began = Date.now();
        let started = 0;
        const progress: Progress = async (steps) => {
            await showProgress(steps);
            started = (await Promise.allSettled(steps.values())).filter((step) => step.status === "fulfilled" && step.value === "started").length;
        };
        const state = await startLab({
            layout,
            ...defined({ nodes: options.nodes, enforcesPolicies: options.enforcePolicies }),
            ...(options.json ? {} : { progress, toolProgress: process.stdout.isTTY ? "terminal" : "lines" }),
        });
        const seconds = (Date.now() - began) / 1000;
        if (options.json) {
            // Variables hold the lab's passwords: a caller that asks for them in JSON needs them to connect.
            console.log(
                JSON.stringify({ status: "ready", seconds, environmentFile: layout.envFile, ports: state.ports, variables: labVariables(layout, state) }),
            );
        } else {
            const what = started === 0 ? "Lab was running already" : `Lab ready in ${seconds.toFixed(1)} s`;
            console.log(`${what}, with ${state.nodes} nodes. Next: ${pc.bold(`. ${basename(layout.root)}/env`)}, then pulumi and kubectl work from here.`);
        }
    });

program
    .command("down")
    .description("stop what 'up' started and remove its data, Pulumi's state of the lab included; logs stay")
    .option("--purge", "remove the logs too")
    .action(async (options: { purge?: true }) => {
        const stopped = await stopLab({ layout, purge: options.purge === true });
        console.log(
            stopped.length === 0
                ? "No process of this lab was running."
                : `Stopped ${stopped.join(", ")}. The cluster's data and the Pulumi state of the stack 'lab' are gone with it.`,
        );
    });

program
    .command("status")
    .description("show how each process does; exit code 1 unless all are healthy")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: true }) => {
        const health = await labHealth(layout);
        if (options.json) {
            console.log(JSON.stringify({ started: health !== undefined, nodes: readLabState(layout)?.nodes, services: Object.fromEntries(health ?? []) }));
        } else {
            console.log(health === undefined ? "No lab was started in this checkout. Start it with 'make lab-up'." : statusOf(health));
        }
        if (health === undefined || [...health.values()].some(({ kind }) => kind !== "healthy")) {
            process.exitCode = 1;
        }
    });

program
    .command("start")
    .description("start one stopped process again, on the port it had")
    .addArgument(service)
    .action(async (name: ServiceName) => {
        await startLabService(name, layout);
        console.log(`${name} runs.`);
    });

program
    .command("stop")
    .description("stop one process and keep its data, to see what depends on it fail")
    .addArgument(service)
    .action(async (name: ServiceName) => {
        console.log((await stopLabService(name, layout)) ? `${name} stopped.` : `${name} was not running.`);
    });

program
    .command("traffic")
    .description("send users through the gateway until Ctrl-C, and show what they see")
    .option("--host <name>", "host name that they call", "ranking.lab.example.com")
    .option("--rate <requests>", "requests a second, at most 2000; default: as many as this machine bears, up to 500", Number)
    .option("--seconds <number>", "end by itself after so long, at most 7200", Number, 3_600)
    .option("--paths <paths...>", "paths that they call; default: those of the video ranking service")
    .option("--json", "print one JSON object for each look")
    .action(async (options: TrafficOptions) => {
        await showTraffic(options);
    });

program
    .command("fault")
    .description("make a revision misbehave, to see what the rollout does; `healthy` ends it")
    .argument("<revision>", "name of the revision, such as v1-1-0")
    .addArgument(new Argument("<profile>", "how it behaves from now on").choices(profileNames))
    .option("--service <name>", "name of the service", "video-ranking")
    .action(async (revision: string, profile: ProfileName, options: { readonly service: string }) => {
        const { startsAtMs } = await switchFault({ service: options.service, revision, profile });
        console.log(`${revision} of ${options.service} is ${profile} from ${new Date(startsAtMs).toISOString()} on.`);
    });

/** A line for each step as it happens; lists that update in place on a terminal. */
async function showProgress(steps: Parameters<Progress>[0]): Promise<void> {
    const list = new Listr(
        [...steps].map(([name, outcome]) => ({
            title: name,
            task: async (_: unknown, task): Promise<void> => {
                const began = Date.now();
                try {
                    const done = await outcome;
                    task.title = `${name}: ${done}${done === "already running" ? "" : ` (${((Date.now() - began) / 1000).toFixed(1)} s)`}`;
                } catch (error) {
                    if (error instanceof SkippedError) {
                        task.skip(`${name}: waits for ${error.because}`);
                    } else {
                        throw new Error(`${name} failed`, { cause: error });
                    }
                }
            },
        })),
        { concurrent: true, exitOnError: false, fallbackRenderer: "simple", rendererOptions: { showErrorMessage: false } },
    );
    await list.run();
}

function statusOf(health: ReadonlyMap<ServiceName, Health>): string {
    const state = readLabState(layout);
    const nodes = state?.nodes === "real" ? "real: containers run" : "simulated: no container runs";
    const table = new Table({ head: ["process", "state", "pid", "log"], style: { head: [], border: [], compact: true } });
    for (const [name, is] of health) {
        const shown = is.kind === "healthy" ? pc.green(is.kind) : pc.red(is.kind === "unhealthy" ? `unhealthy: ${is.reason}` : is.kind);
        table.push([name, shown, String(state?.processes[name]?.pid ?? "-"), logFile(layout, name)]);
    }
    return `${table.toString()}\nNodes are ${nodes}${state?.enforcesPolicies === true ? ", and network policies hold" : ""}.`;
}

// kafkajs hands Node a negative delay when nothing throttles it; Node warns, and the reader could do nothing about it.
process.removeAllListeners("warning");
process.on("warning", (warning) => {
    if (warning.name !== "TimeoutNegativeWarning") {
        console.warn(`${warning.name}: ${warning.message}`);
    }
});

try {
    await program.parseAsync();
} catch (error) {
    console.error(pc.red(wordsOf(error)));
    process.exitCode = 1;
}
