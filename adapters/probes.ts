import type { ProbeName } from "../rollout/criterion.ts";
import type { ProbeResult } from "../rollout/evidence.ts";

/** Runs functional probes against one revision. */
export interface ProbeRunner {
    /**
     * Runs `names` against `revision`, whatever the weights say, and gives one result for each. A probe that can't be run has failed. Never throws.
     *
     * Some probes ask for metrics before and after, so this takes up to a few seconds.
     */
    run(revision: string, names: readonly ProbeName[]): Promise<Readonly<Partial<Record<ProbeName, ProbeResult>>>>;
}
