import { setTimeout as sleep } from "node:timers/promises";

import type { PreflightCheck } from "../../checklist/preflight.ts";
import type { CheckResult } from "../preflight.ts";

/** How long to go on, and who hears of it. */
export interface Repetition {
    /** In milliseconds. 0: what failed is not asked again. */
    readonly forMs: number;
    readonly say: (line: string) => void;
    /** Between two looks, in milliseconds. @default 5000 */
    readonly pauseMs?: number;
}

/** Results of which those that failed are asked again until they pass, or the time is over. The newest of each counts. */
export async function repeated(
    first: readonly CheckResult[],
    ask: (checks: readonly PreflightCheck[]) => Promise<readonly CheckResult[]>,
    { forMs, say, pauseMs = 5_000 }: Repetition,
): Promise<readonly CheckResult[]> {
    const untilMs = performance.now() + forMs;
    let results = first;
    for (;;) {
        const failed = results.filter(({ state }) => state === "failed").map(({ check }) => check);
        if (failed.length === 0 || performance.now() + pauseMs > untilMs) {
            return results;
        }
        say(`asking again, since they failed: ${failed.join(", ")}`);
        await sleep(pauseMs);
        const again = await ask(failed);
        results = results.map((result) => again.find(({ check }) => check === result.check) ?? result);
    }
}
