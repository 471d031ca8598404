import type { CheckResult } from "../rollout/preflight.ts";
import { clusterChecks } from "./preflight/checks/cluster.ts";
import { monitoringChecks } from "./preflight/checks/monitoring.ts";
import { networkChecks } from "./preflight/checks/network.ts";
import { releaseChecks } from "./preflight/checks/release.ts";
import { storeChecks } from "./preflight/checks/stores.ts";
import type { PreflightContext } from "./preflight/context.ts";
import { Redaction } from "./preflight/redaction.ts";
import { type RunOptions, runChecks } from "./preflight/run.ts";
import { toolsFor } from "./preflight/tools.ts";

export type { Declared, Login, PreflightContext, PreflightSecrets } from "./preflight/context.ts";
export type { RunOptions } from "./preflight/run.ts";

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
