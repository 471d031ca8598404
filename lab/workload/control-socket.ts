import { join } from "node:path";

import type { LabLayout } from "../layout.ts";

/**
 * Unix socket of the simulator's control endpoint. A socket and no port: it needs no number of its own, and only who may read the lab's folder reaches it.
 * With curl: `curl --unix-socket FILE http://workload/pods`.
 */
export function controlSocket(layout: Pick<LabLayout, "temporary">): string {
    return join(layout.temporary, "workload.sock");
}
