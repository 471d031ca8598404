import { execa } from "execa";

import type { FaultStart } from "../workload/fault-switch.ts";
import type { LiveService } from "../trial/live.ts";

/** Settings of a revision that turns bad when it is told to, and not before: its pods take a signal for it (examples/video-ranking/README.md). */
export function faultOnSignal(fault: string): Readonly<Record<string, string>> {
    return { FAULT_PROFILE: fault, FAULT_AFTER_SECONDS: "86400" };
}

/**
 * Tells each pod of a revision that its fault begins.
 *
 * @returns the moment before which none of them had it.
 * @throws Error where a pod can't be told.
 */
export async function beginFault(live: LiveService, revision: string, environment: Readonly<Record<string, string>>): Promise<FaultStart> {
    const pods = (await live.pods()).filter((pod) => pod.revision === revision);
    const startsAtMs = Date.now();
    await Promise.all(
        pods.map(({ name }) =>
            execa("kubectl", ["--namespace", live.namespace, "exec", name, "--", "sh", "-c", "kill -USR2 1"], {
                extendEnv: false,
                env: environment,
                timeout: 20_000,
            }),
        ),
    );
    return { startsAtMs };
}
