import { Agent } from "undici";

import { answerProblems } from "../../preflight/live/gateway-answers.ts";
import { testersDoor } from "../../route/live/tester-access.ts";
import { type DoctorFinding, found, notTried, unknown } from "../finding.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";

/** Requests of testers, and as many of users: enough that a split by chance would show. */
const requests = 5;

/** A dry split: requests with the testers' header reach the candidate's pods, those without it the revisions that have weight. No weight is changed. */
export async function testersWay(
    { hostname, gateway, metrics, path, testers }: DoctorContext,
    objects: DoctorObjects,
    signal: AbortSignal,
): Promise<DoctorFinding> {
    if (gateway.testers.kind === "none") {
        return notTried("no tester reaches a candidate: gateway.testers is none");
    }
    if (metrics === undefined) {
        return unknown("the stack does not say where the gateway answers, so nothing was asked there", "set metrics.gatewayUrl");
    }
    const step = await objects.step();
    if (step.kind === "damaged" || step.kind === "unreachable") {
        return unknown(`the route can't be read: ${step.reason}`, "see 'rollout status'");
    }
    if (step.kind === "absent" || step.present.record.kind === "steady") {
        return notTried("there is no candidate to reach");
    }
    const { stable, candidate } = step.present.record;
    const { routedPercent } = step.present;
    const users = [...(routedPercent < 100 ? [stable.name] : []), ...(routedPercent > 0 ? [candidate.name] : [])];
    const door = { gatewayUrl: metrics.gatewayUrl, hostname };
    const agent = new Agent({ connect: { timeout: 5_000 } });
    try {
        const asked = Array.from({ length: requests }, async () => [
            ...(await answerProblems(agent, {
                ...testersDoor(door, gateway.testers),
                path,
                who: "testers",
                expected: [candidate.name],
                admission: testers,
                signal,
            })),
            ...(await answerProblems(agent, { ...door, path, who: "users", expected: users, admission: () => Promise.resolve({}), signal })),
        ]);
        const problems = (await Promise.all(asked)).flat();
        return found(problems, `${String(requests)} requests of testers were answered by ${candidate.name}, and as many of users by ${users.join(" or ")}`, {
            users,
            testers: candidate.name,
        });
    } finally {
        await agent.destroy();
    }
}
