import { type DoctorFinding, notTried, unknown } from "../finding.ts";
import { judgeTraffic } from "../traffic.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";

/** Whether there are enough users for the gates: asks the forecast. */
export async function traffic({ gatesKind, prometheus, outlook }: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    if (gatesKind === "order-only") {
        return notTried("gates.kind is order-only: no step asks what users got");
    }
    if (prometheus === undefined) {
        return unknown("the stack names no Prometheus, so nothing says what users do", "set metrics");
    }
    return (await objects.route()) === undefined ? notTried("there is no route, so there are no users yet") : judgeTraffic(await outlook());
}
