import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import { type Command, InvalidArgumentError } from "commander";

import { announcerOf } from "../../announce/live/announcing.ts";
import { defined } from "../../defined.ts";
import { exitCode } from "../exit-code.ts";
import { type FollowingParts, follow } from "../../watch/live/following.ts";
import { shownStatus } from "../show.ts";
import type { Session } from "../session.ts";
import { WatcherMetrics } from "../../watch/live/watcher-metrics.ts";
import type { WatchEnd, WatchStatus } from "../../watch/live/watcher.ts";
import { followRecords } from "../../watch/live/follow-records.ts";
import { watchRollout } from "../../watch/live/watch-rollout.ts";
import type { Output } from "../output.ts";
import { StatusLine } from "../status-line.ts";
import { stopSignals } from "../stop-signals.ts";
import { type CommonOptions, opened, subcommand } from "./command.ts";
import { reconcile } from "./rollback.ts";

interface WatchFlags extends CommonOptions {
    readonly keep?: true;
    readonly forever?: true;
    readonly metricsPort?: number;
    readonly reconcile: boolean;
}

/** `rollout watch`: judges all the time, and rolls the candidate back by itself. */
export function addWatch(program: Command): void {
    subcommand(program, "watch", "watch the step under way: judge all the time, roll back by itself; ends when the step is ready")
        .option("--keep", "go on watching when the step is ready, as while an approval is waited for")
        .option("--forever", "go on for good, over the end of a rollout and the next one: what the watchdog does")
        .option("--no-reconcile", "after a rollback, leave the program's state to the next `pulumi up` with rolloutPercent 0")
        .option("--metrics-port <port>", "show the watcher's own metrics on this port", portOf)
        .action(async (flags: WatchFlags) => {
            const { session, output } = await opened(flags);
            const stop = stopSignals();
            const metrics = new WatcherMetrics(session.schedule);
            const server = flags.metricsPort === undefined ? undefined : await metrics.serve(flags.metricsPort);
            const over = new AbortController();
            const records = server === undefined ? undefined : followRecords(session, metrics, over.signal);
            try {
                const forever = flags.forever === true;
                const end = await followRollout({ session, output, metrics, stop: stop.signal, keep: flags.keep === true || forever, forever });
                const reconciled = end.kind === "rolled-back" && session.stack !== undefined && flags.reconcile ? await reconcile(session, output) : undefined;
                output.result(endText(end), { ...end, ...defined({ reconciled }) });
                if (reconciled !== undefined && reconciled.kind !== "updated") {
                    output.warn(`the program's state is not in line: ${reconciled.reason}. What to do: run 'pulumi up' with rolloutPercent 0`);
                }
                process.exitCode = codeOf(end);
            } finally {
                stop.release();
                over.abort();
                await records;
                server?.close();
            }
        });
}

/** What `rollout watch` is made of. */
export interface FollowArgs {
    readonly session: Session;
    readonly output: Output;
    readonly metrics: WatcherMetrics;
    readonly stop: AbortSignal;
    readonly keep: boolean;
    readonly forever: boolean;
    /** @default the one of watch-rollout.ts */
    readonly watchOnce?: typeof watchRollout;
    readonly pause?: FollowingParts["pause"];
}

/** Watches, once or for good, and shows what is seen. */
export async function followRollout({ session, output, metrics, stop, keep, forever, watchOnce = watchRollout, pause }: FollowArgs): Promise<WatchEnd> {
    const holder = watcherName();
    const line = new StatusLine(output);
    const warn = output.warn.bind(output);
    const announcer = announcerOf(session, warn, (atSeconds) => {
        metrics.statusUpdate(atSeconds);
    });
    const report = (status: WatchStatus): void => {
        metrics.look(status, Date.now() / 1_000);
        if (output.json) {
            output.result("", { kind: "look", at: new Date().toISOString(), ...status });
        } else {
            line.show(shownStatus(session.target.profile.plan, status));
        }
    };
    return follow({
        watch: () => watchOnce({ session, holder, report, warn, announcer, leaveWhenReady: () => Promise.resolve(!keep), stop }),
        ended: (end) => {
            line.end();
            metrics.ended(end, Date.now() / 1_000);
            if (forever && end.kind === "failed") {
                warn(endText(end));
            } else if (forever && end.kind !== "stopped") {
                output.progress(endText(end));
            }
        },
        forever,
        stop,
        ...defined({ pause }),
    });
}

/** Who this watcher is: host, process, and a part that no other start has. */
export function watcherName(): string {
    return `${hostname()}-${String(process.pid)}-${randomUUID().slice(0, 8)}`;
}

/** How watching ended, as people read it. */
export function endText(end: WatchEnd): string {
    switch (end.kind) {
        case "ready":
            return `${end.step.candidate.name} is ready to leave ${String(end.step.weightPercent)} %: every criterion passes`;
        case "rolled-back":
            return `rolled back, all traffic is on the stable revision: ${end.reason}`;
        case "nothing":
            return `nothing to watch: ${end.why}`;
        case "failed":
            return `failed: ${end.reason}`;
        case "stopped":
            return "stopped";
    }
}

/** How a watch ended, for scripts. */
export function codeOf(end: WatchEnd): number {
    switch (end.kind) {
        case "ready":
        case "nothing":
            return exitCode.done;
        case "rolled-back":
            return exitCode.rolledBack;
        case "failed":
            return exitCode.error;
        case "stopped":
            return exitCode.hold;
    }
}

function portOf(text: string): number {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
        throw new InvalidArgumentError("a port is a whole number from 0 to 65535");
    }
    return port;
}
