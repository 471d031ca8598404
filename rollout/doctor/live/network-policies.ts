import { type DoctorFinding, notTried } from "../finding.ts";
import { judgeEnforcement } from "../policy-enforcers.ts";
import type { DoctorContext } from "./context.ts";

/** What can be seen of the enforcement of network policies without starting a pod. */
export async function networkPolicies({ api, needs }: DoctorContext): Promise<DoctorFinding> {
    if (!needs.kinds.some(({ kind }) => kind === "NetworkPolicy")) {
        return notTried("the program declares no network policy");
    }
    const { value } = await api.ask(({ apps }, options) => apps.listDaemonSetForAllNamespaces({}, options));
    return judgeEnforcement(value.items);
}
