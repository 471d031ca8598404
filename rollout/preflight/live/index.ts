import { type PreflightCheck, preflightChecks } from "../../checklist/preflight.ts";
import type { CheckResult } from "../preflight.ts";
import { clusterChecks } from "./checks/cluster.ts";
import { monitoringChecks } from "./checks/monitoring.ts";
import { networkChecks } from "./checks/network.ts";
import { releaseChecks } from "./checks/release.ts";
import { storeChecks } from "./checks/stores.ts";
import type { PreflightContext } from "./context.ts";
import { onceDeployed } from "./deployed.ts";
import { Redaction } from "./redaction.ts";
import { type Checks, type RunOptions, runChecks } from "./run.ts";
import { type Tools, toolsFor } from "./tools.ts";

export type { Declared, Login, PreflightContext, PreflightSecrets } from "./context.ts";
export type { RunOptions } from "./run.ts";

/**
 * Runs the checks of a preflight ({@link checksFor}), all at once, each with its own time limit. Nothing is changed anywhere, but that a test message goes to each notifier.
 *
 * It never throws, and no result holds a secret that it has read. The results are in the checklist's order.
 */
export async function runPreflight(context: PreflightContext, options: Omit<RunOptions, "redaction"> = {}): Promise<readonly CheckResult[]> {
    const redaction = new Redaction();
    return runChecks(checksOf(toolsFor(context, redaction)), { ...options, redaction });
}

/** The checks that a preflight of this stack has: all but those of stores, backups and a candidate that it does not have. Nothing is looked at yet. */
export function checksFor(context: PreflightContext): readonly PreflightCheck[] {
    const checks = checksOf(toolsFor(context, new Redaction()));
    return preflightChecks.filter((check) => checks[check] !== undefined);
}

function checksOf(tools: Tools): Checks {
    const checks = { ...storeChecks(tools), ...releaseChecks(tools), ...clusterChecks(tools), ...monitoringChecks(tools), ...networkChecks(tools) };
    return onceDeployed(checks, tools.context);
}
