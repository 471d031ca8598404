import type { LiveRollout } from "../../kubernetes/live-rollout.ts";
import type { Evidence } from "../evidence.ts";
import { LiveEvidence, type ObservedTarget } from "./live-evidence.ts";

/** A route whose users are looked at. */
export interface UsersOf extends Pick<LiveRollout, "cluster" | "state" | "testers"> {
    readonly target: ObservedTarget;
    /** Of the program, for functions among its probes. @default the working directory */
    readonly folder?: string;
}

/**
 * What users did lately, over `windowSeconds`: with the stable revision, and with the candidate where it has users. For a forecast, which asks nothing of a step.
 *
 * @throws where there is no route, or the stack names nothing to look at.
 */
export async function evidenceOfUsers({ target, cluster, state, testers, folder }: UsersOf, windowSeconds: number): Promise<Evidence> {
    const step = await cluster.readStep(target.namespace, target.service);
    if (step.kind !== "found") {
        throw new Error(step.kind === "absent" ? "there is no route, so there is no traffic: deploy the service first" : step.reason);
    }
    const { record } = step.present;
    const live = new LiveEvidence(target, state, testers, folder);
    try {
        const now = await state.serverNow();
        const candidate = record.kind === "rolling" && record.weightPercent > 0 ? { candidate: record.candidate.name } : {};
        const stable =
            record.kind === "rolling" && record.weightPercent === 100 ? { stable: record.candidate.name } : { stable: record.stable.name, ...candidate };
        return await live.collect({ ...stable, enteredAt: new Date(now.getTime() - windowSeconds * 1_000).toISOString(), windowSeconds });
    } finally {
        await live.close();
    }
}
