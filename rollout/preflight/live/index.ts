import type { CheckResult } from "../preflight.ts";
import { clusterChecks } from "./checks/cluster.ts";
import { monitoringChecks } from "./checks/monitoring.ts";
import { networkChecks } from "./checks/network.ts";
import { releaseChecks } from "./checks/release.ts";
import { storeChecks } from "./checks/stores.ts";
import type { PreflightContext } from "./context.ts";
import { Redaction } from "./redaction.ts";
import { type RunOptions, runChecks } from "./run.ts";
import { toolsFor } from "./tools.ts";

export type { Declared, Login, PreflightContext, PreflightSecrets } from "./context.ts";
export type { RunOptions } from "./run.ts";

/**
 * Runs the checks of a preflight, all at once, each with its own time limit. Nothing is changed anywhere, but that a test message goes to each notifier.
 *
 * It never throws, and no result holds a secret that it has read. The results are in the checklist's order.
 */
export async function runPreflight(context: PreflightContext, options: Omit<RunOptions, "redaction"> = {}): Promise<readonly CheckResult[]> {
    const redaction = new Redaction();
    const tools = toolsFor(context, redaction);
    return runChecks(
        { ...storeChecks(tools), ...releaseChecks(tools), ...clusterChecks(tools), ...monitoringChecks(tools), ...networkChecks(tools) },
        { ...options, redaction },
    );
}
